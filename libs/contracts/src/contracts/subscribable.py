"""Which events a tenant's own systems may subscribe to."""

from typing import Final

from contracts.topics import CASE_EVENTS, OUTBOUND_RESULTS, ROUTING_EVENTS

SUBSCRIBABLE: Final = (CASE_EVENTS, ROUTING_EVENTS, OUTBOUND_RESULTS)


def names_of(word: str) -> frozenset[str]:
    """The events meant by an event's or a topic's name; none where it is neither."""
    for topic in SUBSCRIBABLE:
        if word == topic.name:
            return frozenset(topic.events)
        if word in topic.events:
            return frozenset({word})
    return frozenset()
