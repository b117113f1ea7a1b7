"""Mailgun, SendGrid, Postmark and SES: their documented payloads → events.

Sources: the providers' documentation; django-anymail's tests.
"""

import base64
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from mail_house import REPLY_SECRET, drafts, form, hook, mail, received

import ingest.channels
from contracts.inbound import ContactChanged, MessageReceived, ReceiptReceived, UnrecognisedReceived
from contracts.values import Attachment, ContentKind, MessageStatus
from ingest.channels.mailgun.media import media
from ingest.channels.mailgun.verify import url_key
from ingest.channels.mailgun.verify import verify as verify_mailgun
from ingest.handlers.ports import MediaAccount

SAMPLES = Path(ingest.channels.__file__).parent
MIME = (
    "From: A tester <test@example.org>\nDate: Thu, 12 Oct 2017 18:03:30 -0700\n"
    "Message-ID: <CAEPk3RKEx@mail.example.org>\nSubject: Raw MIME test\n"
    "To: support@acme.example\n\nIt's a body…\n"
)


def sample(channel: str, name: str) -> Any:
    return json.loads((SAMPLES / channel / "samples" / f"{name}.json").read_text("utf-8"))


def receipts(
    channel: str, body: Any, content_type: str = "application/json"
) -> Iterator[tuple[str, str, str, str | None]]:
    for draft in drafts(hook(channel, body, content_type)):
        if isinstance(draft.event, ReceiptReceived):
            yield (
                draft.event.provider_message_id,
                draft.event.status.value,
                draft.event.conversation,
                draft.event.error_code,
            )


def signed(key: str = "key") -> dict[str, str]:
    proof = hmac.new(key.encode(), b"1461261330token", "sha256").hexdigest()
    return {"timestamp": "1461261330", "token": "token", "signature": proof}


HEADERS = [
    ["From", '"佐藤" <sato@example.jp>'],
    ["Date", "Wed, 11 Oct 2017 18:31:04 -0700"],
    ["Message-Id", "<CAE@mail.example.org>"],
    ["Subject", "件名"],
    ["In-Reply-To", "<k@acme.example>"],
]


def test_mailgun_parsed_mail_in_a_form() -> None:
    fields = {
        **signed(),
        "recipient": "support@acme.example",
        "sender": "bounce@example.jp",
        "from": "x@y.example",
        "message-headers": json.dumps(HEADERS),
        "body-plain": "届きました\r\n\r\n> 引用",
        "stripped-text": "届きました",
        "body-html": "<p>届きました</p>",
    }
    event, _ = received("mailgun", urlencode(fields).encode(), "application/x-www-form-urlencoded")
    assert (event.content.text, event.content.full_text, event.content.subject) == (
        "届きました",
        "届きました\n\n> 引用",
        "件名",
    )
    assert (event.contact.address.value, event.contact.display_name, event.provider_message_id) == (
        "sato@example.jp",
        "佐藤",
        "<CAE@mail.example.org>",
    )
    assert event.occurred_at == datetime(2017, 10, 12, 1, 31, 4, tzinfo=UTC)
    assert event.references == ("<k@acme.example>",)


def test_mailgun_files_and_pictures() -> None:
    body, kind = form(
        *signed().items(),
        ("from", "Jo <jo@example.com>"),
        ("Message-Id", "<m@x>"),
        ("body-plain", "see"),
        ("content-id-map", '{"<abc>": "attachment-2"}'),
        ("attachment-1", b"%PDF", "\\share\\契約.pdf", "application/pdf"),
        ("attachment-2", b"PNG", "a.png", "image/png"),
    )
    event, files = received("mailgun", body, kind)
    pdf, png = event.content.attachments
    assert (pdf.file_name, pdf.kind, pdf.mime) == ("契約.pdf", ContentKind.FILE, "application/pdf")
    assert (png.kind, png.provider_media_id) == (ContentKind.IMAGE, "cid:abc")
    assert [file.content for file in files] == [b"%PDF", b"PNG"]


def test_mailgun_raw_mail_and_stored_files() -> None:
    body, kind = form(*signed().items(), ("recipient", "support@acme.example"), ("body-mime", MIME))
    event, _ = received("mailgun", body, kind)
    assert (event.content.text, event.provider_message_id) == ("It's a body…", "<CAEPk3RKEx@mail.example.org>")
    url = "https://storage.mailgun.net/v3/domains/example.com/messages/KEY/attachments/0"
    stored = json.dumps([{"url": url, "content-type": "application/pdf", "name": "a.pdf", "size": 20202}])
    event, files = received(
        "mailgun",
        urlencode({**signed(), "from": "jo@example.com", "body-plain": "x", "attachments": stored}).encode(),
        "application/x-www-form-urlencoded",
    )
    assert [(one.url, one.size_bytes, one.file_name) for one in event.content.attachments] == [(url, 20202, "a.pdf")]
    assert files == ()


