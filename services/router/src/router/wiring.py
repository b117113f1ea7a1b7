"""Where the router is put together. The only file that names what stands behind a port."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, FastAPI

from router.adapters.figures import MetricFigures, watch
from router.adapters.forget_results import forget_results
from router.adapters.postgres_api_keys import find_api_key
from router.adapters.postgres_reader import PostgresReader
from router.adapters.postgres_store import PostgresStore
from router.adapters.routing_config import FeedConfigs
from router.entrypoints.agent_routes import agent_router
from router.entrypoints.command_door import CommandDoor, Publishes
from router.entrypoints.consumer import subscription
from router.entrypoints.doors import Doors, Reads
from router.entrypoints.introduce_tenants import TenantIntroducer
from router.entrypoints.offer_routes import offer_router
from router.entrypoints.partition_owner import PartitionOwner
from router.entrypoints.queue_routes import queue_router
from router.entrypoints.work_routes import work_router
from router.handlers.decide_commands import Dispatch
from router.handlers.live_groups import LiveGroups
from router.handlers.patience import Patience
from router.handlers.ports import Figures, Work
from router.handlers.reader import Reader
from router.handlers.waiters import Waiters
from router.settings import MIGRATIONS, SCHEMA, Settings, owner_dsn
from runtime import migrate as migrations
from runtime.access import Authenticates
from runtime.api import create_api
from runtime.app import Service, observed
from runtime.auth import open_authenticator
from runtime.clock import SystemClock
from runtime.config_feed import ConfigFeed, open_config_feed
from runtime.consumer import Consumer
from runtime.housekeeping import housekeeping
from runtime.ids import SystemIds
from runtime.postgres import Database, connect
from runtime.processing import Processor, Subscription
from runtime.producer import open_producer
from runtime.unit_of_work import UnitOfWork, open_transactions


@dataclass(frozen=True, slots=True)
class Parts:
    """`live` shows what this process owns."""

    api: FastAPI
    subscription: Subscription
    introducer: TenantIntroducer
    live: LiveGroups


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Service]:
    dsn, kafka = settings.postgres_dsn.get_secret_value(), settings.kafka
    async with (
        observed(settings),
        connect(dsn, schema=SCHEMA, application_name=settings.service, max_size=settings.pool_size) as database,
        open_producer(kafka) as producer,
        open_config_feed(kafka) as configs,
        open_transactions(
            database, producer, source=settings.service, lane=f"{settings.service}/api/{kafka.instance}"
        ) as transactions,
        open_authenticator(settings.auth, find_api_key(database)) as authenticator,
    ):
        await migrations.check_revision(database.tenants, MIGRATIONS)
        parts = build_for_tests(
            configs,
            producer,
            transactions,
            authenticator,
            figures=MetricFigures(),
            max_batch=settings.max_batch,
            answer_within=settings.answer_within_seconds,
        )
        watch(parts.live)
        consumer = Consumer(parts.subscription, database, producer, kafka)
        yield Service(
            name=settings.service,
            api=parts.api,
            host=settings.host,
            port=settings.port,
            internal_port=settings.internal_port,
            loops=(
                consumer.run,
                parts.introducer.run,
                housekeeping(database, producer),
                forget_results(database),
            ),
            checks={"postgres": _answers(database), parts.subscription.consumer: consumer.ready},
            alive=consumer.stuck,
        )


def build_for_tests(
    configs: ConfigFeed,
    producer: Publishes,
    transactions: Reads,
    authenticator: Authenticates,
    *,
    figures: Figures,
    max_batch: int = 500,
    answer_within: float = 10.0,
) -> Parts:
    """Doors and subscription around one process's memory; what carries commands and rows is the caller's."""
    live, waiters, clock = LiveGroups(), Waiters(), SystemClock()
    compiled, patience = FeedConfigs(configs), Patience(time.monotonic)

    @asynccontextmanager
    async def read(tenant: str) -> AsyncIterator[Reader]:
        async with transactions.read(tenant) as connection:
            yield PostgresReader(connection, tenant)

    def owner(partition: int) -> Processor:
        dispatch = Dispatch(partition, compiled, figures, patience)
        return PartitionOwner(dispatch, _work, live, waiters, time.monotonic)

    door = CommandDoor(producer, read, live, waiters, clock, SystemIds(), compiled.knows, answer_within)
    doors = Doors(transactions, PostgresReader, door, live, configs, clock)
    return Parts(
        api=_api(doors, authenticator),
        subscription=subscription(owner, max_batch),
        introducer=TenantIntroducer(configs, producer, live, clock),
        live=live,
    )


async def migrate() -> list[str]:
    return await migrations.migrate(owner_dsn(), SCHEMA, MIGRATIONS)


def _work(unit: UnitOfWork) -> Work:
    return Work(unit, PostgresStore(unit))


def _api(doors: Doors, authenticator: Authenticates) -> FastAPI:
    routers: list[APIRouter] = [agent_router(doors), offer_router(doors), work_router(doors), queue_router(doors)]
    return create_api("Madoguchi router", "1", routers, authenticator)


def _answers(database: Database) -> Callable[[], Any]:
    async def check() -> bool:
        return bool(await database.tenants.fetchval("SELECT true", timeout=2))

    return check
