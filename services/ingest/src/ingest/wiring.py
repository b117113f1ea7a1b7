"""Where ingest is put together. The only file that names what stands behind a port."""

from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from typing import Final

import httpx
from pydantic import SecretStr
from starlette.types import ASGIApp

from contracts.config import TenantConfig
from contracts.topics import INBOUND_MESSAGES
from ingest.adapters.documents import FetchedDocuments
from ingest.adapters.media_http import SafeFetch
from ingest.adapters.memory import MemoryDocuments, MemoryFiles, MemoryProducer
from ingest.adapters.publisher import KafkaPublisher, Producer
from ingest.adapters.secrets import CachedSecrets
from ingest.channels import CHANNELS
from ingest.domain.webhook import Draft
from ingest.entrypoints.gateway_worker import GatewayWorker
from ingest.entrypoints.media_worker import MediaWorker, has_files
from ingest.entrypoints.webhooks import create_app
from ingest.handlers.accept_webhook import accept_drafts
from ingest.handlers.admission import Admission
from ingest.handlers.fetch_media import MediaRoom
from ingest.handlers.ports import Accounts
from ingest.handlers.reception import Reception
from ingest.settings import Settings
from runtime.app import Service, observed
from runtime.clock import SystemClock
from runtime.config_feed import open_config_feed
from runtime.errors import Failure
from runtime.object_store import open_files
from runtime.ports import Clock, Files
from runtime.producer import open_producer
from runtime.safe_target import Target
from runtime.settings import resolve_secret
from runtime.work_feed import Feed, open_work_feed

SILENCE_SECONDS: Final = 15.0
"""After which a provider that sends a file is taken for dead."""


@asynccontextmanager
async def build(settings: Settings, *, discord_gateway: bool = False) -> AsyncIterator[Service]:
    """Ready means: settings valid, broker reached, configuration read to its end. With `discord_gateway` the house also keeps a
    connection for each Discord account that has a `bot_token` when it starts.

    The broker's later health is no check: while it is down the door itself answers 503, and only a webhook can show it is back.
    """
    async with (
        observed(settings),
        open_config_feed(settings.kafka) as accounts,
        open_producer(settings.kafka) as producer,
        httpx.AsyncClient(timeout=SILENCE_SECONDS, trust_env=False) as client,
        _media_loops(settings) as media,
    ):
        target = Target(allow_loopback=settings.loopback_allowed, internal_hosts=settings.internal_hosts)
        reception = Reception(
            channels=CHANNELS,
            accounts=accounts,
            secrets=CachedSecrets(resolve_secret),
            publisher=KafkaPublisher(producer),
            clock=SystemClock(),
            admission=Admission(settings.max_events_in_flight),
            documents=FetchedDocuments(client, target),
            files=open_files(settings.files_url),
            public_url=settings.public_url,
            partition_secret=settings.partition_key_secret.get_secret_value().encode(),
            deadline=settings.produce_deadline_seconds,
        )
        loops = [media_worker(feed, reception, settings, client, target).run for feed in media]
        loops += [worker.run for worker in gateway_workers(accounts.tenants(), reception)] if discord_gateway else []
        yield Service(
            settings.service, create_app(reception), settings.host, settings.port, settings.internal_port, tuple(loops)
        )


@asynccontextmanager
async def _media_loops(settings: Settings) -> AsyncIterator[tuple[Feed, ...]]:
    if not settings.fetch_media:
        yield ()
        return
    async with open_work_feed(settings.kafka, "ingest.media", INBOUND_MESSAGES, has_files) as feed:
        yield (feed,)


def media_worker(
    feed: Feed, reception: Reception, settings: Settings, client: httpx.AsyncClient, target: Target
) -> MediaWorker:
    async def publish(tenant: str, drafts: list[Draft]) -> None:
        await accept_drafts(tenant, drafts, reception)

    room = MediaRoom(
        channels=reception.channels,
        api_urls={name: settings.providers.url(name, one.api_url) for name, one in reception.channels.items()},
        accounts=reception.accounts,
        secrets=reception.secrets,
        http=SafeFetch(client, target, settings.media_max_bytes),
        files=reception.files,
        clock=reception.clock,
    )
    return MediaWorker(feed, room, publish)


def gateway_workers(tenants: Iterable[TenantConfig], reception: Reception) -> Iterator[GatewayWorker]:
    from ingest.adapters.discord_gateway import listen

    for tenant in tenants:
        for account in tenant.channel_accounts:
            if account.channel == "discord" and account.enabled and "bot_token" in account.secrets:
                token = reception.secrets.live(tenant, account, "bot_token")[0]
                yield GatewayWorker(account.id, partial(listen, token), reception)


def build_for_tests(
    accounts: Accounts,
    clock: Clock,
    secrets: Mapping[str, str],
    producer: Producer | None = None,
    *,
    files: Files | None = None,
    documents: Mapping[str, bytes] | None = None,
    deadline: float = 2.0,
    max_events_in_flight: int = 100,
) -> ASGIApp:
    """The same house over a broker in memory; `secrets` are values by reference, `documents` what the internet holds by URL."""

    def resolve(reference: str) -> SecretStr:
        if reference not in secrets:
            raise Failure(f"secret {reference} is missing or empty")
        return SecretStr(secrets[reference])

    reception = Reception(
        channels=CHANNELS,
        accounts=accounts,
        secrets=CachedSecrets(resolve),
        publisher=KafkaPublisher(producer or MemoryProducer()),
        clock=clock,
        admission=Admission(max_events_in_flight),
        documents=MemoryDocuments(documents or {}),
        files=files or MemoryFiles(),
        public_url="https://hooks.example.com",
        partition_secret=b"the partition key secret of tests",
        deadline=deadline,
    )
    return create_app(reception)
