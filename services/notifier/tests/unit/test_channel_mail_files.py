"""Files of a mail of ours: inside it by MIME and by every provider's API, larger ones as links."""

import base64
import email
import json
from email import policy

import pytest
from channel_values import KEY, outgoing, sender, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind
from notifier.channels.mail.compose import Mail, compose
from notifier.channels.provider import Outgoing, ProviderRequest, Sender
from notifier.channels.table import CHANNELS
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Outcome

JO = Address(kind=AddressKind.EMAIL, value="jo@example.com")
SECRETS = dict.fromkeys(("smtp_password", "api_key", "server_token", "access_key_id", "secret_access_key"), ("value",))


def account() -> Sender:
    return sender(external_id="support@acme.example", options={"host": "mail.acme.example"}, secrets=SECRETS)


def message(content: Content, files: dict[str, bytes]) -> Outgoing:
    return outgoing(content, JO, Method.PUSH, files=files)


def rendered(channel: str, given: Outgoing) -> ProviderRequest:
    found = CHANNELS[channel].render(given, account())
    assert not isinstance(found, Outcome), found
    return found[0]


def composed(given: Outgoing) -> Mail:
    found = compose(given, account())
    assert isinstance(found, Mail), found
    return found


PDF = Attachment(
    kind=ContentKind.FILE, object_key="files/acme/ab/abc", file_name='請"求書.pdf', mime="application/pdf", size_bytes=4
)
LARGE = Attachment(kind=ContentKind.FILE, url="https://cdn.example/film.mp4", file_name="film.mp4")


def with_files(words: str | None = "どうぞ") -> Outgoing:
    content = Content(kind=ContentKind.FILE, text=words, attachments=(PDF, LARGE))
    return message(content, files={"files/acme/ab/abc": b"%PDF"})


def test_files_travel_along_and_larger_ones_as_links() -> None:
    mail = composed(with_files())
    assert mail.text == "どうぞ\n\nfilm.mp4\nhttps://cdn.example/film.mp4"
    assert [(file.name, file.mime, file.content) for file in mail.files] == [
        ('請"求書.pdf', "application/pdf", b"%PDF")
    ]
    alone = composed(message(Content(kind=ContentKind.FILE, attachments=(PDF,)), files={"files/acme/ab/abc": b"%PDF"}))
    assert alone.text == '請"求書.pdf'
    odd = PDF.model_copy(update={"mime": "message/rfc822; x", "file_name": None})
    (file,) = composed(message(text("x", attachments=(odd,)), files={"files/acme/ab/abc": b"x"})).files
    assert (file.mime, file.name) == ("application/octet-stream", "file-1.bin")


@pytest.mark.parametrize("channel", ["email", "ses"])
def test_files_in_mime(channel: str) -> None:
    request = rendered(channel, with_files())
    source = (
        request.body if channel == "email" else base64.b64decode(json.loads(request.body)["Content"]["Raw"]["Data"])
    )
    parsed = email.message_from_bytes(source, policy=policy.default)
    assert [part.get_content_type() for part in parsed.walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "text/html",
        "application/pdf",
    ]
    (file,) = parsed.iter_attachments()
    assert (file.get_filename(), file.get_content()) == ('請"求書.pdf', b"%PDF")
    assert rendered(channel, with_files()).body == request.body


def test_files_in_the_apis() -> None:
    (postmark,) = json.loads(rendered("postmark", with_files()).body)["Attachments"]
    assert postmark == {"Name": '請"求書.pdf', "Content": "JVBERg==", "ContentType": "application/pdf"}
    (sendgrid,) = json.loads(rendered("sendgrid", with_files()).body)["attachments"]
    assert sendgrid == {
        "content": "JVBERg==",
        "type": "application/pdf",
        "filename": '請"求書.pdf',
        "disposition": "attachment",
    }
    request = rendered("mailgun", with_files())
    assert request.headers["Content-Type"] == f'multipart/form-data; boundary="=_{KEY.hex}"'
    assert (
        'name="attachment"; filename="請%22求書.pdf"\r\nContent-Type: application/pdf\r\n\r\n%PDF\r\n'.encode()
        in request.body
    )
    assert request.body.endswith(f"--=_{KEY.hex}--\r\n".encode())
