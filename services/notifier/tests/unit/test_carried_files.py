"""Files whose bytes travel inside the request. Sources: Telegram Bot API, "Sending files"; Discord, "Uploading Files"; RFC 7578."""

import email
import json
from email import policy
from typing import Any

import pytest
from channel_values import KEY, outgoing, sender

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.discord import DISCORD
from notifier.channels.provider import ProviderRequest
from notifier.channels.telegram import TELEGRAM
from notifier.domain.choose_path import Method

PLACE = "files/acme/ab/"
PDF = Attachment(kind=ContentKind.FILE, object_key=PLACE + "1", file_name="請求書.docx", mime="application/msword")
VOICE = Attachment(kind=ContentKind.AUDIO, object_key=PLACE + "2", mime="audio/ogg")
PHOTO = Attachment(kind=ContentKind.IMAGE, object_key=PLACE + "3", mime="image/jpeg")
LARGE = Attachment(kind=ContentKind.FILE, object_key=PLACE + "4", file_name="film.mov", url="https://files.example/f")
BYTES = {PLACE + "1": b"%DOC", PLACE + "2": b"OggS", PLACE + "3": b"\xff\xd8\xff"}


def form(request: ProviderRequest) -> dict[str, Any]:
    head = f"Content-Type: {request.headers['Content-Type']}\r\n\r\n".encode()
    parsed = email.message_from_bytes(head + request.body, policy=policy.HTTP)
    found: dict[str, Any] = {}
    for part in parsed.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        assert isinstance(content, bytes)
        kind = part.get_content_type()
        found[str(name)] = content.decode() if part.get_filename() is None else (part.get_filename(), kind, content)
    return found


CHAT = Address(kind=AddressKind.TELEGRAM_CHAT, value="-100123")
BOT = sender(secrets={"bot_token": ("123:ABC",)})


@pytest.mark.parametrize(
    ("file", "method", "field", "name"),
    [
        (PDF, "sendDocument", "document", "請求書.docx"),
        (VOICE, "sendVoice", "voice", "file-1.oga"),
        (PHOTO, "sendPhoto", "photo", "file-1.jpg"),
    ],
)
def test_telegram(file: Attachment, method: str, field: str, name: str) -> None:
    content = Content(kind=file.kind, text="どうぞ", attachments=(file,), quick_replies=(QuickReply(label="はい"),))
    found = TELEGRAM.render(outgoing(content, CHAT, Method.PUSH, files=BYTES), BOT)
    assert isinstance(found, tuple)
    (request,) = found
    assert request.url == f"/bot123:ABC/{method}"
    assert request.headers == {"Content-Type": f'multipart/form-data; boundary="=_{KEY.hex}"'}
    fields = form(request)
    assert fields.pop(field) == (name, file.mime, BYTES[file.object_key or ""])
    assert json.loads(fields.pop("reply_markup")) == {"inline_keyboard": [[{"text": "はい", "callback_data": "はい"}]]}
    assert fields == {"chat_id": "-100123", "caption": "どうぞ"}


def test_telegram_gets_larger_ones_as_links() -> None:
    content = Content(kind=ContentKind.FILE, attachments=(PDF, LARGE))
    found = TELEGRAM.render(outgoing(content, CHAT, Method.PUSH, files=BYTES), BOT)
    assert isinstance(found, tuple)
    assert [one.url.rpartition("/")[2] for one in found] == ["sendDocument", "sendMessage"]
    assert json.loads(found[1].body)["text"] == "film.mov\nhttps://files.example/f"


def discord(content: Content, method: Method = Method.PUSH, **values: Any) -> tuple[ProviderRequest, ...]:
    person = Address(kind=AddressKind.DISCORD_USER, value="1")
    message = outgoing(content, person, method, files=BYTES, thread={"channel": "9"}, **values)
    found = DISCORD.render(message, sender(external_id="app", secrets={"bot_token": ("tok",)}))
    assert isinstance(found, tuple)
    return found


def test_discord() -> None:
    content = Content(kind=ContentKind.FILE, text="どうぞ", attachments=(PDF, PHOTO, LARGE))
    (request,) = discord(content)
    assert (request.url, request.headers["Authorization"]) == ("/channels/9/messages", "Bot tok")
    fields = form(request)
    body = json.loads(fields.pop("payload_json"))
    assert fields == {
        "files[0]": ("請求書.docx", "application/msword", b"%DOC"),
        "files[1]": ("file-2.jpg", "image/jpeg", b"\xff\xd8\xff"),
    }
    assert body["attachments"] == [{"id": 0, "filename": "請求書.docx"}, {"id": 1, "filename": "file-2.jpg"}]
    assert (body["content"], "embeds" in body) == ("どうぞ\nfilm.mov\nhttps://files.example/f", False)
    assert body["enforce_nonce"] is True


def test_discord_takes_a_file_alone_also_as_a_follow_up_and_only_once() -> None:
    (request,) = discord(Content(kind=ContentKind.FILE, attachments=(PDF,)), Method.REPLY, reply_token="t")
    assert (request.url, sorted(form(request))) == ("/webhooks/app/t", ["files[0]", "payload_json"])
    first, second = discord(Content(kind=ContentKind.FILE, text="あ" * 2001, attachments=(PDF,)))
    assert "files[0]" in form(first)
    assert "attachments" not in json.loads(second.body)
