"""A new owner of a large group: seconds from getting the partition to its first decision, and the hashes of both states.

    python tests/bench/takeover.py [--waiting 50000] [--agents 5000]

The database is real, and the rows are what the owner before wrote; that one is gone without a word, as after kill -9.
"""

import argparse
import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any
from uuid import uuid4

import asyncpg

from contracts import routing
from contracts.base import Contract
from contracts.config import Agent, Queue, TenantConfig
from contracts.envelope import Envelope
from contracts.values import CaseFacts, ContentKind, CustomerFacts, MessageFacts
from madoguchi.stack import Stack, StackOptions
from router.adapters.figures import MetricFigures
from router.adapters.postgres_store import PostgresStore
from router.adapters.routing_config import FeedConfigs
from router.entrypoints.partition_owner import PartitionOwner
from router.handlers.decide_commands import Dispatch
from router.handlers.live_groups import LiveGroups
from router.handlers.patience import Patience
from router.handlers.ports import Work
from router.handlers.waiters import Waiters
from router.settings import MIGRATIONS, SCHEMA
from runtime.migrate import migrate
from runtime.ports import Delivery
from runtime.postgres import SYSTEM_TENANT, connect
from runtime.testing.config import fixed_config
from runtime.unit_of_work import UnitOfWork

TENANT = "bench"
BATCH = 500
CACHE = Path(__file__).resolve().parents[2] / ".madoguchi" / "cache"


class Owner:
    def __init__(self, pool: Any, config: TenantConfig) -> None:
        self._pool = pool
        patience = Patience(monotonic)
        self._dispatch = Dispatch(0, FeedConfigs(fixed_config(config)), MetricFigures(), patience)
        self._owner = PartitionOwner(self._dispatch, _work, LiveGroups(), Waiters(), monotonic)

    async def start(self) -> None:
        await self._transaction(self._owner.start)

    async def decide(self, *commands: Contract) -> None:
        now = datetime.now(UTC)
        batch = [
            Delivery(Envelope(uuid4(), TENANT, "bench", now, data), "routing.commands", 0, offset)
            for offset, data in enumerate(commands)
        ]
        await self._transaction(lambda unit: self._owner.handle(batch, unit))

    def hash(self) -> str:
        return self._dispatch.groups[TENANT].engine.state_hash()

    async def _transaction(self, step: Any) -> None:
        async with self._pool.acquire() as connection, connection.transaction():
            unit = UnitOfWork(connection, tenant=SYSTEM_TENANT, now=datetime.now(UTC), source="router")
            await step(unit)
            await unit.write_outbox("bench")
        self._owner.committed()


def _work(unit: UnitOfWork) -> Work:
    return Work(unit, PostgresStore(unit))


def a_config(agents: int) -> TenantConfig:
    return TenantConfig(
        tenant=TENANT,
        revision=1,
        applied_at=datetime.now(UTC),
        default_queue="main",
        queues=(Queue(id="main"),),
        agents=tuple(Agent(id=f"a{number:05}", name=f"A {number}", queues=("main",)) for number in range(agents)),
    )


def a_request() -> Contract:
    now = datetime.now(UTC)
    message = MessageFacts(id=uuid4(), channel="line", account="line", kind=ContentKind.TEXT, text="hello")
    case, customer = CaseFacts(id=uuid4(), opened_at=now), CustomerFacts(id=uuid4())
    return routing.WorkRequested(case=case, customer=customer, message=message, requested_at=now)


async def measure(pool: Any, waiting: int, agents: int) -> list[str]:
    config = a_config(agents)
    before = Owner(pool, config)
    await before.start()
    for batch in range(0, waiting, BATCH):
        await before.decide(*(a_request() for _ in range(min(BATCH, waiting - batch))))
    began = monotonic()
    successor = Owner(pool, config)
    await successor.start()
    loaded, hashes = monotonic() - began, (before.hash(), successor.hash())
    began = monotonic()
    await successor.decide(routing.SetPresence(agent_id="a00001", presence=routing.Presence.AVAILABLE))
    deciding = loaded + monotonic() - began
    size = f"{waiting} waiting, {agents} agents"
    return [f"{size}: loaded in {loaded:.2f} s, first decision after {deciding:.2f} s", *hashes]


async def bench(waiting: int, agents: int) -> int:
    with TemporaryDirectory() as folder:
        stack = Stack(StackOptions(Path(folder), cache=CACHE, durable=False))
        addresses = await stack.start(lambda _: None)
        try:
            lines = await _on(addresses.postgres, waiting, agents)
        finally:
            await stack.stop()
    sys.stdout.write("\n".join(lines) + "\n")
    return 0 if lines[1] == lines[2] else 1


async def _on(dsn: str, waiting: int, agents: int) -> list[str]:
    admin = await asyncpg.connect(dsn)
    await admin.execute("CREATE ROLE madoguchi_app LOGIN PASSWORD 'app'")
    await admin.close()
    await migrate(dsn, SCHEMA, MIGRATIONS)
    scheme, _, place = dsn.partition("://")
    app = f"{scheme}://madoguchi_app:app@{place.rpartition('@')[2]}"
    async with connect(app, schema=SCHEMA, application_name="bench") as database:
        return await measure(database.system, waiting, agents)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--waiting", type=int, default=50_000)
    parser.add_argument("--agents", type=int, default=5_000)
    asked = parser.parse_args()
    return asyncio.run(bench(asked.waiting, asked.agents))


if __name__ == "__main__":
    sys.exit(main())
