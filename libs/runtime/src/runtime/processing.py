"""What a partition's owner does with its messages. `each` serves handlers without state; a Processor keeps state between batches."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, Final, Protocol

from contracts.base import Contract
from contracts.catalogue import EVENT_TYPES
from contracts.topics import Topic
from runtime import telemetry
from runtime.ports import Delivery
from runtime.unit_of_work import UnitOfWork

_NOTHING: Final = nullcontext()
Handler = Callable[[Delivery, UnitOfWork], Awaitable[None]]


class Processor(Protocol):
    """One partition's work under one lease. After any rollback a fresh one is made and started: memory never outlives the store."""

    async def start(self, work: UnitOfWork) -> None:
        """Load state. Nothing of an earlier owner can commit any more."""

    async def handle(self, batch: Sequence[Delivery], work: UnitOfWork) -> None:
        """Work on events that nobody has worked on before, in order."""

    def next_tick(self) -> float | None:
        """Seconds until `tick` is wanted, 0 at once; None: not at all. Asked twice a second, so it may change its mind."""

    async def tick(self, work: UnitOfWork) -> None:
        """Do what time alone makes due."""

    def committed(self) -> None:
        """The transaction of the last `handle` or `tick` is in the store."""

    def lost(self) -> None:
        """Another owner may be at work; answer nobody from memory any more."""


ProcessorFactory = Callable[[int], Processor]


@dataclass(frozen=True, slots=True)
class Subscription:
    """`consumer` names the group, the leases and the inbox for ever; a new name would work on everything again.

    `wants`, given an event's type, is asked before its record is opened: what nobody wants is passed over and costs next to nothing.
    After records came, further ones gather for `gather_seconds` before they are asked for: fewer fetches, fewer and larger batches.
    `together`: its processors keep nothing, and see to whose rows they see; batches of several partitions share a transaction.
    """

    consumer: str
    topic: Topic
    processors: ProcessorFactory
    max_batch: int = 500
    wants: Callable[[str], bool] | None = None
    gather_seconds: float = 0.02
    together: bool = False


def processing(delivery: Delivery, work: UnitOfWork) -> AbstractContextManager[object]:
    """The span of one message, child of the one that made the event; what is emitted inside follows from it.

    Nine of ten are of traces that nobody keeps: for them no attributes are made, and the header is handed on as it is.
    """
    envelope = delivery.envelope
    if telemetry.is_unsampled(envelope.traceparent):
        work.because_of(envelope.id, envelope.traceparent)
        return telemetry.below(envelope.traceparent)
    work.because_of(envelope.id)
    return telemetry.span(
        f"process {delivery.topic}",
        "consumer",
        parent=envelope.traceparent,
        messaging__system="kafka",
        messaging__operation__type="process",
        messaging__destination__name=delivery.topic,
        messaging__message__id=str(envelope.id),
        madoguchi__event=envelope.type,
        madoguchi__tenant=envelope.tenant,
    )


def deciding(delivery: Delivery, work: UnitOfWork) -> AbstractContextManager[object]:
    """As `processing`, around what makes no spans and writes no log: nothing is put around what nobody keeps."""
    traceparent = delivery.envelope.traceparent
    if telemetry.is_unsampled(traceparent):
        work.because_of(delivery.envelope.id, traceparent)
        return _NOTHING
    return processing(delivery, work)


def only(table: Iterable[type[Contract]]) -> Callable[[str], bool]:
    """`Subscription.wants` for a table of handlers. A type nobody knows is wanted: it is to be told as malformed."""
    others = EVENT_TYPES.keys() - {kind.__name__ for kind in table}
    return lambda kind: kind not in others


def each(handlers: Mapping[type[Contract], Handler]) -> ProcessorFactory:
    """One message at a time inside the batch's transaction; events that aren't in the table are passed over."""
    return lambda partition: _Each(handlers)


class Stateless:
    """A Processor that keeps nothing between batches, but for `handle`."""

    async def start(self, work: UnitOfWork) -> None:
        pass

    def next_tick(self) -> float | None:
        return None

    async def tick(self, work: UnitOfWork) -> None:
        pass

    def committed(self) -> None:
        pass

    def lost(self) -> None:
        pass


class _Each(Stateless):
    def __init__(self, handlers: Mapping[type[Any], Handler]) -> None:
        self._handlers = handlers

    async def handle(self, batch: Sequence[Delivery], work: UnitOfWork) -> None:
        for delivery in batch:
            handler = self._handlers.get(type(delivery.envelope.data))
            if handler is not None:
                await work.act_for(delivery.envelope.tenant)
                with processing(delivery, work):
                    await handler(delivery, work)
