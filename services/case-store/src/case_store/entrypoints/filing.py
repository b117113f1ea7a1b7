"""A batch is worked on tenant by tenant: what its events will need is read and locked at once, and what they did written at once.

Rows are locked in one order, so that two partitions can't wait for each other in a circle.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from case_store.handlers.batch_ports import Batch, Named, Touched
from case_store.handlers.ports import Work
from contracts.base import Contract
from contracts.envelope import Envelope
from contracts.inbound import (
    AttachmentFetched,
    ContactChanged,
    MessageEchoed,
    MessageEdited,
    MessagePartReceived,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
    TypingReceived,
)
from contracts.outbound import SendAccepted, SendFailed, SendHeld
from runtime.ports import Delivery
from runtime.processing import ProcessorFactory, Stateless, processing
from runtime.unit_of_work import UnitOfWork

_AT_A_STRETCH: Final = (
    16  # events; nothing in a batch waits by itself, and agents at the doors must not wait for all of it
)
Handles = Callable[[Any, Envelope, Work], Awaitable[None]]
BatchFactory = Callable[[UnitOfWork], tuple[Work, Batch]]


def filing(table: Mapping[type[Contract], Handles], batches: BatchFactory) -> ProcessorFactory:
    """Events that aren't in the table are passed over."""
    return lambda partition: _Filing(table, batches)


class _Filing(Stateless):
    def __init__(self, table: Mapping[type[Any], Handles], batches: BatchFactory) -> None:
        self._table = table
        self._batches = batches

    async def handle(self, batch: Sequence[Delivery], work: UnitOfWork) -> None:
        wanted = (delivery for delivery in batch if type(delivery.envelope.data) in self._table)
        for tenant, deliveries in sorted(_by_tenant(wanted).items()):
            await work.act_for(tenant)
            await self._file(deliveries, work)

    async def _file(self, deliveries: Sequence[Delivery], unit: UnitOfWork) -> None:
        work, batch = self._batches(unit)
        await batch.prepare(touched_by(deliveries))
        for number, delivery in enumerate(deliveries, 1):
            envelope = delivery.envelope
            with processing(delivery, unit):
                await self._table[type(envelope.data)](envelope.data, envelope, work)
            if number % _AT_A_STRETCH == 0:
                await asyncio.sleep(0)
        await batch.flush()


def _by_tenant(batch: Iterable[Delivery]) -> dict[str, list[Delivery]]:
    deliveries: dict[str, list[Delivery]] = {}
    for delivery in batch:
        deliveries.setdefault(delivery.envelope.tenant, []).append(delivery)
    return deliveries


def touched_by(deliveries: Iterable[Delivery]) -> Touched:
    touched = Touched()
    for delivery in deliveries:
        _touch(touched, delivery.envelope)
    return touched


def _touch(touched: Touched, envelope: Envelope) -> None:
    event = envelope.data
    match event:
        case MessageReceived():
            _touch_people(touched, event)
            touched.events.add(envelope.id)
            touched.names.add((event.account, event.provider_message_id))
            touched.conversations.add((event.account, event.conversation))
        case MessagePartReceived() | MessageEchoed() | ContactChanged() | TypingReceived():
            _touch_people(touched, event)
        case MessageEdited() | MessageUnsent() | ReactionReceived() | AttachmentFetched() | ReceiptReceived():
            touched.provider_messages.add((event.account, event.provider_message_id))
        case SendAccepted() | SendFailed() | SendHeld():
            _touch_sent(touched, event)
        case _:
            case_id = getattr(event, "case_id", None)
            if isinstance(case_id, UUID):
                touched.cases.add(case_id)


def _touch_people(
    touched: Touched, event: MessageReceived | MessagePartReceived | MessageEchoed | ContactChanged | TypingReceived
) -> None:
    named = (event.conversation, *(a.value for a in (event.contact.address, *event.contact.alternates)))
    touched.addresses.update((event.account, value) for value in named)


def _touch_sent(touched: Touched, event: SendAccepted | SendFailed | SendHeld) -> None:
    touched.sent.add(event.message_id)
    if isinstance(event, SendAccepted):
        named = enumerate(dict.fromkeys(event.provider_message_ids))
        touched.named += (Named(event.message_id, event.account, name, part) for part, name in named)
