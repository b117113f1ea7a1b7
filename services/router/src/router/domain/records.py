"""Work items and agents as dicts of JSON values, and back. Keys are the fields' names."""

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields
from functools import lru_cache
from operator import attrgetter
from typing import Any

from router.domain.model import (
    Agent,
    Assignment,
    ChannelClass,
    ClockStatus,
    MetricClock,
    MetricName,
    Offer,
    OfferOutcome,
    Presence,
    PresenceFact,
    RoutingExplanation,
    RuleOutcome,
    WorkItem,
    WorkState,
)
from router.domain.requirements import requirement_from_record, requirement_record, step_from_record, step_record
from router.domain.running_clocks import share_clocks
from router.domain.warn_points import shared_points

Record = dict[str, Any]


_NAMES = {field.name: field.name for kind in (WorkItem, Agent, MetricClock) for field in fields(kind)}
_NAMES["clocks"] = "kept_clocks"


def _named(record: Mapping[str, Any]) -> Record:
    """A copy whose keys are the fields' own strings: by those read from JSON, a call with 40 arguments takes four times as long."""
    return {_NAMES[name]: value for name, value in record.items()}


def work_record(item: WorkItem) -> Record:
    """Without what is as in new work: that is most of it, and half of the bytes."""
    clocks = {"clocks": clocks_record(item.clocks)} if item.kept_clocks else {}
    return {**changing_record(item), **clocks, "attributes": item.attributes, **facts_record(item)}


def facts_record(item: WorkItem) -> Record:
    """What seldom changes while the work goes on."""
    record: Record = {"explanation": _explanation_record(item.explanation)}
    if item.steps:
        record["steps"] = list(map(step_record, item.steps))
    return record


def changing_record(item: WorkItem) -> Record:
    """Without the facts, clocks and attributes."""
    record: Record = {
        "case_id": item.case_id,
        "state": str(item.state),
        "queue": item.queue,
        "channel": item.channel,
        "channel_class": str(item.channel_class),
        "units": item.units,
        "priority": item.priority,
        "skills": list(map(requirement_record, item.skills)),
        "requested_at": item.requested_at,
        "aged_from": item.aged_from,
        "queued_at": item.queued_at,
    }
    for name, usual, value in zip(_OPTIONAL, _USUAL, _optional_of(item), strict=True):
        if value is not usual and value != usual:
            write = _WRITTEN.get(name)
            record[name] = value if write is None else write(value)
    return record


def work_from_record(record: Mapping[str, Any]) -> WorkItem:
    """What the record leaves out is as in new work."""
    item = WorkItem(**fields_from_record(record))
    share_clocks(item)
    return item


def fields_from_record(record: Mapping[str, Any]) -> Record:
    """Of work, or of some of it: fields as `WorkItem` takes them."""
    known: dict[str, Any] = {}
    for name, value in record.items():
        read = _READ.get(name)
        known[_NAMES[name]] = value if read is None else read(value)
    return known


def agent_record(agent: Agent) -> Record:
    return {
        "agent_id": agent.agent_id,
        "name": agent.name,
        "queues": list(agent.queues),
        "skills": dict(agent.skills),
        "capacity": {name.value: units for name, units in agent.capacity.items()},
        "idle_since": agent.idle_since,
        "presence": agent.presence.value,
        "presence_name": agent.presence_name,
        "presence_by_class": {name.value: presence.value for name, presence in agent.presence_by_class.items()},
        "presence_facts": {
            name.value: [fact.name, fact.source, fact.since] for name, fact in agent.presence_facts.items()
        },
        "presence_source": agent.presence_source,
        "presence_since": agent.presence_since,
        "last_offered_at": agent.last_offered_at,
        "lease_until": agent.lease_until,
        "lost_at": agent.lost_at,
    }


def agent_from_record(record: Mapping[str, Any]) -> Agent:
    known = _named(record)
    known.update(
        queues=tuple(known["queues"]),
        skills=dict(known["skills"]),
        capacity={ChannelClass(name): units for name, units in known["capacity"].items()},
        presence=Presence(known["presence"]),
        presence_by_class={
            ChannelClass(name): Presence(presence) for name, presence in known["presence_by_class"].items()
        },
        presence_facts={
            ChannelClass(name): PresenceFact(*fact) for name, fact in known.get("presence_facts", {}).items()
        },
    )
    return Agent(**known)


def clocks_record(clocks: Mapping[MetricName, MetricClock]) -> Record:
    return {str(name): clock_record(clock) for name, clock in clocks.items()}


