"""The engine's events as `routing.events`. The only place that writes these contracts.

It writes what they look like as JSON: the objects, made and validated first, would be made for nothing, thousands of times a second. The
component tests hold every event that they see to its contract.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from pydantic_core import to_json

from contracts import routing, sla
from contracts.base import Contract, value
from router.domain import events
from router.domain.requirements import skill_needs
from router.handlers.instants import instant_text

_PREVIOUS: Final = (
    "previous_policy",
    "previous_policy_revision",
    "previous_calendar",
    "previous_calendar_revision",
    "previous_target_ms",
)


def key_of(event: events.Event) -> str:
    """Events of one case, or of one agent, keep their order."""
    return str(getattr(event, "case_id", None) or getattr(event, "agent_id", ""))


@value
class Telling:
    """A contract and what it writes as JSON, None left out."""

    kind: type[Contract]
    data: Mapping[str, object]

    @property
    def json(self) -> bytes:
        return to_json(self.data)


def told(kind: type[Contract], /, **data: object) -> Telling:
    return Telling(kind, {name: value for name, value in data.items() if value is not None})


def tell_event(event: events.Event) -> Telling | None:
    """None for what stays inside."""
    tell = _TELLERS.get(type(event))
    return tell(event) if tell is not None else None


def _work_queued(event: events.WorkQueued) -> Telling:
    return told(
        routing.WorkQueued,
        case_id=event.case_id,
        queue=event.queue,
        priority=event.priority,
        skills={need.name: need.level for need in skill_needs(event.skills)},
        rule=event.rule,
        queued_at=instant_text(event.at),
    )


def _work_offered(event: events.WorkOffered) -> Telling:
    return told(
        routing.WorkOffered,
        case_id=event.case_id,
        offer_id=event.offer_id,
        agent_id=event.agent_id,
        queue=event.queue,
        offered_at=instant_text(event.at),
        expires_at=instant_text(event.expires_at),
    )


def _offer_ended(event: events.OfferEnded) -> Telling:
    return told(
        routing.OfferEnded,
        case_id=event.case_id,
        offer_id=event.offer_id,
        agent_id=event.agent_id,
        how=event.how.value,
        reason=event.reason,
        ended_at=instant_text(event.at),
    )


def _auto_offer_stopped(event: events.AutoOfferStopped) -> Telling:
    return told(
        routing.AutoOfferStopped,
        case_id=event.case_id,
        queue=event.queue,
        declines=event.declines,
        stopped_at=instant_text(event.at),
    )


def _work_assigned(event: events.WorkAssigned) -> Telling:
    return told(
        routing.WorkAssigned,
        case_id=event.case_id,
        assignment_id=event.assignment_id,
        agent_id=event.agent_id,
        queue=event.queue,
        assigned_at=instant_text(event.at),
        offer_id=event.offer_id,
    )


def _assignment_ended(event: events.AssignmentEnded) -> Telling:
    return told(
        routing.AssignmentEnded,
        case_id=event.case_id,
        assignment_id=event.assignment_id,
        agent_id=event.agent_id,
        reason=event.reason,
        ended_at=instant_text(event.at),
    )


def _wrap_up_started(event: events.WrapUpStarted) -> Telling:
    return told(
        routing.WrapUpStarted,
        case_id=event.case_id,
        agent_id=event.agent_id,
        until=instant_text(event.until),
        started_at=instant_text(event.at),
    )


def _work_requeued(event: events.WorkRequeued) -> Telling:
    return told(
        routing.WorkRequeued,
        case_id=event.case_id,
        queue=event.queue,
        reason=event.reason,
        requeued_at=instant_text(event.at),
        by=event.by,
        as_supervisor=event.as_supervisor,
    )


def _work_done(event: events.WorkDone) -> Telling:
    return told(routing.WorkDone, case_id=event.case_id, reason=event.reason, done_at=instant_text(event.at))


def _agent_configured(event: events.AgentConfigured) -> Telling:
    return told(routing.AgentConfigured, agent_id=event.agent_id, configured_at=instant_text(event.at))


def _agent_removed(event: events.AgentRemoved) -> Telling:
    return told(routing.AgentRemoved, agent_id=event.agent_id, removed_at=instant_text(event.at))


def _presence_changed(event: events.PresenceChanged) -> Telling:
    return told(
        routing.PresenceChanged,
        agent_id=event.agent_id,
        presence=event.presence.value,
        name=event.presence_name,
        channel_class=None if event.channel_class is None else event.channel_class.value,
        source=routing.PresenceSource(event.source).value,
        changed_at=instant_text(event.at),
    )


def _told(kind: type[Contract], at: str, *names: str) -> Callable[[Any], Telling]:
    """An event of a case whose fields have the same names in the contract; skills are levels by name."""

    def tell(event: Any) -> Telling:
        fields = {name: getattr(event, name) for name in names}
        if hasattr(event, "skills"):
            fields["skills"] = {need.name: need.level for need in skill_needs(event.skills)}
        return told(kind, case_id=event.case_id, **{at: instant_text(event.at)}, **fields)

    return tell


def _work_forced(event: events.WorkForced) -> Telling:
    return told(
        routing.WorkForced,
        case_id=event.case_id,
        agent_id=event.agent_id,
        by=event.by,
        reason=event.reason,
        over={name.value: units for name, units in event.over.items()},
        forced_at=instant_text(event.at),
    )


def _heartbeat_lost(event: events.HeartbeatLost) -> Telling:
    return told(
        routing.HeartbeatLost,
        agent_id=event.agent_id,
        offline_at=instant_text(event.offline_at),
        lost_at=instant_text(event.at),
    )


def _heartbeat_restored(event: events.HeartbeatRestored) -> Telling:
    return told(routing.HeartbeatRestored, agent_id=event.agent_id, restored_at=instant_text(event.at))


def _ledger(kind: type[Contract], *more: str) -> Callable[[Any], Telling]:
    names = ("calendar", *more)

    def tell(entry: events.SlaEntry) -> Telling:
        data: dict[str, object] = {
            "case_id": entry.case_id,
            "metric": str(entry.metric),
            "policy": entry.policy,
            "policy_revision": entry.policy_revision,
            "calendar_revision": entry.calendar_revision,
            "target_ms": entry.target_ms,
            "remaining_ms": entry.remaining_ms,
            "cause": entry.cause,
            "at": instant_text(entry.at),
        }
        if entry.due_at is not None:
            data["due_at"] = instant_text(entry.due_at)
        for name in names:
            value = getattr(entry, name)
            if value is not None:
                data[name] = value
        return Telling(kind, data)

    return tell


def _sla_retargeted(entry: events.SlaRetargeted) -> Telling:
    telling = _RETARGETED(entry)
    before = {} if entry.previous_due_at is None else {"previous_due_at": instant_text(entry.previous_due_at)}
    return Telling(telling.kind, {**telling.data, **before})


_RETARGETED: Final = _ledger(sla.SlaRetargeted, "used_ms", *_PREVIOUS)


def _sla_action_taken(event: events.SlaActionTaken) -> Telling:
    return told(
        sla.SlaActionTaken,
        case_id=event.case_id,
        metric=event.metric.value,
        policy=event.policy,
        policy_revision=event.policy_revision,
        trigger=event.trigger,
        action=event.action.value,
        value=event.value,
        applied=event.applied,
        at=instant_text(event.at),
    )


_TELLERS: Final[Mapping[type[events.Event], Callable[[Any], Telling]]] = {
    events.WorkQueued: _work_queued,
    events.WorkOffered: _work_offered,
    events.OfferEnded: _offer_ended,
    events.AutoOfferStopped: _auto_offer_stopped,
    events.WorkAssigned: _work_assigned,
    events.AssignmentEnded: _assignment_ended,
    events.WrapUpStarted: _wrap_up_started,
    events.WorkRequeued: _work_requeued,
    events.WorkDone: _work_done,
    events.WorkRelaxed: _told(routing.WorkRelaxed, "relaxed_at", "queue", "step", "reason"),
    events.WorkOverflowed: _told(routing.WorkOverflowed, "overflowed_at", "queue", "to_queue", "action", "why"),
    events.CallbackPromised: _told(routing.CallbackPromised, "promised_at", "queue", "message", "why"),
    events.WorkTurnedAway: _told(routing.WorkTurnedAway, "turned_away_at", "queue", "message", "why"),
    events.WorkTransferred: _told(
        routing.WorkTransferred, "transferred_at", "by", "as_supervisor", "queue", "to_agent", "note"
    ),
    events.WorkForced: _work_forced,
    events.ConversationParked: _told(routing.ConversationParked, "parked_at", "agent_id"),
    events.ConversationResumed: _told(routing.ConversationResumed, "resumed_at", "agent_id"),
    events.ConsultStarted: _told(routing.ConsultStarted, "started_at", "agent_id", "kind", "by", "as_supervisor"),
    events.ConsultEnded: _told(routing.ConsultEnded, "ended_at", "agent_id", "kind", "by", "as_supervisor"),
    events.HeartbeatLost: _heartbeat_lost,
    events.HeartbeatRestored: _heartbeat_restored,
    events.AgentConfigured: _agent_configured,
    events.AgentRemoved: _agent_removed,
    events.PresenceChanged: _presence_changed,
    events.SlaApplied: _ledger(sla.SlaApplied, "resumed"),
    events.SlaPaused: _ledger(sla.SlaPaused),
    events.SlaResumed: _ledger(sla.SlaResumed),
    events.SlaRetargeted: _sla_retargeted,
    events.SlaWarned: _ledger(sla.SlaWarned, "warning"),
    events.SlaBreached: _ledger(sla.SlaBreached),
    events.SlaFulfilled: _ledger(sla.SlaFulfilled, "late"),
    events.SlaCancelled: _ledger(sla.SlaCancelled),
    events.SlaActionTaken: _sla_action_taken,
}
