"""What the API's readers need of the store."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol
from uuid import UUID

from router.domain.model import Agent, MetricClock, WorkItem
from router.handlers.explanations import DecisionShown
from router.handlers.ports import CommandResult, OfferPlace
from router.handlers.queue_views import QueueShown
from router.handlers.views import LedgerShown, OfferShown


class Reader(Protocol):
    async def agents(self, after: str, limit: int, queue: str | None = None) -> list[Agent]: ...

    async def agent(self, agent_id: str) -> Agent | None: ...

    async def held(self, agent_ids: Sequence[str]) -> dict[str, list[WorkItem]]:
        """Open work by the agent who holds it."""
        ...

    async def open_offers(self, agent_id: str) -> list[OfferShown]: ...

    async def offer(self, offer_id: UUID) -> OfferPlace | None: ...

    async def work(self, case_id: UUID) -> WorkItem | None: ...

    async def queues(self, names: Sequence[str]) -> list[QueueShown]: ...

    async def waiting(self, queue: str, after: tuple[datetime, UUID] | None, limit: int) -> list[WorkItem]:
        """The longest waiting first."""
        ...

    async def decisions(self, case_id: UUID) -> tuple[DecisionShown, ...]: ...

    async def ledger(self, case_id: UUID) -> tuple[tuple[LedgerShown, ...], tuple[MetricClock, ...]]:
        """The entries, and the clocks that their replay gives."""
        ...

    async def result(self, command_id: UUID) -> CommandResult | None: ...
