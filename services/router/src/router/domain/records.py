"""Work items and agents as dicts of JSON values, and back. Keys are the fields' names."""

from collections.abc import Mapping
from dataclasses import fields as dataclass_fields
from functools import lru_cache
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
    WarnPoint,
    WorkItem,
    WorkState,
)
from router.domain.requirements import requirement_from_record, requirement_record, step_from_record, step_record

Record = dict[str, Any]


_NAMES = {field.name: field.name for kind in (WorkItem, Agent, MetricClock) for field in dataclass_fields(kind)}


def _named(record: Mapping[str, Any]) -> Record:
    """A copy whose keys are the fields' own strings: by those read from JSON, a call with 40 arguments takes four times as long."""
    return {_NAMES[name]: value for name, value in record.items()}


def work_record(item: WorkItem) -> Record:
    assignment = item.assignment
    return {
        "case_id": item.case_id,
        "state": item.state.value,
        "queue": item.queue,
        "channel": item.channel,
        "channel_class": item.channel_class.value,
        "units": item.units,
        "priority": item.priority,
        "skills": list(map(requirement_record, item.skills)),
        "requested_at": item.requested_at,
        "aged_from": item.aged_from,
        "queued_at": item.queued_at,
        "attributes": item.attributes,
        "explanation": _explanation_record(item.explanation),
        "language": item.language,
        "rule": item.rule,
        "preferred_agents": list(item.preferred_agents),
        "last_agent": item.last_agent,
        "offers_made": item.offers_made,
        "offers": [_offer_record(offer) for offer in item.offers],
        "declines": dict(item.declines),
        "excluded_agents": list(item.excluded_agents),
        "auto_offer_stopped": item.auto_offer_stopped,
        "assignments_made": item.assignments_made,
        "assignment": None if assignment is None else _assignment_record(assignment),
        "answered_at": item.answered_at,
        "unanswered_since": item.unanswered_since,
        "pauses": list(item.pauses),
        "past_pauses": sorted(item.past_pauses),
        "closing_thanks": item.closing_thanks,
        "sla_policy": item.sla_policy,
        "clocks": {name.value: clock_record(clock) for name, clock in item.clocks.items()},
        "closed_at": item.closed_at,
        "close_reason": item.close_reason,
        "also": [[name.value, units] for name, units in item.also],
        "steps": list(map(step_record, item.steps)),
        "step": item.step,
        "relaxing_since": item.relaxing_since,
        "step_fallback": item.step_fallback,
        "visited": list(item.visited),
        "overflow_step": item.overflow_step,
        "promised_at": item.promised_at,
        "wrote_at": item.wrote_at,
        "parked_at": item.parked_at,
        "consults": list(map(list, item.consults)),
        "note": item.note,
    }


def work_from_record(record: Mapping[str, Any]) -> WorkItem:
    fields = _named(record)
    assignment = fields["assignment"]
    fields.update(
        state=WorkState(fields["state"]),
        channel_class=ChannelClass(fields["channel_class"]),
        skills=tuple(map(requirement_from_record, fields["skills"])),
        explanation=_explanation_from_record(fields["explanation"]),
        preferred_agents=tuple(fields["preferred_agents"]),
        offers=[_offer_from_record(offer) for offer in fields["offers"]],
        declines=dict(fields["declines"]),
        excluded_agents=tuple(fields["excluded_agents"]),
        assignment=None if assignment is None else Assignment(**assignment),
        pauses=tuple(fields["pauses"]),
        past_pauses=frozenset(fields.get("past_pauses", ())),
        clocks=clocks_from_record(fields["clocks"]),
    )
    fields.update(
        also=tuple((ChannelClass(name), units) for name, units in fields.get("also", ())),
        steps=tuple(map(step_from_record, fields.get("steps", ()))),
        visited=tuple(fields.get("visited", ())),
        consults=tuple((agent_id, kind) for agent_id, kind in fields.get("consults", ())),
    )
    return WorkItem(**fields)


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
    fields = _named(record)
    fields.update(
        queues=tuple(fields["queues"]),
        skills=dict(fields["skills"]),
        capacity={ChannelClass(name): units for name, units in fields["capacity"].items()},
        presence=Presence(fields["presence"]),
        presence_by_class={
            ChannelClass(name): Presence(presence) for name, presence in fields["presence_by_class"].items()
        },
        presence_facts={
            ChannelClass(name): PresenceFact(*fact) for name, fact in fields.get("presence_facts", {}).items()
        },
    )
    return Agent(**fields)


def clock_record(clock: MetricClock) -> Record:
    return {
        "metric": clock.metric.value,
        "policy": clock.policy,
        "policy_revision": clock.policy_revision,
        "calendar": clock.calendar,
        "calendar_revision": clock.calendar_revision,
        "target_ms": clock.target_ms,
        "started_at": clock.started_at,
        "status": clock.status.value,
        "due_at": clock.due_at,
        "remaining_ms": clock.remaining_ms,
        "warns_left": [[point.left_ms, point.name] for point in clock.warns_left],
        "warn_at": clock.warn_at,
        "version": clock.version,
        "warned": list(clock.warned),
        "breached_at": clock.breached_at,
        "ended_at": clock.ended_at,
        "late": clock.late,
    }


def clocks_from_record(record: Mapping[str, Any]) -> dict[MetricName, MetricClock]:
    return {MetricName(name): clock_from_record(clock) for name, clock in record.items()}


def clock_from_record(record: Mapping[str, Any]) -> MetricClock:
    fields = _named(record)
    fields.update(
        metric=MetricName(fields["metric"]),
        status=ClockStatus(fields["status"]),
        warned=tuple(fields["warned"]),
        warns_left=tuple(WarnPoint(left_ms, name) for left_ms, name in fields["warns_left"]),
    )
    return MetricClock(**fields)


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
