"""A dead letter as it lies in `<topic>.dlq`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from aiokafka import ConsumerRecord

REDRIVEN: Final = "dlq-redriven-offset"
"""The header of a marker: the letter at that offset of the same topic went back to its origin."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """`origin` is the topic it came from. `headers` and `value` are the original's, without what dead-lettering added."""

    topic: str
    offset: int
    at: datetime
    origin: str
    place: str
    consumer: str
    code: str
    reason: str
    key: bytes = field(repr=False)
    value: bytes = field(repr=False)
    headers: tuple[tuple[str, bytes], ...] = field(repr=False)
    redriven: bool = False

    @property
    def event(self) -> str:
        return self._header("ce_type").removeprefix("madoguchi.") or "unknown"

    @property
    def event_id(self) -> str:
        return self._header("ce_id")

    def _header(self, wanted: str) -> str:
        return next((value.decode("utf-8", "replace") for name, value in self.headers if name == wanted), "")

    def as_json(self) -> dict[str, Any]:
        return {
            "topic": self.topic,
            "offset": self.offset,
            "at": self.at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "origin": self.origin,
            "origin_place": self.place,
            "consumer": self.consumer,
            "code": self.code,
            "reason": self.reason,
            "event": self.event,
            "event_id": self.event_id,
            "size_bytes": len(self.value),
            "redriven": self.redriven,
        }


def letters_of(records: Iterable[ConsumerRecord]) -> list[DeadLetter]:
    """All letters among one topic's records; markers say which went back already."""
    all_records = list(records)
    back = {offset for record in all_records if (offset := _marked(record)) is not None}
    return [_letter(record, record.offset in back) for record in all_records if _marked(record) is None]


def _letter(record: ConsumerRecord, redriven: bool) -> DeadLetter:
    added = {name: value.decode("utf-8", "replace") for name, value in record.headers if name.startswith("dlq-")}
    return DeadLetter(
        topic=record.topic,
        offset=record.offset,
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        origin=added.get("dlq-topic") or record.topic.removesuffix(".dlq"),
        place=f"{added.get('dlq-partition', '?')}/{added.get('dlq-offset', '?')}",
        consumer=added.get("dlq-consumer", ""),
        code=added.get("dlq-code", ""),
        reason=added.get("dlq-reason", ""),
        key=record.key or b"",
        value=record.value or b"",
        headers=tuple((name, value) for name, value in record.headers if not name.startswith("dlq-")),
        redriven=redriven,
    )


def _marked(record: ConsumerRecord) -> int | None:
    value = next((value for name, value in record.headers if name == REDRIVEN), b"")
    return int(value) if value.isdigit() else None