def clock_record(clock: MetricClock) -> Record:
    """Without what is as in a clock that runs, has no calendar and warns no more: that is half of it."""
    record: Record = {
        "metric": str(clock.metric),
        "policy": clock.policy,
        "policy_revision": clock.policy_revision,
        "target_ms": clock.target_ms,
        "started_at": clock.started_at,
        "status": str(clock.status),
        "due_at": clock.due_at,
        "version": clock.version,
    }
    for name, value in zip(_SELDOM, _seldom_of(clock), strict=True):
        if value != _CLOCK[name]:
            record[name] = value
    if clock.warns_left:
        record["warns_left"] = [[point.left_ms, point.name] for point in clock.warns_left]
    if clock.warned:
        record["warned"] = list(clock.warned)
    return record


def clocks_from_record(record: Mapping[str, Any]) -> dict[MetricName, MetricClock]:
    return {MetricName(name): clock_from_record(clock) for name, clock in record.items()}


def clock_from_record(record: Mapping[str, Any]) -> MetricClock:
    known = {**_CLOCK, **_named(record)}
    known.update(
        metric=MetricName(known["metric"]),
        status=ClockStatus(known["status"]),
        warned=tuple(known["warned"]),
        warns_left=shared_points(tuple(map(tuple, known["warns_left"]))),
    )
    return MetricClock(**known)


def _offer_record(offer: Offer) -> Record:
    return {
        "offer_id": offer.offer_id,
        "agent_id": offer.agent_id,
        "offered_at": offer.offered_at,
        "expires_at": offer.expires_at,
        "outcome": offer.outcome.value,
        "ended_at": offer.ended_at,
        "reason": offer.reason,
    }


def _offer_from_record(record: Mapping[str, Any]) -> Offer:
    return Offer(**{**record, "outcome": OfferOutcome(record["outcome"])})


def _assignment_record(assignment: Assignment) -> Record:
    return {
        "assignment_id": assignment.assignment_id,
        "agent_id": assignment.agent_id,
        "started_at": assignment.started_at,
        "wrap_until": assignment.wrap_until,
    }


def _explanation_record(explanation: RoutingExplanation) -> Record:
    return {
        "sentence": explanation.sentence,
        "rules": [[rule.rule, rule.outcome, rule.error] for rule in explanation.rules],
    }


def _explanation_from_record(record: Mapping[str, Any]) -> RoutingExplanation:
    return _explanation(tuple(map(tuple, record["rules"])), record["sentence"])


@lru_cache(maxsize=4_096)
def _explanation(rules: tuple[tuple[str, str, str | None], ...], sentence: str) -> RoutingExplanation:
    """Work that came the same way shares one."""
    return RoutingExplanation(tuple(RuleOutcome(*rule) for rule in rules), sentence)


_READ: Mapping[str, Callable[[Any], Any]] = {
    "state": WorkState,
    "channel_class": ChannelClass,
    "skills": lambda needs: tuple(map(requirement_from_record, needs)),
    "explanation": _explanation_from_record,
    "preferred_agents": tuple,
    "offers": lambda offers: tuple(map(_offer_from_record, offers)),
    "declines": dict,
    "excluded_agents": tuple,
    "assignment": lambda assignment: Assignment(**assignment),
    "pauses": tuple,
    "past_pauses": frozenset,
    "clocks": clocks_from_record,
    "also": lambda also: tuple((ChannelClass(name), units) for name, units in also),
    "steps": lambda steps: tuple(map(step_from_record, steps)),
    "visited": tuple,
    "missed": tuple,
    "consults": lambda consults: tuple((agent_id, kind) for agent_id, kind in consults),
}
_WRITTEN: Mapping[str, Callable[[Any], Any]] = {
    "preferred_agents": list,
    "offers": lambda offers: list(map(_offer_record, offers)),
    "declines": dict,
    "excluded_agents": list,
    "assignment": _assignment_record,
    "pauses": list,
    "past_pauses": sorted,
    "also": lambda also: [[name.value, units] for name, units in also],
    "visited": list,
    "missed": list,
    "consults": lambda consults: list(map(list, consults)),
}


def _usual(field: Field[Any]) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


_CLOCK: Mapping[str, object] = {
    "calendar": None,
    "calendar_revision": 0,
    "remaining_ms": None,
    "warns_left": (),
    "warn_at": None,
    "warned": (),
    "breached_at": None,
    "ended_at": None,
    "late": False,
}
_SELDOM = tuple(name for name, usual in _CLOCK.items() if usual != ())
_seldom_of = attrgetter(*_SELDOM)
_FIELDS = {
    field.name: _usual(field)
    for field in fields(WorkItem)
    if field.compare
    and field.name not in ("steps", "kept_clocks")
    and (field.default is not MISSING or field.default_factory is not MISSING)
}
_OPTIONAL, _USUAL = tuple(_FIELDS), tuple(_FIELDS.values())
_optional_of = attrgetter(*_OPTIONAL)
