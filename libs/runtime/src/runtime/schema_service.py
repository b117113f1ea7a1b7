"""A service that owns a schema: what it is opened with, and what it serves with it. Services without one (ingest) need neither."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from starlette.types import ASGIApp

from runtime.api_keys import find_key_in
from runtime.app import Loop, Service, observed
from runtime.auth import Authenticator, open_authenticator
from runtime.config_feed import ConfigFeed, open_config_feed
from runtime.consumer import Consumer
from runtime.housekeeping import Chore, housekeeping
from runtime.migrate import check_revision
from runtime.postgres import Database, connect
from runtime.processing import Subscription
from runtime.producer import EventProducer, open_producer
from runtime.settings import ServiceSettings
from runtime.unit_of_work import Transactions, open_transactions


@dataclass(frozen=True, slots=True)
class Resources:
    """Opened in this order and closed in reverse."""

    database: Database
    producer: EventProducer
    configs: ConfigFeed
    transactions: Transactions
    authenticator: Authenticator


@asynccontextmanager
async def open_resources(settings: ServiceSettings, schema: str, migrations: Path) -> AsyncIterator[Resources]:
    """Raises SchemaOutdated when a file of `migrations` wasn't applied, DependencyDown when something can't be reached."""
    dsn, name, kafka = settings.postgres_dsn.get_secret_value(), settings.service, settings.kafka
    async with (
        observed(settings),
        connect(dsn, schema=schema, application_name=name, max_size=settings.pool_size) as database,
        open_producer(kafka) as producer,
        open_config_feed(kafka) as configs,
        open_transactions(database, producer, source=name, lane=f"{name}/api/{kafka.instance}") as transactions,
        open_authenticator(settings.auth, find_key_in(database)) as authenticator,
    ):
        await check_revision(database.tenants, migrations)
        yield Resources(database, producer, configs, transactions, authenticator)


def serve(
    settings: ServiceSettings,
    resources: Resources,
    api: ASGIApp,
    subscriptions: Sequence[Subscription],
    loops: Sequence[Loop] = (),
    chores: Sequence[Chore] = (),
) -> Service:
    """Ready when the database answers and each subscription owns its partitions; live while they make progress."""
    consumers = [
        Consumer(subscription, resources.database, resources.producer, settings.kafka) for subscription in subscriptions
    ]

    async def postgres_answers() -> bool:
        return bool(await resources.database.tenants.fetchval("SELECT true", timeout=2))

    return Service(
        name=settings.service,
        api=api,
        host=settings.host,
        port=settings.port,
        internal_port=settings.internal_port,
        loops=(
            *(consumer.run for consumer in consumers),
            housekeeping(resources.database, resources.producer, chores),
            *loops,
        ),
        checks={"postgres": postgres_answers}
        | {each.consumer: consumer.ready for each, consumer in zip(subscriptions, consumers, strict=True)},
        alive=lambda: next((reason for consumer in consumers if (reason := consumer.stuck())), None),
    )
