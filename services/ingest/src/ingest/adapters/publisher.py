"""Events to Kafka: one producer span per topic, open until the broker's acknowledgement."""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Protocol

from contracts.topics import Topic
from ingest.handlers.ports import Outgoing
from runtime.errors import OutcomeUnknown
from runtime.producer import Record
from runtime.telemetry import span, traceparent


class Producer(Protocol):
    async def publish(self, records: Sequence[Record], timeout: float) -> None: ...


class KafkaPublisher:
    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def publish(self, events: Sequence[Outgoing], timeout: float) -> None:
        """The consumers' spans become children of the producer span: its context travels in the envelope."""
        above = traceparent()
        with ExitStack() as spans:
            contexts = {topic: spans.enter_context(_sending(topic, above)) for topic in _topics(events)}
            records = [
                Record(each.topic, each.key, replace(each.envelope, traceparent=contexts[each.topic]))
                for each in events
            ]
            await self._within(records, timeout)

    async def _within(self, records: Sequence[Record], timeout: float) -> None:
        """The producer keeps the time itself, except while it connects anew."""
        try:
            async with asyncio.timeout(timeout + 0.1):
                await self._producer.publish(records, timeout)
        except TimeoutError as error:
            raise OutcomeUnknown(f"no acknowledgement within {timeout:g} s") from error


def _topics(events: Sequence[Outgoing]) -> list[Topic]:
    return list(dict.fromkeys(each.topic for each in events))


@contextmanager
def _sending(topic: Topic, above: str | None) -> Iterator[str | None]:
    with span(
        f"send {topic.name}",
        "producer",
        parent=above,
        messaging__system="kafka",
        messaging__operation__type="send",
        messaging__destination__name=topic.name,
    ):
        yield traceparent()
