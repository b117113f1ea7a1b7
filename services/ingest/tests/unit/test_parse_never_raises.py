"""Whatever a provider may sign, JSON or XML or a form: every adapter returns events, all of which Kafka and Postgres can hold."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from xml.sax.saxutils import escape

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
from runtime.errors import Malformed, Refused

SAMPLES: Final = Path(ingest.channels.__file__).parent
NOW: Final = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
VOCABULARY: Final = """
events destination type message source user group room userId groupId timestamp webhookEventId text id image sticker keywords
contentProvider external originalContentUrl location latitude longitude postback data params joined memberJoined members unsend
messageId follow entry changes value field messages statuses errors contacts metadata phone_number_id from wa_id from_user_id
profile name status recipient_id sent read failed code system edit revoke reaction interactive context button order body
messaging standby sender recipient mid payload url is_deleted reply_to story watermark mids delivery read reaction chat
message_id date photo file_id callback_query offset length message_token media sticker_id lat lon webhook
event channel ts files event_callback channel_id author op t d MESSAGE_CREATE attachments for_user_id direct_message_events
message_create message_data userRequest utterance callbackUrl serviceUrl conversation contentType entities actions block_actions
106540352242922 2 1749416383 message.received contact receipt occurred_at attachments
"""
TEXT = st.sampled_from(VOCABULARY.split()) | st.text(st.characters(exclude_categories=[]), max_size=8)
LEAVES = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5), max_leaves=30
)


def a_webhook(channel: str, body: bytes, headers: dict[str, str]) -> Webhook:
    account = ChannelAccount(id="a", channel=channel)
    return Webhook("t", account, {"webhook-id": "e", "webhook-timestamp": "1795228200", **headers}, body, NOW)


def check(channel: str, body: bytes, headers: dict[str, str] | None = None) -> tuple[Draft, ...]:
    webhook = a_webhook(channel, body, headers or {})
    drafts = CHANNELS[channel].parse(webhook, {}.get)
    assert CHANNELS[channel].answer(webhook, []).status in (200, 202, 204)
    for draft in drafts:
        value = encode(Envelope(id_of("t", draft), "t", "ingest", NOW, draft.event))
        assert decode(value).data == draft.event
        assert b"\\u0000" not in value.replace(b"\\\\u0000", b"")
        assert partition_key(b"k", "t", draft)
    return drafts


def _meta(about: str) -> Callable[[Any], Any]:
    def within(value: Any) -> Any:
        lists = {"messaging": [value], "standby": [value], "changes": [{"field": "messages", "value": value}]}
        return {"object": about, "entry": [{"id": "1", "time": 1, **lists}]}

    return within


WITHIN: Final[dict[str, Callable[[Any], Any]]] = {
    "line": lambda value: {"events": [value]},
    "whatsapp": lambda value: {
        "entry": [{"id": "1", "changes": [{"field": "messages", "value": {"messages": [value], "statuses": [value]}}]}]
    },
    "messenger": _meta("page"),
    "instagram": _meta("instagram"),
    "telegram": lambda value: {"update_id": 1, "message": value},
    "viber": lambda value: {
        "event": "message",
        "timestamp": 1457764197627,
        "message_token": 2**62,
        "sender": {"id": "U"},
        "message": value,
    },
    "slack": lambda value: {"type": "event_callback", "event": value},
    "teams": lambda value: {"type": "message", "conversation": {"id": "c"}, "from": value, "attachments": [value]},
    "discord": lambda value: {"op": 0, "t": "MESSAGE_CREATE", "s": 1, "d": value},
    "wechat": lambda value: value,
    "x": lambda value: {"for_user_id": "1", "direct_message_events": [value], "tweet_create_events": [value]},
    "kakao": lambda value: {"userRequest": value, "action": value},
}
"""Where a provider's own elements sit, so that the search reaches the readers."""

