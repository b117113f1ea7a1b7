"""Every event that the case store listens to, and what handles it."""

from collections.abc import Mapping
from typing import Final

from case_store.entrypoints.filing import BatchFactory, Handles, filing
from case_store.handlers.amend_history import amend_history
from case_store.handlers.change_contact import change_contact
from case_store.handlers.file_routing_event import file_routing_event
from case_store.handlers.file_sla_entry import file_sla_entry
from case_store.handlers.keep_unrecognised import keep_unrecognised
from case_store.handlers.receive_echo import receive_echo
from case_store.handlers.receive_message import receive_message
from case_store.handlers.receive_part import receive_part
from case_store.handlers.receive_receipt import receive_receipt
from case_store.handlers.record_send_result import record_accepted, record_failed, record_held
from case_store.handlers.record_webhook_result import record_webhook_result
from case_store.handlers.signal_customer import tell_typing
from case_store.handlers.take_sla_action import take_sla_action
from case_store.handlers.tell_customer import tell_promise, tell_turned_away
from contracts import inbound, outbound, routing, sla
from contracts.base import Contract
from contracts.topics import INBOUND_MESSAGES, INBOUND_RECEIPTS, OUTBOUND_RESULTS, ROUTING_EVENTS, Topic
from runtime.processing import Subscription, only

HANDLERS: Final[Mapping[Topic, Mapping[type[Contract], Handles]]] = {
    INBOUND_MESSAGES: {
        inbound.MessageReceived: receive_message,
        inbound.MessagePartReceived: receive_part,
        inbound.MessageEchoed: receive_echo,
        inbound.AttachmentFetched: amend_history,
        inbound.MessageEdited: amend_history,
        inbound.MessageUnsent: amend_history,
        inbound.ReactionReceived: amend_history,
        inbound.ContactChanged: change_contact,
        inbound.UnrecognisedReceived: keep_unrecognised,
    },
    INBOUND_RECEIPTS: {
        inbound.ReceiptReceived: receive_receipt,
        inbound.TypingReceived: tell_typing,
        inbound.UnrecognisedReceived: keep_unrecognised,
    },
    ROUTING_EVENTS: {
        routing.WorkQueued: file_routing_event,
        routing.WorkOffered: file_routing_event,
        routing.OfferEnded: file_routing_event,
        routing.AutoOfferStopped: file_routing_event,
        routing.WorkAssigned: file_routing_event,
        routing.AssignmentEnded: file_routing_event,
        routing.WorkRequeued: file_routing_event,
        routing.WorkRelaxed: file_routing_event,
        routing.WorkOverflowed: file_routing_event,
        routing.WorkTransferred: file_routing_event,
        routing.WorkForced: file_routing_event,
        routing.ConversationParked: file_routing_event,
        routing.ConversationResumed: file_routing_event,
        routing.ConsultStarted: file_routing_event,
        routing.ConsultEnded: file_routing_event,
        routing.WrapUpStarted: file_routing_event,
        routing.WorkDone: file_routing_event,
        sla.SlaApplied: file_sla_entry,
        sla.SlaPaused: file_sla_entry,
        sla.SlaResumed: file_sla_entry,
        sla.SlaRetargeted: file_sla_entry,
        sla.SlaWarned: file_sla_entry,
        sla.SlaBreached: file_sla_entry,
        sla.SlaFulfilled: file_sla_entry,
        sla.SlaCancelled: file_sla_entry,
        sla.SlaActionTaken: take_sla_action,
        routing.CallbackPromised: tell_promise,
        routing.WorkTurnedAway: tell_turned_away,
    },
    OUTBOUND_RESULTS: {
        outbound.SendAccepted: record_accepted,
        outbound.SendFailed: record_failed,
        outbound.SendHeld: record_held,
        outbound.WebhookDelivered: record_webhook_result,
        outbound.WebhookFailed: record_webhook_result,
    },
}
CONSUMERS: Final[Mapping[Topic, str]] = {
    INBOUND_MESSAGES: "case-store.inbound",
    INBOUND_RECEIPTS: "case-store.receipts",
    ROUTING_EVENTS: "case-store.routing",
    OUTBOUND_RESULTS: "case-store.results",
}


def subscriptions(batches: BatchFactory, max_batch: int = 500) -> tuple[Subscription, ...]:
    return tuple(
        Subscription(CONSUMERS[topic], topic, filing(table, batches), max_batch, only(table), together=True)
        for topic, table in HANDLERS.items()
    )