def test_mailguns_key_goes_to_mailgun_only() -> None:
    account = MediaAccount("support@acme.example", {}, "https://api.mailgun.net", {"api_key": "k"})
    own = media(Attachment(kind=ContentKind.FILE, url="https://storage.eu.mailgun.net/v3/x"), account)
    assert own is not None
    assert base64.b64decode(own.headers["Authorization"].removeprefix("Basic ")) == b"api:k"
    for url in (
        "https://mailgun.net.evil.example/x",
        "http://storage.mailgun.net/x",
        "https://evil.example/.mailgun.net",
    ):
        assert media(Attachment(kind=ContentKind.FILE, url=url), account) is None


def test_mailgun_events() -> None:
    assert list(receipts("mailgun", sample("mailgun", "delivered"))) == [
        ("<20130503182626.18666.16540@example.com>", "delivered", "alice@example.com", None)
    ]
    failed = sample("mailgun", "failed")
    assert list(receipts("mailgun", failed)) == [
        ("<20130503192659.13651.20287@example.com>", "failed", "alice@example.com", "605")
    ]
    (event,) = (draft.event for draft in drafts(hook("mailgun", failed)))
    assert isinstance(event, ReceiptReceived)
    assert (event.error_reason, event.occurred_at.year) == ("Not delivering to previously bounced address", 2018)
    failed["event-data"]["severity"] = "temporary"
    assert drafts(hook("mailgun", failed)) == ()
    failed["event-data"]["event"] = "complained"
    assert [type(draft.event) for draft in drafts(hook("mailgun", failed))] == [ReceiptReceived, ContactChanged]
    failed["event-data"]["event"] = "invented"
    assert isinstance(drafts(hook("mailgun", failed))[0].event, UnrecognisedReceived)


def test_mailgun_signatures() -> None:
    body, kind = form(*signed().items(), ("body-plain", "x"))
    for content, content_type in (
        (body, kind),
        (urlencode(signed()).encode(), "application/x-www-form-urlencoded"),
        (json.dumps({"signature": signed()}).encode(), "application/json"),
    ):
        assert verify_mailgun(hook("mailgun", content, content_type), ("new", "key"))
        assert not verify_mailgun(hook("mailgun", content, content_type), ("new",))
        assert not verify_mailgun(hook("mailgun", b"", content_type), ("key",))


def test_mailgun_signs_no_body_so_the_url_can_be_a_secret_too() -> None:
    webhook = hook(
        "mailgun", urlencode(signed()).encode(), "application/x-www-form-urlencoded", {"url_key": "required"}
    )
    assert not verify_mailgun(webhook, ("key",))
    webhook.query["key"] = url_key("key", "support")  # type: ignore[index]  # a dict
    assert verify_mailgun(webhook, ("key",))


def test_sendgrid_parsed_mail_with_a_charset_for_every_field() -> None:
    body, kind = form(
        (
            "headers",
            "Date: Fri, 24 Jul 2020 16:43:46 UTC\nMessage-ID: <sg@x>\n"
            "To: =?utf-8?q?R=C3=A9?= <support@acme.example>\nSubject: =?cp850?q?pidi=A2?=\n",
        ),
        ("subject", b"Como usted pidi\xa2"),
        ("from", "Opérateur <sender@example.com>"),
        ("to", "Ré <support@acme.example>"),
        ("html", b"<p>\xbfEsto?</p>"),
        ("text", b"ESP\x92s handling\x85"),
        ("charsets", '{"to":"UTF-8","html":"iso-8859-1","subject":"cp850","from":"UTF-8","text":"windows-1252"}'),
        ("envelope", '{"to":["sales@acme.example"],"from":"b@example.com"}'),
        ("attachment-info", '{"attachment1":{"filename":"\\\\share\\\\a.png","type":"image/png","content-id":"abc"}}'),
        ("attachment1", b"PNG", "a.png", "image/png"),
    )
    event, _ = received("sendgrid", body, kind)
    assert (event.content.subject, event.content.text, event.content.html) == (
        "Como usted pidió",
        "ESP’s handling…",
        "<p>¿Esto?</p>",
    )
    assert (event.contact.display_name, event.contact.address.value, event.provider_message_id) == (
        "Opérateur",
        "sender@example.com",
        "<sg@x>",
    )
    assert event.occurred_at == datetime(2020, 7, 24, 16, 43, 46, tzinfo=UTC)
    assert (event.content.attachments[0].file_name, event.content.attachments[0].provider_media_id) == (
        "a.png",
        "cid:abc",
    )
    assert event.thread["mailbox"] == "sales@acme.example"


