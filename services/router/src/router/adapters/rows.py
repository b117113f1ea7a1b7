"""Rows and the domain's values, both ways."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from pydantic_core import from_json, to_json

from router.domain import events
from router.domain.events import SlaEntry
from router.domain.model import MetricName, WarnPoint, WorkItem
from router.domain.records import clocks_record, work_from_record
from router.handlers.ports import Outcome, Part, Parts

_ENTRIES: Final[Mapping[str, type[SlaEntry]]] = {
    kind.__name__: kind
    for kind in (
        events.SlaApplied,
        events.SlaPaused,
        events.SlaResumed,
        events.SlaWarned,
        events.SlaBreached,
        events.SlaFulfilled,
        events.SlaCancelled,
        events.SlaRetargeted,
    )
}


def clocks_json(item: WorkItem) -> str:
    return as_json(clocks_record(item.clocks)) if item.clocks else "{}"


def work_from_row(row: Mapping[str, Any]) -> WorkItem:
    """From the texts of `record` and `clocks`."""
    record: dict[str, Any] = from_json(row["record"])
    if row["clocks"] != "{}":
        record["clocks"] = from_json(row["clocks"])
    return work_from_record(record)


def as_json(value: object) -> str:
    return to_json(value).decode()


def entry_json(entry: SlaEntry) -> str:
    fields = {name: getattr(entry, name) for name in entry.__dataclass_fields__}
    return as_json(fields | {"warns_left": [[point.left_ms, point.name] for point in entry.warns_left]})


def entry_from(kind: str, text: str) -> SlaEntry:
    fields: dict[str, Any] = from_json(text)
    warns = tuple(WarnPoint(left_ms, name) for left_ms, name in fields["warns_left"])
    return _ENTRIES[kind](**{**fields, "metric": MetricName(fields["metric"]), "warns_left": warns})


def parts_json(parts: Parts) -> str:
    return as_json({name: [part.digest, part.revision] for name, part in parts.items()})


def parts_from(text: str) -> dict[str, Part]:
    return {name: Part(digest, revision) for name, (digest, revision) in from_json(text).items()}


def outcome_json(outcome: Outcome) -> str:
    return as_json(asdict(outcome))


def outcome_from(text: str) -> Outcome:
    return Outcome(**from_json(text))
