"""What nobody wants is passed over by its header, unopened."""

from datetime import UTC, datetime
from uuid import uuid4

from aiokafka import ConsumerRecord

from contracts.cases import MessageStatusChanged
from contracts.envelope import Envelope, encode, headers_of
from contracts.values import MessageStatus
from runtime.owner import _decoded, _wanted


def record(value: bytes, headers: list[tuple[str, bytes]], offset: int = 0) -> ConsumerRecord:
    return ConsumerRecord("case.events", 0, offset, 0, 0, b"key", value, None, 3, len(value), headers)


def changed() -> Envelope:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    event = MessageStatusChanged(case_id=uuid4(), message_id=uuid4(), status=MessageStatus.READ, changed_at=now)
    return Envelope(uuid4(), "acme", "case-store", now, event)


def test_only_what_is_wanted_is_opened() -> None:
    envelope = changed()
    known = record(encode(envelope), headers_of(envelope))
    broken = record(b"not an event", [("ce_type", b"madoguchi.CaseOpened")], 1)
    records = [known, broken]
    assert _wanted(records, None) == records
    assert _wanted(records, lambda kind: kind == "MessageStatusChanged") == [known]
    assert _wanted(records, lambda kind: False) == []


def test_what_does_not_say_its_type_is_opened_and_told() -> None:
    (silent,) = _wanted([record(b"not an event", [])], lambda kind: False)
    deliveries, malformed = _decoded([silent])
    assert deliveries == []
    assert [one for one, _ in malformed] == [silent]