def test_sendgrid_raw_mail() -> None:
    source = (
        MIME.encode()
        .replace(b"It's a body", "本文".encode("iso2022_jp"))
        .replace(b"Subject", b"Content-Type: text/plain; charset=iso-2022-jp\nSubject")
    )
    event, _ = received("sendgrid", *form(("email", source), ("envelope", '{"to":["support@acme.example"]}')))
    assert event.content.text is not None
    assert event.content.text.startswith("本文")


def test_sendgrid_events() -> None:
    found = list(receipts("sendgrid", sample("sendgrid", "events")))
    assert found == [
        ("wrfRRvF7Q0GgwUo2CvDmEA", "accepted", "recipient@example.com", None),
        ("<k@acme.example>", "delivered", "recipient@example.com", None),
        ("<k2@acme.example>", "failed", "invalid@invalid", "dropped"),
        ("Lli-03HcQ5-JLybO9fXsJg", "failed", "noreply@example.com", "5.1.1"),
        ("wrfRRvF7Q0GgwUo2CvDmEA", "read", "recipient@example.com", None),
        ("wrfRRvF7Q0GgwUo2CvDmEA", "failed", "angry@example.com", "spamreport"),
    ]
    others = [
        type(draft.event)
        for draft in drafts(hook("sendgrid", sample("sendgrid", "events")))
        if not isinstance(draft.event, ReceiptReceived)
    ]
    assert others == [ContactChanged, UnrecognisedReceived, UnrecognisedReceived]


def test_postmark_inbound() -> None:
    event, files = received("postmark", sample("postmark", "inbound"))
    assert (event.content.text, event.content.subject) == ("This is the reply text", "Test subject")
    assert event.content.full_text is not None
    assert event.content.full_text.endswith("> hi")
    assert (event.contact.address.value, event.contact.display_name) == (
        "support@postmarkapp.com",
        "Postmarkapp Support",
    )
    assert event.provider_message_id == "<CAGXpo2WKfxHWZ5UFYCR3H_J9SNMG+5AXUovfEFL6DjWBJSyZaA@mail.example.com>"
    assert event.provider_event_id == "Inbound:73e6d360-66eb-11e1-8e72-a8904824019b"
    assert [one.file_name for one in event.content.attachments] == ["test.txt", "請求書.png"]
    assert files[0].content == b"This is attachment contents, base-64 encoded."
    assert event.content.attachments[1].provider_media_id == "cid:logo@x"
    assert received("postmark", {**sample("postmark", "inbound"), "RawEmail": MIME})[0].content.text == "It's a body…"


def test_postmark_events() -> None:
    guid = "883953f4-6105-42a2-a16a-77a8eac79483"
    assert list(receipts("postmark", sample("postmark", "delivery"))) == [(guid, "delivered", "john@example.com", None)]
    assert list(receipts("postmark", sample("postmark", "bounce"))) == [
        (guid, "failed", "john@example.com", "HardBounce")
    ]
    assert list(receipts("postmark", sample("postmark", "open"))) == [(guid, "read", "john@example.com", None)]
    assert [type(draft.event) for draft in drafts(hook("postmark", sample("postmark", "spam_complaint")))] == [
        ReceiptReceived,
        ContactChanged,
    ]
    assert drafts(hook("postmark", {**sample("postmark", "bounce"), "Type": "Transient"})) == ()
    assert drafts(hook("postmark", {"RecordType": "SubscriptionChange"})) == ()
    (event,) = (draft.event for draft in drafts(hook("postmark", sample("postmark", "delivery"))))
    assert event.occurred_at == datetime(2019, 11, 5, 16, 33, 54, 907000, tzinfo=UTC)
    assert isinstance(drafts(hook("postmark", {"RecordType": "New"}))[0].event, UnrecognisedReceived)


def sns(message: Any, kind: str = "Notification") -> dict[str, str]:
    return {
        "Type": kind,
        "MessageId": "19ba9823-d7f2-53c1-860e-cb10e0d13dfc",
        "TopicArn": "arn:aws:sns:us-east-1:1:SES",
        "Message": message if isinstance(message, str) else json.dumps(message),
        "Timestamp": "2018-03-26T17:58:59.675Z",
    }


