"""Rows and the domain's values, both ways."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any, Final

from pydantic_core import from_json, to_json

from router.domain import events
from router.domain.events import SlaEntry
from router.domain.model import Agent, MetricName, RunningClocks, WarnPoint, WorkItem
from router.domain.records import agent_from_record, clock_record, clocks_record, fields_from_record
from router.domain.running_clocks import share_clocks
from router.handlers.ports import Outcome, Part, Parts

_HOLE: Final = "\x1a"
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


def _fields_of(kind: type[SlaEntry]) -> tuple[tuple[str, ...], Callable[[SlaEntry], tuple[Any, ...]]]:
    names = tuple(field.name for field in fields(kind))
    return names, attrgetter(*names)


_FIELDS: Final = {kind: _fields_of(kind) for kind in _ENTRIES.values()}


def clocks_json(item: WorkItem) -> str:
    kept = item.kept_clocks
    if isinstance(kept, RunningClocks):
        return _running_json(kept, item.requested_at)
    return as_json(clocks_record(kept)) if kept else "{}"


def _running_json(kept: RunningClocks, start: int) -> str:
    """Filled in: made from the clocks, it takes 20 us for work with four."""
    text, instants = _form(kept)
    return text % tuple([start + after for after in instants])


@lru_cache(maxsize=1_024)
def _form(kept: RunningClocks) -> tuple[str, tuple[int, ...]]:
    """The clocks' JSON with a hole for each instant that is counted from the start."""
    record, instants = {}, list[int]()
    for each in kept.clocks:
        clock = record[str(each.clock.metric)] = clock_record(each.clock)
        for name in clock:
            if name == "started_at" or (each.moves and name in ("due_at", "warn_at")):
                instants.append(clock[name])
                clock[name] = _HOLE
    return as_json(record).replace("%", "%%").replace(as_json(_HOLE), "%d"), tuple(instants)


WORK: Final = """
SELECT agent_id, record::text AS record, clocks::text AS clocks, attributes::text AS attributes, facts::text AS facts, traceparent
FROM work_item WHERE tenant_id = $1
"""
AGENT: Final = "SELECT record::text AS record, idle_since, last_offered_at FROM agent WHERE tenant_id = $1"


def work_from_row(row: Mapping[str, Any]) -> WorkItem:
    """From a row of `WORK`."""
    record: dict[str, Any] = from_json(row["record"])
    record["attributes"] = from_json(row["attributes"])
    if row["clocks"] != "{}":
        record["clocks"] = from_json(row["clocks"])
    item = WorkItem(**fields_from_record(record), **_facts_from(row["facts"]))
    item.stored_facts = facts_of(item)
    share_clocks(item)
    return item


@lru_cache(maxsize=4_096)
def _facts_from(text: str) -> dict[str, Any]:
    """Work that came the same way shares what it says; a new owner reads it a hundred times, not fifty thousand."""
    return fields_from_record(from_json(text))


def facts_of(item: WorkItem) -> tuple[object, ...]:
    """What is written only when it is replaced; the attributes come first."""
    return item.attributes, item.explanation, item.steps


def agent_from_row(row: Mapping[str, Any]) -> Agent:
    """From a row of `AGENT`."""
    record: dict[str, Any] = from_json(row["record"])
    record.update(idle_since=row["idle_since"], last_offered_at=row["last_offered_at"])
    return agent_from_record(record)


def as_json(value: object) -> str:
    return to_json(value).decode()


def entry_json(entry: SlaEntry) -> str:
    names, values_of = _FIELDS[type(entry)]
    record = dict(zip(names, values_of(entry), strict=True))
    record["metric"] = str(entry.metric)  # an enum takes the encoder four times as long as its text
    record["warns_left"] = [[point.left_ms, point.name] for point in entry.warns_left]
    return as_json(record)


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
