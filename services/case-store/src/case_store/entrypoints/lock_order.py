"""Before a batch is worked on, the rows that it will change are locked in one order, so that two partitions can't wait for each other."""

from collections.abc import Callable, Iterable, Sequence
from uuid import UUID

from case_store.handlers.ports import RowLocks, Touched
from contracts.base import Contract
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
from runtime.ports import Delivery
from runtime.processing import Processor, ProcessorFactory
from runtime.unit_of_work import UnitOfWork

LocksFactory = Callable[[UnitOfWork], RowLocks]


def locking_first(locks: LocksFactory, inner: ProcessorFactory) -> ProcessorFactory:
    return lambda partition: _LockingFirst(locks, inner(partition))


class _LockingFirst:
    def __init__(self, locks: LocksFactory, inner: Processor) -> None:
        self._locks = locks
        self._inner = inner

    async def start(self, work: UnitOfWork) -> None:
        await self._inner.start(work)

    async def handle(self, batch: Sequence[Delivery], work: UnitOfWork) -> None:
        if len(batch) > 1:
            for tenant, touched in sorted(_by_tenant(batch).items(), key=lambda item: item[0]):
                await work.act_for(tenant)
                await self._locks(work).lock(touched)
        await self._inner.handle(batch, work)

    def next_tick(self) -> float | None:
        return self._inner.next_tick()

    async def tick(self, work: UnitOfWork) -> None:
        await self._inner.tick(work)

    def committed(self) -> None:
        self._inner.committed()

    def lost(self) -> None:
        self._inner.lost()


def _by_tenant(batch: Iterable[Delivery]) -> dict[str, Touched]:
    touched: dict[str, Touched] = {}
    for delivery in batch:
        _touch(touched.setdefault(delivery.envelope.tenant, Touched()), delivery.envelope.data)
    return touched


def _touch(touched: Touched, event: Contract) -> None:
    match event:
        case MessageReceived() | MessagePartReceived() | MessageEchoed() | ContactChanged() | TypingReceived():
            named = (event.conversation, *(a.value for a in (event.contact.address, *event.contact.alternates)))
            touched.addresses.update((event.account, value) for value in named)
        case MessageEdited() | MessageUnsent() | ReactionReceived() | AttachmentFetched() | ReceiptReceived():
            touched.provider_messages.add((event.account, event.provider_message_id))
        case _:
            case_id = getattr(event, "case_id", None)
            if isinstance(case_id, UUID):
                touched.cases.add(case_id)