def test_ses_notifications() -> None:
    message_id = "00000138111222aa-33322211-cccc-cccc-cccc-ddddaaaa0680-000000"
    kind = "text/plain; charset=UTF-8"
    assert list(receipts("ses", sns(sample("ses", "bounce")), kind)) == [
        (message_id, "failed", "jane@example.com", "5.1.1"),
        (message_id, "failed", "mary@example.com", "Permanent/General"),
    ]
    assert list(receipts("ses", sns(sample("ses", "delivery")), kind)) == [
        (message_id, "delivered", "jane@example.com", None)
    ]
    assert list(receipts("ses", sns(sample("ses", "open")), kind)) == [(message_id, "read", "jane@example.com", None)]
    assert [type(draft.event) for draft in drafts(hook("ses", sns(sample("ses", "complaint")), kind))] == [
        ReceiptReceived,
        ContactChanged,
    ]
    assert drafts(hook("ses", sns("Successfully validated SNS topic for Amazon SES event publishing."), kind)) == ()
    assert drafts(hook("ses", sns("x", "SubscriptionConfirmation"), kind)) == ()
    assert isinstance(drafts(hook("ses", sns({"notificationType": "New"}), kind))[0].event, UnrecognisedReceived)


def test_ses_received() -> None:
    body = sample("ses", "received")
    event, _ = received("ses", sns(body | {"content": base64.b64encode(MIME.encode()).decode()}))
    assert (event.content.text, event.contact.address.value, event.provider_event_id) == (
        "It's a body…",
        "test@example.org",
        "Received:d6iitobk75ur44p8kdnnp7g2n800",
    )
    body["receipt"]["action"]["encoding"] = "UTF-8"
    assert received("ses", sns(body | {"content": MIME}))[0].content.text == "It's a body…"
    event, _ = received("ses", sns(body))
    assert (event.content.subject, event.provider_message_id) == (
        "Example subject",
        "<61967230-7A45-4A9D-BEC9-87CBCF2211C9@example.com>",
    )


def test_a_raw_sample() -> None:
    event, content, _ = mail((SAMPLES / "email" / "samples" / "gmail_reply.eml").read_bytes())
    assert (content.text, content.subject, event.contact.display_name) == ("届きました。", "Re: ご注文", "佐藤")


def test_a_token_of_ours_in_the_address_names_the_case() -> None:
    case = "01936f6e-0000-7000-8000-000000000001"
    raw = bytes.fromhex(case.replace("-", ""))
    proof = hmac.new(REPLY_SECRET.encode(), b"reply:" + raw, "sha256").digest()[:10]
    token = base64.b32encode(raw + proof).decode().rstrip("=").lower()
    for address, expected in (
        (f"support+{token}@acme.example", (f"madoguchi:case:{case}",)),
        (f"support+{'a' * 42}@acme.example", ()),
    ):
        for spelling in (address, address.upper()):
            event, _, _ = mail(f"From: jo@example.com\r\nTo: {spelling}\r\n\r\nx")
            assert event.references == expected
            assert event.thread["mailbox"] == ("support@acme.example")
    forged, _, _ = mail(
        f"From: jo@example.com\r\nTo: support@acme.example\r\nIn-Reply-To: madoguchi:case:{case}\r\n\r\nx"
    )
    assert forged.references == ()


@pytest.mark.parametrize("channel", ["mailgun", "sendgrid", "postmark", "ses", "email"])
def test_the_retry_of_a_provider_repeats_the_ids(channel: str) -> None:
    bodies: dict[str, tuple[Any, str]] = {
        "mailgun": form(*signed().items(), ("body-mime", MIME)),
        "sendgrid": form(("email", MIME)),
        "postmark": (sample("postmark", "inbound"), "application/json"),
        "ses": (sns(sample("ses", "received") | {"content": base64.b64encode(MIME.encode()).decode()}), "text/plain"),
        "email": (MIME.encode(), "message/rfc822"),
    }
    first, second = (drafts(hook(channel, *bodies[channel]))[0].event for _ in range(2))
    assert isinstance(first, MessageReceived)
    assert first.provider_event_id == second.provider_event_id


def test_statuses_are_of_the_lattice() -> None:
    assert {status for *_, status, _, _ in receipts("sendgrid", sample("sendgrid", "events"))} <= {
        one.value for one in MessageStatus
    }
