import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic_core import to_json

from contracts.cases import CaseResolved
from contracts.envelope import (
    CONTENT_TYPE,
    MAX_VALUE_BYTES,
    Envelope,
    EventTooLarge,
    MalformedEvent,
    decode,
    encode,
    headers_of,
    seal,
)
from contracts.inbound import MessageReceived
from contracts.routing import RemoveAgent
from contracts.values import Author, AuthorKind

EXAMPLE = (Path(__file__).parents[1] / "examples/inbound.messages/MessageReceived.json").read_bytes()
RECEIVED = decode(EXAMPLE)
CANARY = "ひみつ-canary-7c41"


def changed(path: str, value: object) -> bytes:
    event: Any = json.loads(EXAMPLE)
    *way, last = path.split(".")
    place = event
    for step in way:
        place = place[step]
    place[last] = value
    return json.dumps(event).encode()


def without(name: str) -> bytes:
    return json.dumps({key: value for key, value in json.loads(EXAMPLE).items() if key != name}).encode()


MALFORMED = {
    "nothing": None,
    "empty": b"",
    "not JSON": b"<xml/>",
    "cut off": EXAMPLE[:-20],
    "array": b"[1, 2]",
    "number": b"1",
    "null": b"null",
    "bad UTF-8": b'{"specversion": "1.0", "id": "\xff\xfe"}',
    "deep nesting": b"[" * 10_000 + b"]" * 10_000,
    "deep objects": b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
    "NaN": EXAMPLE.replace(b'"1.0"', b"NaN"),
    "lone surrogate": EXAMPLE.replace(b'"acme"', rb'"ac\ud800me"'),
    "lone surrogate in the text": changed("data.content.text", "\ud83d"),
    "NUL in the text": changed("data.content.text", "a\0b"),
    "NUL in a key": changed("data.content", {"kind": "text", "a\0b": 1}),
    "raw NUL": EXAMPLE.replace(b"acme", b"ac\x00me"),
    "wrong specversion": changed("specversion", "0.3"),
    "specversion is a number": changed("specversion", 1.0),
    "unknown type": changed("type", "madoguchi.CaseEaten"),
    "type without the prefix": changed("type", "MessageReceived"),
    "type is a list": changed("type", ["madoguchi.MessageReceived"]),
    "type is a huge number": EXAMPLE.replace(b'"madoguchi.MessageReceived"', b"9" * 5_000),
    "huge int in place of a text": EXAMPLE.replace(b'"acme"', b"9" * 5_000),
    "id is not a UUID": changed("id", "42"),
    "id is an object": changed("id", {"id": 1}),
    "time without a zone": changed("time", "2026-11-20T09:31:05"),
    "time before the year 1 in UTC": changed("time", "0001-01-01T00:00:00+23:00"),
    "instant before the year 1 in UTC": changed("data.occurred_at", "0001-01-01T00:00:00+23:00"),
    "time is a word": changed("time", CANARY),
    "source is a slash": changed("source", "/"),
    "tenant is a number": changed("tenant", 7),
    "traceparent is a list": changed("traceparent", []),
    "causation id is a word": changed("causationid", CANARY),
    "data is a text": changed("data", CANARY),
    "data is null": changed("data", None),
    "object where a text was expected": changed("data.content.text", {"$ne": CANARY}),
    "a number of the provider is too large": changed(
        "data.content.attachments", [{"kind": "image", "size_bytes": 10**30}]
    ),
    "infinity": changed("data.content.location", {"latitude": 1e999, "longitude": 0}),
    "a number that overflows": changed("data.content.location", {"latitude": 77.5, "longitude": 0}).replace(
        b"77.5", b"1e999"
    ),
} | {f"no {name}": without(name) for name in ("specversion", "id", "source", "type", "time", "tenant", "data")}


@pytest.mark.parametrize("value", MALFORMED.values(), ids=MALFORMED.keys())
def test_what_is_not_an_event_is_malformed_and_nothing_else(value: bytes | None) -> None:
    with pytest.raises(MalformedEvent) as caught:
        decode(value)
    assert str(caught.value)
    assert caught.value.__cause__ is None


@given(st.binary() | st.binary().map(lambda tail: EXAMPLE[:200] + tail) | st.text().map(str.encode))
def test_random_bytes_are_malformed_and_nothing_else(value: bytes) -> None:
    with pytest.raises(MalformedEvent):
        decode(value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text(), parts, max_size=3),
    max_leaves=8,
)
places = st.sampled_from(
    [
        *("id", "source", "type", "time", "tenant", "traceparent", "causationid", "data", "data.contact"),
        *("data.content", "data.content.kind", "data.content.attachments", "data.occurred_at", "data.reply_handle"),
    ]
)


@given(places, json_values)
def test_any_json_in_any_place_is_an_event_or_malformed(place: str, value: object) -> None:
    try:
        decoded = decode(changed(place, value))
    except MalformedEvent:
        return
    assert decode(encode(decoded)) == decode(encode(decode(encode(decoded))))