ELEMENTS: Final[dict[str, Callable[[Any], dict[str, Any]]]] = {
    "line": lambda body: body["events"][0],
    "whatsapp": lambda body: body["entry"][0]["changes"][0]["value"]["messages"][0],
    "messenger": lambda body: body["entry"][0]["messaging"][0],
    "instagram": lambda body: body["entry"][0]["messaging"][0],
    "telegram": lambda body: body["message"],
    "viber": lambda body: body,
    "slack": lambda body: body["event"],
    "teams": lambda body: body,
    "discord": lambda body: body["d"],
    "x": lambda body: body["direct_message_events"][0]["message_create"],
    "kakao": lambda body: body["userRequest"],
}
SOMETIMES_NO_NEWS: Final = frozenset({"viber", "slack", "teams", "discord", "x"})
"""A type that says nothing, or our own words."""


@pytest.mark.parametrize("channel", sorted(WITHIN))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_any_json_becomes_events(channel: str, data: st.DataObject) -> None:
    value = data.draw(VALUES)
    check(channel, json.dumps(value).encode())
    check(channel, json.dumps(WITHIN[channel](value)).encode())


@pytest.mark.parametrize("channel", sorted(ELEMENTS))
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_documented_body_with_anything_changed_becomes_events(channel: str, data: st.DataObject) -> None:
    body = json.loads((SAMPLES / channel / "samples" / "text.json").read_text("utf-8"))
    element = ELEMENTS[channel](body)
    element[data.draw(st.sampled_from(sorted(element)))] = data.draw(VALUES)
    assert check(channel, json.dumps(body).encode()) or channel in SOMETIMES_NO_NEWS


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["MsgType", "Event", "FromUserName", "CreateTime", "Content", "Location_X", "MsgId"]), TEXT)
def test_any_xml_becomes_events(name: str, value: str) -> None:
    fields = {"FromUserName": "o1", "CreateTime": "1359028446", "MsgType": "event", name: value}
    body = "".join(f"<{one}>{escape(words)}</{one}>" for one, words in fields.items())
    check("wechat", f"<xml>{body}</xml>".encode("utf-8", "surrogatepass"))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.sampled_from(["payload", "command", "user_id", "text", "trigger_id"]), TEXT), VALUES)
def test_any_form_becomes_events(fields: dict[str, str], value: Any) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    for given_ in (fields, {"payload": json.dumps(value)}):
        check("slack", urlencode(given_, errors="replace").encode(), form)


@pytest.mark.parametrize("channel", sorted(WITHIN))
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


@pytest.mark.parametrize("channel", sorted(CHANNELS))
@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300) | VALUES.map(lambda value: json.dumps(value).encode()), st.data())
def test_every_door_takes_whatever_its_media_types_hold(channel: str, body: bytes, data: st.DataObject) -> None:
    """Only our own API, whose senders read our errors, may refuse; and whoever names another endpoint than ours."""
    media = data.draw(st.sampled_from(sorted(CHANNELS[channel].media_types)))
    charset = data.draw(TEXT).encode("latin-1", "replace").decode("latin-1")  # as headers are read
    drafts: tuple[Draft, ...] = ()
    refusals: list[Refused] = []
    try:
        drafts = check(channel, body, {"content-type": f"{media}; boundary=b; charset={charset}"})
    except Refused as refused:
        refusals.append(refused)
    assert all(draft.event.channel == channel for draft in drafts)
    assert all(isinstance(each, Malformed) and channel in ("webhook", "form") for each in refusals)


@pytest.mark.parametrize("channel", sorted(WITHIN))
@pytest.mark.parametrize("depth", [10, 190, 20_000])
def test_depth_breaks_no_reader(channel: str, depth: int) -> None:
    """Of what is nested deeper than 200 the whole is kept."""
    inner = '{"a":' * depth + "1" + "}" * depth
    body = json.dumps(WITHIN[channel]("X")).replace('"X"', inner)
    check(channel, body.encode())
