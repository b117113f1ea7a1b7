from case_store.entrypoints.consumer import CONSUMERS, HANDLERS
from contracts import inbound, outbound
from contracts.base import Contract
from contracts.catalogue import EVENT_TYPES
from contracts.topics import INBOUND_MESSAGES, INBOUND_RECEIPTS, OUTBOUND_RESULTS


def events_of(module: object) -> set[type[Contract]]:
    return {event for event in EVENT_TYPES.values() if event.__module__ == getattr(module, "__name__", "")}


def test_everything_that_ingest_and_the_notifier_tell_is_handled() -> None:
    told = set(HANDLERS[INBOUND_MESSAGES]) | set(HANDLERS[INBOUND_RECEIPTS])
    assert told == events_of(inbound) - {inbound.ChatResumed}
    asked = {outbound.SendRequested, outbound.WebhookRequested, outbound.SignalRequested}
    assert set(HANDLERS[OUTBOUND_RESULTS]) == events_of(outbound) - asked


def test_each_topic_has_a_consumer_of_its_own() -> None:
    assert set(CONSUMERS) == set(HANDLERS)
    assert len(set(CONSUMERS.values())) == len(HANDLERS)
