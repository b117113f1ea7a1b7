"""A canonical message → one event; a mistake → its place."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from contracts.inbound import MessageEdited, MessageReceived, MessageUnsent, ReactionReceived, ReceiptReceived
from contracts.values import AddressKind, ContentKind, MessageStatus
from ingest.channels.webhook.message import MESSAGE
from ingest.domain.webhook import Draft
from runtime.errors import Malformed

Parsed = Callable[..., tuple[Draft, ...]]
Sample = Callable[[str, str], dict[str, Any]]
SCHEMA = Path(__file__).parents[2] / "schemas" / "webhook-message.json"
SIGNED_AT = "1795228200"


def the_event(parsed: Parsed, body: Any) -> Any:
    (draft,) = parsed("hooks", body, webhook_id="evt_1", webhook_timestamp=SIGNED_AT)
    return draft.event


def test_a_message_with_everything(parsed: Parsed, sample: Sample) -> None:
    event = the_event(parsed, sample("webhook", "received"))
    assert isinstance(event, MessageReceived)
    assert (event.provider_event_id, event.provider_message_id, event.conversation) == (
        "evt_1",
        "msg-1001",
        "ticket-77",
    )
    assert event.occurred_at == datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.EXTERNAL, "cust-9")
    assert [each.value for each in event.contact.alternates] == ["+66812345678", "somchai@example.com"]
    assert (event.contact.display_name, event.contact.language) == ("Somchai J.", "th")
    assert (event.content.kind, event.content.text) == (ContentKind.IMAGE, "ขอคืนเงินค่ะ")
    assert event.content.attachments[0].url == "https://files.example.com/receipt.jpg"
    assert event.content.reply_to == "msg-0999"


def test_the_other_types(parsed: Parsed, sample: Sample) -> None:
    edited = the_event(parsed, sample("webhook", "edited"))
    assert isinstance(edited, MessageEdited)
    assert (edited.conversation, edited.content.text) == ("cust-9", "ขอคืนเงินทั้งหมดค่ะ")
    assert edited.occurred_at == datetime.fromtimestamp(int(SIGNED_AT), UTC)
    assert isinstance(the_event(parsed, sample("webhook", "unsent")), MessageUnsent)
    reaction = the_event(parsed, sample("webhook", "reaction"))
    assert isinstance(reaction, ReactionReceived)
    assert reaction.emoji == "👍"
    receipt = the_event(parsed, sample("webhook", "receipt"))
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.status, receipt.error_code) == (MessageStatus.FAILED, "mailbox_full")


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"type": "message.sung"}, "/type"),
        ({"text": 5}, "/text"),
        ({"contact": {"id": {"$ne": ""}}}, "/contact/id"),
        ({"contact": {"id": "c", "phone": "081"}}, "/contact/phone"),
        ({"attachments": [{"kind": "image", "url": "http://plain.example.com/a"}]}, "/attachments/0/url"),
        ({"occurred_at": "yesterday"}, "/occurred_at"),
        ({"occurred_at": 1795228200}, "/occurred_at"),
        ({"occurred_at": "2026-11-21T09:30:00"}, "/occurred_at"),
        ({"colour/of~it": 1}, "/colour~1of~0it"),
        ({"message_id": "\u0000"}, "/message_id"),
        ({"message_id": "x" * 600}, "/message_id"),
    ],
)
def test_a_mistake_is_told_with_its_place(parsed: Parsed, sample: Sample, change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Malformed) as refused:
        the_event(parsed, sample("webhook", "received") | change)
    assert (refused.value.code, refused.value.status) == ("invalid_message", 422)
    assert refused.value.pointer == pointer
    assert "yesterday" not in refused.value.sentence


def test_a_message_has_to_say_something(parsed: Parsed) -> None:
    with pytest.raises(Malformed, match="one of text, attachments, location, payload is needed"):
        the_event(parsed, {"type": "message.received", "message_id": "m", "contact": {"id": "c"}})


def test_the_standards_envelope_is_opened(parsed: Parsed, sample: Sample) -> None:
    plain = sample("webhook", "received")
    inner = {name: value for name, value in plain.items() if name not in ("type", "occurred_at")}
    wrapped = {"type": plain["type"], "timestamp": plain["occurred_at"], "data": inner}
    assert the_event(parsed, wrapped) == the_event(parsed, plain)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [({"type": "message.sung"}, "/type"), ({"data": {"message_id": "m", "contact": 5, "text": "a"}}, "/data/contact")],
)
def test_a_mistake_in_the_envelope_is_told_with_its_place(
    parsed: Parsed, sample: Sample, change: dict[str, Any], pointer: str
) -> None:
    plain = sample("webhook", "received")
    with pytest.raises(Malformed) as refused:
        the_event(parsed, {"type": plain.pop("type"), "data": plain} | change)
    assert refused.value.pointer == pointer


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b'{"a": NaN', b"[" * 100_000])
def test_what_is_not_json_is_refused(parsed: Parsed, body: bytes) -> None:
    with pytest.raises(Malformed) as refused:
        the_event(parsed, body)
    assert (refused.value.code, refused.value.status) == ("invalid_json", 400)


def test_nul_and_lone_surrogates_do_not_stop_a_message(parsed: Parsed) -> None:
    body = rb'{"type":"message.received","message_id":"m","contact":{"id":"c"},"text":"a\u0000b\ud83dc \ud83d\ude2e"}'
    assert the_event(parsed, body).content.text == "ab\ufffdc 😮"


def test_the_published_schema_is_this_model(sample: Sample) -> None:
    published = json.loads(SCHEMA.read_text("utf-8"))
    assert {**MESSAGE.json_schema(), "title": published["title"], "$schema": published["$schema"]} == published
    for name in ("received", "edited", "unsent", "reaction", "receipt", "call_voicemail", "call_callback"):
        jsonschema.validate(sample("webhook", name), published)
