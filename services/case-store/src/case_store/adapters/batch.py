"""One tenant's part of a batch over the store: read at once, handled event by event, written at once."""

from case_store.adapters.batch_cases import BatchCases
from case_store.adapters.batch_conversations import BatchConversations
from case_store.adapters.batch_handlings import BatchHandlings
from case_store.adapters.batch_history import BatchHistory
from case_store.adapters.batch_parked import BatchParked
from case_store.adapters.batch_people import BatchPeople
from case_store.adapters.batch_shelf import Shelf
from case_store.adapters.postgres_row_locks import PostgresRowLocks
from case_store.handlers.batch_ports import Touched
from runtime.ports import Ids
from runtime.unit_of_work import UnitOfWork


class PostgresBatch:
    def __init__(self, work: UnitOfWork, ids: Ids) -> None:
        self._shelf = shelf = Shelf()
        self._locks = PostgresRowLocks(work)
        self.cases = BatchCases(work, shelf)
        self.people = BatchPeople(work, shelf, self.cases)
        self.conversations = BatchConversations(work, ids, shelf)
        self.history = BatchHistory(work, self.cases, shelf)
        self.parked = BatchParked(work, shelf)
        self.handlings = BatchHandlings(work, self.cases, shelf)
        shelf.holds(self.people, self.conversations, self.cases, self.history, self.handlings)

    async def prepare(self, touched: Touched) -> None:
        if touched.provider_messages:
            await self._locks.lock(touched)
        if touched.addresses:
            customers = await self.people.load(touched.addresses)
            if customers:
                await self.cases.load([customer.id for customer in customers])
        if touched.events:
            await self.cases.load_filed(touched.events)
            await self.history.load(touched.names)
            await self.conversations.load(touched.conversations)
        if touched.cases:
            await self.cases.load_routing(touched.cases)
        if touched.sent:
            self.cases.locked(await self.history.load_sent(touched.sent, touched.named))

    async def flush(self) -> None:
        await self._shelf.flush()
