"""Whatever JSON a provider may sign: LINE's and Meta's adapters return events, all of which Kafka and Postgres can hold."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest.channels
from contracts.config import ChannelAccount
from contracts.envelope import Envelope, decode, encode
from contracts.inbound import UnrecognisedReceived
from ingest.channels import CHANNELS
from ingest.domain.identity import id_of, partition_key
from ingest.domain.webhook import Draft, Webhook
from runtime.errors import Malformed

SAMPLES: Final = Path(ingest.channels.__file__).parent
NOW: Final = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
VOCABULARY: Final = """
events destination type message source user group room userId groupId timestamp webhookEventId text id image sticker keywords
contentProvider external originalContentUrl location latitude longitude postback data params joined memberJoined members unsend
messageId follow entry changes value field messages statuses errors contacts metadata phone_number_id from wa_id from_user_id
profile name status recipient_id sent read failed code system edit revoke reaction interactive context button order body
messaging standby sender recipient mid payload url is_deleted reply_to story watermark mids delivery read reaction chat
message_id date photo file_id callback_query offset length message_token media sticker_id lat lon webhook
106540352242922 2 1749416383 message.received contact receipt occurred_at attachments
"""
TEXT = st.sampled_from(VOCABULARY.split()) | st.text(st.characters(exclude_categories=[]), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5), max_leaves=30
)


def a_webhook(channel: str, body: bytes) -> Webhook:
    account = ChannelAccount(id="a", channel=channel)
    return Webhook("t", account, {"webhook-id": "e", "webhook-timestamp": "1795228200"}, body, NOW)


def check(channel: str, body: bytes) -> tuple[Draft, ...]:
    drafts = CHANNELS[channel].parse(a_webhook(channel, body), {}.get)
    for draft in drafts:
        value = encode(Envelope(id_of("t", draft), "t", "ingest", NOW, draft.event))
        assert decode(value).data == draft.event
        assert b"\\u0000" not in value.replace(b"\\\\u0000", b"")
        assert partition_key(b"k", "t", draft)
    return drafts


def within(channel: str, value: Any) -> Any:
    """Where a provider's own elements sit, so that the search reaches the readers."""
    if channel == "line":
        return {"events": [value]}
    return {
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": {"messages": [value], "statuses": [value]}}]}]
    }


@pytest.mark.parametrize("channel", ["line", "whatsapp"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_json_becomes_events(channel: str, data: st.DataObject) -> None:
    value = data.draw(VALUES)
    check(channel, json.dumps(value).encode())
    check(channel, json.dumps(within(channel, value)).encode())


@pytest.mark.parametrize("channel", ["line", "whatsapp"])
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_documented_body_with_anything_changed_becomes_events(channel: str, data: st.DataObject) -> None:
    body = json.loads((SAMPLES / channel / "samples" / "text.json").read_text("utf-8"))
    element = body["events"][0] if channel == "line" else body["entry"][0]["changes"][0]["value"]["messages"][0]
    element[data.draw(st.sampled_from(sorted(element)))] = data.draw(VALUES)
    assert check(channel, json.dumps(body).encode())


@pytest.mark.parametrize("channel", ["line", "whatsapp"])
@pytest.mark.parametrize(
    "body",
    [b"", b"null", b"{", b"\xff\xfe\x00", b'{"events": NaN}', b"[" * 300 + b"]" * 300, b"{" * 100_000, b"1" * 6000],
)
def test_a_signed_body_that_is_no_object_is_kept_whole(channel: str, body: bytes) -> None:
    (draft,) = check(channel, body)
    assert isinstance(draft.event, UnrecognisedReceived)
    assert json.loads(draft.event.raw) == body.decode("utf-8", "backslashreplace")


@settings(max_examples=150, deadline=None)
@given(VALUES)
def test_the_generic_door_takes_it_or_says_where_it_is_wrong(value: Any) -> None:
    body = json.dumps(value).encode()
    refusals = []
    try:
        check("webhook", body)
    except Malformed as refused:
        refusals.append(refused)
    assert all(each.status in (400, 422) for each in refusals)
    assert all(f"{each.sentence}{each.pointer}".encode() for each in refusals)