@pytest.mark.parametrize("value", [CANARY, {CANARY: CANARY}, [CANARY]], ids=["text", "object", "list"])
@pytest.mark.parametrize(
    "path",
    [
        *("id", "time", "type", "specversion", "causationid", "data.occurred_at", "data.contact.address"),
        *("data.content.location", "data.standby"),
    ],
)
def test_an_error_never_quotes_content(path: str, value: object) -> None:
    with pytest.raises(MalformedEvent) as caught:
        decode(changed(path, value))
    assert CANARY not in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_error_says_where_but_not_under_which_key_of_a_mapping() -> None:
    example = Path(__file__).parents[1] / "examples/routing.commands/ConfigureAgent.json"
    event = json.loads(example.read_text("utf-8"))
    event["data"]["skills"] = {CANARY: "many"}
    with pytest.raises(MalformedEvent, match=r"^ConfigureAgent\.skills\.\*: int_parsing$"):
        decode(json.dumps(event).encode())


def test_a_model_that_refuses_its_input_does_not_quote_it_either() -> None:
    with pytest.raises(ValueError, match="contact") as caught:
        MessageReceived.model_validate({"contact": CANARY, "content": {"text": CANARY}})
    assert CANARY not in str(caught.value)


@pytest.mark.parametrize("text", ["あ" * (1 << 20), "a" * (1 << 20), '"' * (MAX_VALUE_BYTES // 2)])
def test_a_text_of_a_mebibyte_is_too_large(text: str) -> None:
    with pytest.raises(EventTooLarge, match="the limit is 900000"):
        encode(with_text(text))


def test_an_event_just_below_the_limit_travels() -> None:
    room = MAX_VALUE_BYTES - len(encode(with_text("")))
    assert len(encode(with_text("a" * room))) == MAX_VALUE_BYTES
    with pytest.raises(EventTooLarge):
        encode(with_text("a" * (room + 1)))


def test_a_nul_is_refused_where_it_would_be_written() -> None:
    with pytest.raises(MalformedEvent, match="holds a NUL character"):
        encode(with_text("a\0b"))


@pytest.mark.parametrize("text", [r"a\u0000b", "\\", "🙇‍♀️ 返金", "\u2028\x7f"])
def test_odd_but_legal_text_travels_unchanged(text: str) -> None:
    decoded = decode(encode(with_text(text)))
    assert isinstance(decoded.data, MessageReceived)
    assert decoded.data.content.text == text


def test_a_time_of_another_zone_is_written_in_utc() -> None:
    decoded = decode(changed("time", "2026-11-20T09:31:05.1234+09:00"))
    assert decoded.time == datetime(2026, 11, 20, 0, 31, 5, 123400, tzinfo=UTC)
    assert json.loads(encode(decoded))["time"] == "2026-11-20T00:31:05.123Z"


def test_a_year_below_a_thousand_keeps_its_four_digits() -> None:
    event = envelope_of(datetime(1, 1, 1, tzinfo=UTC) + timedelta(milliseconds=5))
    assert json.loads(encode(event))["time"] == "0001-01-01T00:00:00.005Z"
    assert decode(encode(event)) == event


def test_an_unknown_word_is_read_as_unknown() -> None:
    decoded = decode(changed("data.contact.address.kind", "hologram"))
    assert isinstance(decoded.data, MessageReceived)
    assert decoded.data.contact.address.kind == "unknown"


def test_a_newer_configuration_is_read_by_an_older_service() -> None:
    example = Path(__file__).parents[1] / "examples/config/TenantConfig.json"
    event = json.loads(example.read_text("utf-8"))
    event["data"]["colour"] = "red"
    event["data"]["queues"][0]["colour"] = "red"
    assert decode(json.dumps(event).encode()) == decode(example.read_bytes())


def test_headers_carry_what_tools_need() -> None:
    assert headers_of(RECEIVED) == [
        ("content-type", CONTENT_TYPE),
        ("ce_id", str(RECEIVED.id).encode()),
        ("ce_type", b"madoguchi.MessageReceived"),
        ("traceparent", str(RECEIVED.traceparent).encode()),
    ]
    assert [name for name, _ in headers_of(envelope_of(datetime.now(UTC)))] == ["content-type", "ce_id", "ce_type"]


def with_text(text: str) -> Envelope:
    assert isinstance(RECEIVED.data, MessageReceived)
    content = RECEIVED.data.content.model_copy(update={"text": text})
    data = RECEIVED.data.model_copy(update={"content": content})
    return Envelope(RECEIVED.id, "acme", "ingest", RECEIVED.time, data)


def envelope_of(time: datetime) -> Envelope:
    data = CaseResolved(
        case_id=UUID(int=1),
        customer_id=UUID(int=2),
        by=Author(kind=AuthorKind.SYSTEM, id="case-store"),
        resolved_at=time,
    )
    return Envelope(UUID(int=3), "acme", "case-store", time, data)


def test_an_envelope_around_ready_json_is_the_same_as_around_the_event() -> None:
    event = RemoveAgent(agent_id='愛"子\n')
    envelope = Envelope(
        uuid4(), 'a"c', "router", datetime(2026, 11, 22, 1, 2, 3, 4_000, UTC), event, causation_id=uuid4()
    )
    ready = seal(
        to_json({"agent_id": event.agent_id}),
        id=str(envelope.id),
        type="RemoveAgent",
        tenant=envelope.tenant,
        source="router",
        time="2026-11-22T01:02:03.004Z",
        causation_id=str(envelope.causation_id),
    )
    assert ready == encode(envelope)
    assert decode(ready) == envelope
