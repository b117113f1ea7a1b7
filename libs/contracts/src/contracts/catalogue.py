"""Every event type by its name. A name here, in a topic card and in a handler table is the same word."""

from collections.abc import Iterator
from typing import get_args

from contracts import cases, chat, endpoints, handling, inbound, outbound, routing, sla
from contracts.base import Contract
from contracts.config import TenantConfig

EVENT_TYPES: dict[str, type[Contract]] = {
    event.__name__: event
    for event in (
        inbound.MessageReceived,
        inbound.MessagePartReceived,
        inbound.MessageEchoed,
        inbound.AttachmentFetched,
        inbound.MessageEdited,
        inbound.MessageUnsent,
        inbound.ReactionReceived,
        inbound.ContactChanged,
        inbound.UnrecognisedReceived,
        inbound.ReceiptReceived,
        inbound.TypingReceived,
        inbound.ChatResumed,
        cases.CaseOpened,
        cases.MessageAdded,
        cases.HistoryAmended,
        cases.MessageStatusChanged,
        cases.CaseResolved,
        cases.CaseReopened,
        cases.CustomerLinked,
        cases.CasesMerged,
        cases.CaseChanged,
        cases.CasePaused,
        cases.CaseResumed,
        cases.SupervisorNotified,
        cases.CustomerTyped,
        handling.HandlingChanged,
        handling.BotAsked,
        routing.WorkRequested,
        routing.CustomerWrote,
        routing.AgentReplied,
        routing.WorkClosed,
        routing.CaseFactsChanged,
        routing.WorkPaused,
        routing.WorkResumed,
        routing.WorkMerged,
        routing.ConfigureAgent,
        routing.ChangeAgent,
        routing.RemoveAgent,
        routing.SetPresence,
        routing.AcceptOffer,
        routing.DeclineOffer,
        routing.PickWork,
        routing.RequeueWork,
        routing.EndWrapUp,
        routing.TransferWork,
        routing.ForceAssign,
        routing.StartConsult,
        routing.EndConsult,
        routing.HeartbeatReceived,
        routing.ConfigureTenant,
        routing.WorkQueued,
        routing.WorkOffered,
        routing.OfferEnded,
        routing.AutoOfferStopped,
        routing.WorkAssigned,
        routing.AssignmentEnded,
        routing.WorkRequeued,
        routing.WorkRelaxed,
        routing.WorkOverflowed,
        routing.CallbackPromised,
        routing.WorkTurnedAway,
        routing.WorkTransferred,
        routing.WorkForced,
        routing.ConversationParked,
        routing.ConversationResumed,
        routing.ConsultStarted,
        routing.ConsultEnded,
        routing.WrapUpStarted,
        routing.WorkDone,
        routing.AgentConfigured,
        routing.AgentRemoved,
        routing.PresenceChanged,
        routing.HeartbeatLost,
        routing.HeartbeatRestored,
        sla.SlaApplied,
        sla.SlaPaused,
        sla.SlaResumed,
        sla.SlaRetargeted,
        sla.SlaWarned,
        sla.SlaBreached,
        sla.SlaFulfilled,
        sla.SlaCancelled,
        sla.SlaActionTaken,
        outbound.SendRequested,
        outbound.SendAccepted,
        outbound.SendFailed,
        outbound.SendHeld,
        outbound.WebhookRequested,
        outbound.SignalRequested,
        outbound.WebhookDelivered,
        outbound.WebhookFailed,
        endpoints.EndpointDisabled,
        chat.VisitorTold,
        chat.VisitorSignalled,
        TenantConfig,
    )
}


def _words(model: type[Contract], known: set[type[Contract]]) -> Iterator[str]:
    """`known` ends the way through a model that holds its own kind."""
    known.add(model)
    yield model.__name__
    for name, field in model.model_fields.items():
        yield name
        for part in _models_in(field.annotation):
            if part not in known:
                yield from _words(part, known)


def _models_in(annotation: object) -> Iterator[type[Contract]]:
    if isinstance(annotation, type) and issubclass(annotation, Contract):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


CONTRACT_WORDS: frozenset[str] = frozenset(word for event in EVENT_TYPES.values() for word in _words(event, set()))
"""Names of events and of all their fields: the words that an error may say without quoting anybody."""
