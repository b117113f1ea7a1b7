"""Where the router is put together. The only file that names what stands behind a port."""

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from fastapi import FastAPI

from router.adapters.figures import MetricFigures, watch
from router.adapters.forget_results import forget_results
from router.adapters.forget_work import forget_work
from router.adapters.postgres_reader import PostgresReader
from router.adapters.postgres_store import PostgresStore
from router.adapters.routing_config import FeedConfigs
from router.entrypoints.agent_reads import agent_reader
from router.entrypoints.agent_routes import agent_router
from router.entrypoints.command_door import CommandDoor, Publishes
from router.entrypoints.consumer import subscription
from router.entrypoints.doors import Doors, Reads
from router.entrypoints.handing_on_routes import handing_on_router
from router.entrypoints.introduce_tenants import TenantIntroducer
from router.entrypoints.offer_routes import offer_router
from router.entrypoints.partition_owner import PartitionOwner
from router.entrypoints.queue_routes import queue_router
from router.entrypoints.sla_routes import sla_router
from router.entrypoints.tell_states import StateTeller
from router.entrypoints.work_reads import work_reader
from router.entrypoints.work_routes import work_router
from router.handlers.decide_commands import Dispatch
from router.handlers.live_groups import LiveGroups
from router.handlers.patience import Patience
from router.handlers.ports import Figures, Work
from router.handlers.reader import Reader
from router.handlers.waiters import Waiters
from router.settings import MIGRATIONS, SCHEMA, Settings
from runtime import migrate as migrations
from runtime.access import Authenticates
from runtime.api import create_api, openapi_text
from runtime.app import Service
from runtime.clock import SystemClock
from runtime.config_feed import ConfigFeed
from runtime.ids import SystemIds
from runtime.processing import Processor, Subscription
from runtime.schema_service import open_resources, serve
from runtime.settings import owner_dsn
from runtime.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Parts:
    """`live` shows what this process owns."""

    api: FastAPI
    subscription: Subscription
    introducer: TenantIntroducer
    live: LiveGroups


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Service]:
    async with open_resources(settings, SCHEMA, MIGRATIONS) as resources:
        parts = build_for_tests(
            resources.configs,
            resources.producer,
            resources.transactions,
            resources.authenticator,
            figures=MetricFigures(),
            max_batch=settings.max_batch,
            answer_within=settings.answer_within_seconds,
        )
        watch(parts.live)
        yield serve(
            settings,
            resources,
            parts.api,
            (parts.subscription,),
            loops=(parts.introducer.run, StateTeller(parts.live).run),
            chores=(forget_results, forget_work(settings.keep_done_days, settings.keep_ledger_days)),
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
        api=create_doors_api(doors, authenticator),
        subscription=subscription(owner, max_batch),
        introducer=TenantIntroducer(configs, producer, live, clock),
        live=live,
    )


async def migrate() -> list[str]:
    return await migrations.migrate(owner_dsn(), SCHEMA, MIGRATIONS)


def openapi_document() -> str:
    """As text to keep and compare. No door of it is opened, so nothing stands behind them."""
    nothing: Any = None
    doors = Doors(nothing, PostgresReader, nothing, nothing, nothing, SystemClock())
    api = create_doors_api(doors, cast(Authenticates, object()))
    return openapi_text(api)


async def show_openapi() -> None:
    sys.stdout.write(openapi_document())


def _work(unit: UnitOfWork) -> Work:
    return Work(unit, PostgresStore(unit))


def create_doors_api(doors: Doors, authenticator: Authenticates) -> FastAPI:
    makers = (
        agent_reader,
        agent_router,
        offer_router,
        work_reader,
        work_router,
        handing_on_router,
        queue_router,
        sla_router,
    )
    return create_api("Madoguchi router", "1", [make(doors) for make in makers], authenticator)
