"""`routing.commands` in the engine's words. The only place that reads these contracts."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from contracts import routing
from contracts.base import Contract
from contracts.values import AuthorKind, ContentKind
from router.domain import commands
from router.domain.model import ChannelClass, SkillNeed
from router.handlers.instants import millis

ChannelClasses = Mapping[str, ChannelClass]


def read_command(data: Contract, channel_classes: ChannelClasses) -> commands.Command | None:
    """None when nothing is to be decided, as for an event that only a later version knows. `channel_classes` is by channel account."""
    read = _READERS.get(type(data))
    return read(data, channel_classes) if read is not None else None


def _work_requested(data: routing.WorkRequested, classes: ChannelClasses) -> commands.WorkRequested:
    case, message = data.case, data.message
    return commands.WorkRequested(
        case_id=str(case.id),
        requested_at=millis(data.requested_at),
        channel=message.channel,
        channel_class=classes.get(message.account, ChannelClass.MESSAGING),
        attributes={
            "message": message.model_dump(mode="json"),
            "customer": data.customer.model_dump(mode="json"),
            "case": case.model_dump(mode="json"),
        },
        language=message.language or data.customer.language,
        priority=case.priority,
        queue=data.queue,
        skills=_skills(data.skills),
        reopened=case.reopened or data.returned,
        original_created_at=millis(case.opened_at),
        last_agent=case.last_agent_id,
        message_id=str(message.id),
        asked_by_message=data.asked_by_message,
        customers_last_agent=data.customer.last_agent_id,
        sequence=data.sequence,
    )


def _skills(levels: Mapping[str, int] | None) -> tuple[SkillNeed, ...] | None:
    return None if levels is None else tuple(SkillNeed(*each) for each in sorted(levels.items()))


def _customer_wrote(data: routing.CustomerWrote, _: ChannelClasses) -> commands.CustomerWrote:
    """By whatever channel. A picture or a file has no words."""
    said = data.message
    text = said.text if said.kind in (ContentKind.TEXT, ContentKind.STICKER) else None
    return commands.CustomerWrote(str(data.case_id), str(said.id), millis(data.wrote_at), text, data.sequence)


def _agent_replied(data: routing.AgentReplied, _: ChannelClasses) -> commands.AgentReplied:
    return commands.AgentReplied(
        case_id=str(data.case_id),
        message_id=str(data.message_id),
        at=millis(data.replied_at),
        agent_id=data.author.id if data.author.kind is AuthorKind.AGENT else None,
        automatic=data.automatic or data.author.kind is AuthorKind.SYSTEM,
        bot=data.author.kind is AuthorKind.BOT,
        internal=data.internal,
        sequence=data.sequence,
    )


def _work_closed(data: routing.WorkClosed, _: ChannelClasses) -> commands.WorkClosed:
    return commands.WorkClosed(str(data.case_id), data.reason, millis(data.closed_at), data.sequence)


def _case_facts_changed(data: routing.CaseFactsChanged, _: ChannelClasses) -> commands.FactsChanged:
    attributes = {"case": data.case.model_dump(mode="json"), "customer": data.customer.model_dump(mode="json")}
    priority = data.case.priority if data.priority_changed else None
    return commands.FactsChanged(str(data.case.id), millis(data.changed_at), attributes, priority, data.sequence)


def _work_paused(data: routing.WorkPaused, _: ChannelClasses) -> commands.WorkPaused:
    return commands.WorkPaused(str(data.case_id), data.reason, millis(data.paused_at), data.sequence)


def _work_resumed(data: routing.WorkResumed, _: ChannelClasses) -> commands.WorkResumed:
    return commands.WorkResumed(str(data.case_id), data.reason, millis(data.resumed_at), data.sequence)


def _work_merged(data: routing.WorkMerged, _: ChannelClasses) -> commands.WorkMerged:
    return commands.WorkMerged(
        str(data.case_id), str(data.into_case_id), millis(data.merged_at), data.sequence, data.into_sequence
    )


def _configure_agent(data: routing.ConfigureAgent, _: ChannelClasses) -> commands.ConfigureAgent:
    return commands.ConfigureAgent(data.agent_id, data.name, data.queues, dict(data.skills), _by_class(data.capacity))


def _change_agent(data: routing.ChangeAgent, _: ChannelClasses) -> commands.ChangeAgent:
    capacity = None if data.capacity is None else _by_class(data.capacity)
    return commands.ChangeAgent(data.agent_id, data.name, data.queues, data.skills, capacity)


def _by_class(capacity: Mapping[str, int]) -> dict[ChannelClass, int]:
    return {_channel_class(name): units for name, units in capacity.items()}


def _channel_class(name: str) -> Any:
    """One that nobody knows stays a word, for the engine to refuse."""
    return next((known for known in ChannelClass if known.value == name), name)


def _remove_agent(data: routing.RemoveAgent, _: ChannelClasses) -> commands.RemoveAgent:
    return commands.RemoveAgent(data.agent_id)


def _set_presence(data: routing.SetPresence, _: ChannelClasses) -> commands.SetPresence:
    channel_class = None if data.channel_class is None else _channel_class(data.channel_class)
    return commands.SetPresence(data.agent_id, data.presence, data.source.value, channel_class)


def _accept_offer(data: routing.AcceptOffer, _: ChannelClasses) -> commands.AcceptOffer:
    return commands.AcceptOffer(str(data.case_id), str(data.offer_id), data.agent_id)


def _decline_offer(data: routing.DeclineOffer, _: ChannelClasses) -> commands.DeclineOffer:
    return commands.DeclineOffer(str(data.case_id), str(data.offer_id), data.agent_id, data.reason)


def _pick_work(data: routing.PickWork, _: ChannelClasses) -> commands.PickWork:
    return commands.PickWork(str(data.case_id), data.agent_id)


def _requeue_work(data: routing.RequeueWork, _: ChannelClasses) -> commands.RequeueWork:
    return commands.RequeueWork(str(data.case_id), data.agent_id, data.note, data.to_queue, data.supervisor)


def _end_wrap_up(data: routing.EndWrapUp, _: ChannelClasses) -> commands.EndWrapUp:
    return commands.EndWrapUp(str(data.case_id), data.agent_id)


def _transfer_work(data: routing.TransferWork, _: ChannelClasses) -> commands.TransferWork:
    return commands.TransferWork(
        case_id=str(data.case_id),
        by=data.by,
        to_agent=data.to_agent,
        to_queue=data.to_queue,
        to_skills=_skills(data.to_skills),
        note=data.note,
        supervisor=data.supervisor,
    )


def _force_assign(data: routing.ForceAssign, _: ChannelClasses) -> commands.ForceAssign:
    return commands.ForceAssign(str(data.case_id), data.agent_id, data.by, data.reason)


def _start_consult(data: routing.StartConsult, _: ChannelClasses) -> commands.StartConsult:
    return commands.StartConsult(str(data.case_id), data.agent_id, data.kind, data.by, data.supervisor)


def _end_consult(data: routing.EndConsult, _: ChannelClasses) -> commands.EndConsult:
    return commands.EndConsult(str(data.case_id), data.agent_id, data.by, data.supervisor)


def _heartbeat_received(data: routing.HeartbeatReceived, _: ChannelClasses) -> commands.HeartbeatReceived:
    return commands.HeartbeatReceived(data.agent_id, data.lease_ms)


def _configure_tenant(_: routing.ConfigureTenant, __: ChannelClasses) -> None:
    """The group applies its configuration when it begins; the command is there so that it begins."""


_READERS: Final[Mapping[type[Contract], Callable[[Any, ChannelClasses], commands.Command | None]]] = {
    routing.WorkRequested: _work_requested,
    routing.CustomerWrote: _customer_wrote,
    routing.AgentReplied: _agent_replied,
    routing.WorkClosed: _work_closed,
    routing.CaseFactsChanged: _case_facts_changed,
    routing.WorkPaused: _work_paused,
    routing.WorkResumed: _work_resumed,
    routing.WorkMerged: _work_merged,
    routing.ConfigureAgent: _configure_agent,
    routing.ChangeAgent: _change_agent,
    routing.RemoveAgent: _remove_agent,
    routing.SetPresence: _set_presence,
    routing.AcceptOffer: _accept_offer,
    routing.DeclineOffer: _decline_offer,
    routing.PickWork: _pick_work,
    routing.RequeueWork: _requeue_work,
    routing.EndWrapUp: _end_wrap_up,
    routing.TransferWork: _transfer_work,
    routing.ForceAssign: _force_assign,
    routing.StartConsult: _start_consult,
    routing.EndConsult: _end_consult,
    routing.HeartbeatReceived: _heartbeat_received,
    routing.ConfigureTenant: _configure_tenant,
}
