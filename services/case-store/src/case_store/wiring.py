"""Where the case store is put together. The only file that names what stands behind a port."""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from fastapi import APIRouter, FastAPI

from case_store.adapters.batch import PostgresBatch
from case_store.adapters.postgres_bot_reader import PostgresBotReader
from case_store.adapters.postgres_cases import PostgresCases
from case_store.adapters.postgres_conversations import PostgresConversations
from case_store.adapters.postgres_handlings import PostgresHandlings, due_handlings
from case_store.adapters.postgres_history import PostgresHistory
from case_store.adapters.postgres_parked import PostgresParked
from case_store.adapters.postgres_people import PostgresPeople
from case_store.adapters.postgres_reader import PostgresReader
from case_store.entrypoints.bot_clock import BotClock
from case_store.entrypoints.bot_routes import bot_router
from case_store.entrypoints.case_routes import case_router
from case_store.entrypoints.consumer import subscriptions
from case_store.entrypoints.customer_routes import customer_router
from case_store.entrypoints.doors import Begins, Doors, WorkFactory
from case_store.entrypoints.file_routes import MAX_FILE_BYTES, UPLOADS, file_router
from case_store.entrypoints.filing import BatchFactory
from case_store.entrypoints.handling_routes import handling_router
from case_store.entrypoints.message_routes import message_router
from case_store.entrypoints.signal_routes import signal_router
from case_store.handlers.batch_ports import Batch
from case_store.handlers.ports import TenantConfigs, Work
from case_store.settings import MIGRATIONS, SCHEMA, Settings
from runtime import migrate as migrations
from runtime.access import Authenticates
from runtime.api import create_api, openapi_text
from runtime.app import Service
from runtime.clock import SystemClock
from runtime.ids import SystemIds
from runtime.object_store import NoFiles, open_files
from runtime.patterns import lenient_pattern
from runtime.ports import Files, Ids
from runtime.processing import Subscription
from runtime.schema_service import open_resources, serve
from runtime.settings import owner_dsn
from runtime.unit_of_work import UnitOfWork


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Service]:
    async with open_resources(settings, SCHEMA, MIGRATIONS) as resources:
        works = _works(resources.configs, SystemIds())
        doors = Doors(
            resources.transactions,
            works,
            PostgresReader,
            PostgresBotReader,
            resources.configs,
            SystemClock(),
            open_files(settings.files_url),
        )
        api = _api(doors, resources.authenticator)
        batches = _batches(resources.configs, SystemIds())
        clock = BotClock(resources.transactions, works, due_handlings)
        yield serve(settings, resources, api, subscriptions(batches, settings.max_batch), loops=(clock.run,))


def build_for_tests(
    configs: TenantConfigs,
    ids: Ids,
    transactions: Begins,
    authenticator: Authenticates,
    files: Files | None = None,
) -> tuple[FastAPI, tuple[Subscription, ...]]:
    """The same doors and consumer table over a test's transactions; no broker."""
    works = _works(configs, ids)
    doors = Doors(transactions, works, PostgresReader, PostgresBotReader, configs, SystemClock(), files or NoFiles())
    return _api(doors, authenticator), subscriptions(_batches(configs, ids))


def bot_clock_for_tests(configs: TenantConfigs, ids: Ids, transactions: Begins) -> BotClock:
    return BotClock(transactions, _works(configs, ids), due_handlings)


async def migrate() -> list[str]:
    return await migrations.migrate(owner_dsn(), SCHEMA, MIGRATIONS)


def openapi_document() -> str:
    """As text to keep and compare. No door of it is opened, so nothing stands behind them."""
    nothing: Any = None
    doors = Doors(nothing, nothing, PostgresReader, PostgresBotReader, nothing, nothing, NoFiles())
    return openapi_text(_api(doors, cast(Authenticates, object())))


async def show_openapi() -> None:
    sys.stdout.write(openapi_document())


def _works(configs: TenantConfigs, ids: Ids) -> WorkFactory:
    def work(unit: UnitOfWork) -> Work:
        return Work(
            emitter=unit,
            people=PostgresPeople(unit),
            conversations=PostgresConversations(unit, ids),
            cases=PostgresCases(unit),
            history=PostgresHistory(unit),
            handlings=PostgresHandlings(unit),
            parked=PostgresParked(unit),
            configs=configs,
            patterns=lenient_pattern,
            ids=ids,
        )

    return work


def _batches(configs: TenantConfigs, ids: Ids) -> BatchFactory:
    def begin(unit: UnitOfWork) -> tuple[Work, Batch]:
        batch = PostgresBatch(unit, ids)
        work = Work(
            emitter=unit,
            people=batch.people,
            conversations=batch.conversations,
            cases=batch.cases,
            history=batch.history,
            handlings=batch.handlings,
            parked=batch.parked,
            configs=configs,
            patterns=lenient_pattern,
            ids=ids,
        )
        return work, batch

    return begin


def _api(doors: Doors, authenticator: Authenticates) -> FastAPI:
    routers: list[APIRouter] = [
        case_router(doors),
        message_router(doors),
        bot_router(doors),
        handling_router(doors),
        signal_router(doors),
        file_router(doors),
        customer_router(doors),
    ]
    return create_api("Madoguchi case store", "1", routers, authenticator, raw_bodies={UPLOADS: MAX_FILE_BYTES})
