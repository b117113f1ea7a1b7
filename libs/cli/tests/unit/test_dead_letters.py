"""Dead letters as the topic holds them."""

from types import SimpleNamespace
from typing import Any

import pytest

from madoguchi.dead_letters.model import REDRIVEN, letters_of
from madoguchi.dead_letters.read import dead_letter_topic
from madoguchi.dead_letters.redrive import as_it_came, marker
from madoguchi.errors import Stop

ORIGINAL = (("ce_type", b"madoguchi.MessageReceived"), ("ce_id", b"e1"), ("traceparent", b"00-x"))
WHY = (
    ("dlq-consumer", b"case-store.inbound"),
    ("dlq-topic", b"inbound.messages"),
    ("dlq-partition", b"2"),
    ("dlq-offset", b"41"),
    ("dlq-code", b"malformed"),
    ("dlq-reason", b"not JSON"),
)


def record(offset: int, headers: tuple[tuple[str, bytes], ...] = ORIGINAL + WHY, value: bytes | None = b"{oops") -> Any:
    return SimpleNamespace(
        topic="inbound.messages.dlq", offset=offset, timestamp=1_795_298_124_593, headers=headers, key=b"k", value=value
    )


def test_a_letter_tells_where_from_for_whom_and_why() -> None:
    (letter,) = letters_of([record(3)])
    told = letter.as_json()
    assert told["origin"] == "inbound.messages"
    assert told["origin_place"] == "2/41"
    assert (told["consumer"], told["code"], told["reason"]) == ("case-store.inbound", "malformed", "not JSON")
    assert (told["event"], told["event_id"], told["size_bytes"]) == ("MessageReceived", "e1", 5)
    assert "oops" not in repr(letter)


def test_going_back_keeps_the_bytes_and_says_where_it_was() -> None:
    (letter,) = letters_of([record(3)])
    back = as_it_came(letter)
    assert (back.topic, back.key, back.value) == ("inbound.messages", b"k", b"{oops")
    assert back.headers == (*ORIGINAL, ("redriven-from", b"inbound.messages.dlq/0/3"))


def test_a_marker_shows_that_a_letter_went_back_and_is_no_letter() -> None:
    (letter,) = letters_of([record(3)])
    mark = marker(letter)
    assert mark.topic == "inbound.messages.dlq"
    letters = letters_of([record(3), record(4), record(5, mark.headers, b"")])
    assert [(one.offset, one.redriven) for one in letters] == [(3, True), (4, False)]


def test_a_letter_of_unknown_make_is_still_a_letter() -> None:
    (letter,) = letters_of([record(0, ((REDRIVEN, b"x"),), None)])
    assert (letter.origin, letter.event, letter.value) == ("inbound.messages", "unknown", b"")


def test_names_of_dead_letter_topics() -> None:
    assert dead_letter_topic("case.events") == dead_letter_topic("case.events.dlq") == "case.events.dlq"
    with pytest.raises(Stop, match=r"there is no dead-letter topic 'config\.dlq'"):
        dead_letter_topic("config")
