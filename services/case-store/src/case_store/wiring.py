"""Where the case store is put together. The only file that names what stands behind a port."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI

from case_store.adapters.postgres_api_keys import find_api_key
from case_store.adapters.postgres_cases import PostgresCases
from case_store.adapters.postgres_conversations import PostgresConversations
from case_store.adapters.postgres_history import PostgresHistory
from case_store.adapters.postgres_parked import PostgresParked
from case_store.adapters.postgres_people import PostgresPeople
from case_store.adapters.postgres_reader import PostgresReader
from case_store.adapters.postgres_row_locks import PostgresRowLocks
from case_store.entrypoints.case_routes import case_router
from case_store.entrypoints.consumer import WorkFactory, subscriptions
from case_store.entrypoints.customer_routes import customer_router
from case_store.entrypoints.doors import Begins, Doors
from case_store.entrypoints.message_routes import message_router
from case_store.handlers.ports import TenantConfigs, Work
from case_store.settings import MIGRATIONS, SCHEMA, Settings, owner_dsn
from runtime import migrate as migrations
from runtime.access import Authenticates
from runtime.api import create_api
from runtime.app import Service, observed
from runtime.auth import open_authenticator
from runtime.config_feed import open_config_feed
from runtime.consumer import Consumer
from runtime.ids import SystemIds
from runtime.ports import Ids
from runtime.postgres import Database, connect
from runtime.processing import Subscription
from runtime.producer import open_producer
from runtime.unit_of_work import UnitOfWork, open_transactions


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
        works = _works(configs, SystemIds())
        listening = subscriptions(works, PostgresRowLocks, settings.max_batch)
        consumers = [Consumer(subscription, database, producer, kafka) for subscription in listening]
        yield Service(
            name=settings.service,
            api=_api(Doors(transactions, works, PostgresReader), authenticator),
            host=settings.host,
            port=settings.port,
            internal_port=settings.internal_port,
            loops=tuple(consumer.run for consumer in consumers),
            checks={"postgres": _answers(database)}
            | {s.consumer: c.ready for s, c in zip(listening, consumers, strict=True)},
            alive=lambda: next((reason for c in consumers if (reason := c.stuck())), None),
        )


def build_for_tests(
    configs: TenantConfigs, ids: Ids, transactions: Begins, authenticator: Authenticates
) -> tuple[FastAPI, tuple[Subscription, ...]]:
    """The same doors and consumer table over a test's transactions; no broker."""
    works = _works(configs, ids)
    return _api(Doors(transactions, works, PostgresReader), authenticator), subscriptions(works, PostgresRowLocks)


async def migrate() -> list[str]:
    return await migrations.migrate(owner_dsn(), SCHEMA, MIGRATIONS)


def _works(configs: TenantConfigs, ids: Ids) -> WorkFactory:
    def work(unit: UnitOfWork) -> Work:
        return Work(
            emitter=unit,
            people=PostgresPeople(unit),
            conversations=PostgresConversations(unit, ids),
            cases=PostgresCases(unit),
            history=PostgresHistory(unit),
            parked=PostgresParked(unit),
            configs=configs,
            ids=ids,
        )

    return work


def _api(doors: Doors, authenticator: Authenticates) -> FastAPI:
    routers: list[APIRouter] = [case_router(doors), message_router(doors), customer_router(doors)]
    return create_api("Madoguchi case store", "1", routers, authenticator)


def _answers(database: Database) -> Callable[[], Any]:
    async def check() -> bool:
        return bool(await database.tenants.fetchval("SELECT true", timeout=2))

    return check
