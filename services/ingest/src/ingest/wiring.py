"""Where ingest is put together. The only file that names what stands behind a port."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr
from starlette.types import ASGIApp

from ingest.adapters.memory import MemoryProducer
from ingest.adapters.publisher import KafkaPublisher, Producer
from ingest.adapters.secrets import CachedSecrets
from ingest.channels import CHANNELS
from ingest.entrypoints.webhooks import create_app
from ingest.handlers.admission import Admission
from ingest.handlers.ports import Accounts
from ingest.handlers.reception import Reception
from ingest.settings import Settings
from runtime.app import Service, observed
from runtime.clock import SystemClock
from runtime.config_feed import open_config_feed
from runtime.errors import Failure
from runtime.ports import Clock
from runtime.producer import open_producer
from runtime.settings import resolve_secret


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Service]:
    """Ready means: settings valid, broker reached, configuration read to its end.

    The broker's later health is no check: while it is down the door itself answers 503, and only a webhook can show it is back.
    """
    async with (
        observed(settings),
        open_config_feed(settings.kafka) as accounts,
        open_producer(settings.kafka) as producer,
    ):
        reception = _reception(
            accounts,
            SystemClock(),
            resolve_secret,
            producer,
            settings.partition_key_secret,
            settings.produce_deadline_seconds,
            settings.max_events_in_flight,
        )
        api = create_app(reception)
        yield Service(settings.service, api, settings.host, settings.port, settings.internal_port)


def build_for_tests(
    accounts: Accounts,
    clock: Clock,
    secrets: Mapping[str, str],
    producer: Producer | None = None,
    *,
    deadline: float = 2.0,
    max_events_in_flight: int = 100,
) -> ASGIApp:
    """The same house over a broker in memory; `secrets` are values by reference."""

    def resolve(reference: str) -> SecretStr:
        if reference not in secrets:
            raise Failure(f"secret {reference} is missing or empty")
        return SecretStr(secrets[reference])

    key = SecretStr("the partition key secret of tests")
    broker = producer or MemoryProducer()
    return create_app(_reception(accounts, clock, resolve, broker, key, deadline, max_events_in_flight))


def _reception(
    accounts: Accounts,
    clock: Clock,
    resolve: Callable[[str], SecretStr],
    producer: Producer,
    partition_secret: SecretStr,
    deadline: float,
    max_events_in_flight: int,
) -> Reception:
    return Reception(
        channels=CHANNELS,
        accounts=accounts,
        secrets=CachedSecrets(resolve),
        publisher=KafkaPublisher(producer),
        clock=clock,
        admission=Admission(max_events_in_flight),
        partition_secret=partition_secret.get_secret_value().encode(),
        deadline=deadline,
    )
