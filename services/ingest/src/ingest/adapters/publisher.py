"""Events to Kafka: one producer span per topic, open until the broker's acknowledgement."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Protocol

from ingest.handlers.ports import Outgoing
from runtime.producer import Record
from runtime.telemetry import is_kept, span, traceparent


class Producer(Protocol):
    async def publish(self, records: Sequence[Record], timeout: float) -> None: ...


class KafkaPublisher:
    def __init__(self, producer: Producer) -> None:
        self._producer = producer

    async def publish(self, events: Sequence[Outgoing], timeout: float) -> None:
        """The consumers' spans become children of the producer span: its context travels in the envelope."""
        above = traceparent()
        if not is_kept():
            records = [Record(each.topic, each.key, each.envelope.carrying(above)) for each in events]
            await self._producer.publish(records, timeout)
            return
        with ExitStack() as spans:
            topics = {each.topic.name for each in events}
            contexts = {name: spans.enter_context(_sending(name, above)) for name in topics}
            records = [
                Record(each.topic, each.key, each.envelope.carrying(contexts[each.topic.name])) for each in events
            ]
            await self._producer.publish(records, timeout)


@contextmanager
def _sending(topic: str, above: str | None) -> Iterator[str | None]:
    with span(
        f"send {topic}",
        "producer",
        parent=above,
        messaging__system="kafka",
        messaging__operation__type="send",
        messaging__destination__name=topic,
    ):
        yield traceparent()
