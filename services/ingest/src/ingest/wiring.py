"""Where ingest is put together. The only file that names what stands behind a port."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import Final

import httpx
from pydantic import SecretStr
from starlette.types import ASGIApp

from contracts.config import TenantConfig
from contracts.topics import CHAT_FEED, INBOUND_MESSAGES
from ingest.adapters.documents import FetchedDocuments
from ingest.adapters.media_http import SafeFetch
from ingest.adapters.memory import MemoryDocuments, MemoryFiles, MemoryHttp, MemoryProducer
from ingest.adapters.outgoing import open_outgoing
from ingest.adapters.publisher import KafkaPublisher, Producer
from ingest.adapters.review_pages import ReviewPages
from ingest.adapters.secrets import CachedSecrets
from ingest.channels import CHANNELS
from ingest.channels.shops import SHOPS
from ingest.domain.webhook import Draft
from ingest.entrypoints.gateway_worker import GatewayWorker
from ingest.entrypoints.limits import Limits
from ingest.entrypoints.media_worker import MediaWorker, has_files
from ingest.entrypoints.review_loop import ReviewLoop
from ingest.entrypoints.webchat_door import Chat
from ingest.entrypoints.webchat_hub import Hub
from ingest.entrypoints.webhooks import create_app, no_doors
from ingest.handlers.accept_webhook import accept_drafts
from ingest.handlers.admission import Admission
from ingest.handlers.fetch_media import MediaRoom
from ingest.handlers.poll_reviews import Known, ReviewDesk
from ingest.handlers.ports import Accounts, Documents, MediaHttp, Tenants
from ingest.handlers.reception import Reception
from ingest.settings import Settings
from runtime.app import Service, observed
from runtime.clock import SystemClock
from runtime.config_feed import ConfigFeed, open_config_feed
from runtime.errors import Failure
from runtime.file_type import file_type
from runtime.ids import SystemIds
from runtime.object_store import open_files
from runtime.once import LocalOnce, open_once
from runtime.ports import Clock, Files
from runtime.producer import open_producer
from runtime.rate_limit import LocalBuckets, RateLimit, open_rate_limit
from runtime.safe_target import Target
from runtime.settings import ProviderSettings, resolve_secret
from runtime.tail import open_tail
from runtime.work_feed import Feed, open_work_feed

MEDIA_GROUP: Final = "ingest.media"


@asynccontextmanager
async def build(settings: Settings, *, discord_gateway: bool = False) -> AsyncIterator[Service]:
    """Ready means: settings valid, broker reached, configuration read to its end. With `discord_gateway` the house also keeps a
    connection for each Discord account that has a `bot_token` when it starts.

    The broker's later health is no check: while it is down the door itself answers 503, and only a webhook can show it is back.
    """
    hub = Hub()
    async with (
        observed(settings),
        open_config_feed(settings.kafka) as accounts,
        open_producer(settings.kafka) as producer,
        open_outgoing() as client,
        _media_loops(settings) as media,
        open_rate_limit(settings.redis_url) as buckets,
        open_once(settings.redis_url) as once,
        open_tail(settings.kafka, CHAT_FEED, hub.heard),
    ):
        target = _target(settings)
        http = SafeFetch(client, target, settings.media_max_bytes)
        reception = replace(_reception(settings, accounts, producer, FetchedDocuments(client, target), http), once=once)
        loops = [media_worker(feed, reception, settings).run for feed in media]
        if discord_gateway:
            loops += [worker.run for worker in gateway_workers(accounts.tenants(), reception, settings.providers)]
        api = create_app(reception, Chat(reception, hub, Limits(buckets), SystemIds(), settings.address_header))
        yield Service(
            settings.service, api, settings.host, settings.port, settings.internal_port, tuple(loops), sockets=True
        )


def _target(settings: Settings) -> Target:
    return Target(allow_loopback=settings.loopback_allowed, internal_hosts=settings.internal_hosts)


def _reception(
    settings: Settings, accounts: Accounts, producer: Producer, documents: Documents, http: MediaHttp
) -> Reception:
    return Reception(
        channels=CHANNELS,
        accounts=accounts,
        secrets=CachedSecrets(resolve_secret),
        publisher=KafkaPublisher(producer),
        clock=SystemClock(),
        admission=Admission(settings.max_events_in_flight),
        documents=documents,
        http=http,
        files=open_files(settings.files_url),
        once=LocalOnce(),
        public_url=settings.public_url,
        partition_secret=settings.partition_key_secret.get_secret_value().encode(),
        deadline=settings.produce_deadline_seconds,
    )


@asynccontextmanager
async def build_reviews(settings: Settings) -> AsyncIterator[Service]:
    """The same house without doors: it asks the shops for reviews."""
    async with (
        _house_without_doors(settings) as (config, reception),
        open_outgoing() as client,
    ):
        loop = review_loop(config, reception, settings, client)
        yield Service(settings.service, no_doors, settings.host, settings.port, settings.internal_port, (loop.run,))


def review_loop(config: Tenants, reception: Reception, settings: Settings, client: httpx.AsyncClient) -> ReviewLoop:
    async def publish(tenant: str, drafts: list[Draft]) -> None:
        await accept_drafts(tenant, drafts, reception)

    providers = settings.providers
    urls = {name: providers.url(name, shop.api_url) for name, shop in SHOPS.items()}
    tokens = {f"{name}-token": providers.url(name, shop.token_url, f"{name}-token") for name, shop in SHOPS.items()}
    pages = ReviewPages(client, reception.secrets, urls | tokens, reception.clock)
    return ReviewLoop(SHOPS, config.tenants, ReviewDesk(pages, Known(), publish, reception.clock))


@asynccontextmanager
async def build_smtp(settings: Settings) -> AsyncIterator[Service]:
    """Beside its probes it answers no HTTP. Needs the extra `smtp`."""
    from ingest.entrypoints.smtp_door import MailDoor, smtp_protocol

    async with _house_without_doors(settings) as (feed, reception):
        door = MailDoor(reception, feed.tenants)
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: smtp_protocol(door, settings.host), settings.host, settings.smtp_port)
        async with server:
            yield Service("ingest-smtp", no_doors, settings.host, settings.port, settings.internal_port)


@asynccontextmanager
async def build_imap(settings: Settings) -> AsyncIterator[Service]:
    """Needs the extra `imap`."""
    from ingest.entrypoints.imap_poller import ImapPoller

    async with _house_without_doors(settings) as (feed, reception):
        poller = ImapPoller(reception, feed.tenants, settings.imap_every_seconds)
        yield Service("ingest-imap", no_doors, settings.host, settings.port, settings.internal_port, (poller.run,))


@asynccontextmanager
async def build_media(settings: Settings) -> AsyncIterator[Service]:
    """It fetches the files of what others' doors took in, which then say `FETCH_MEDIA` false. Any number of it may run."""
    async with (
        _house_without_doors(settings) as (_, reception),
        open_outgoing() as client,
        open_work_feed(settings.kafka, MEDIA_GROUP, INBOUND_MESSAGES, has_files) as feed,
    ):
        http = SafeFetch(client, _target(settings), settings.media_max_bytes)
        worker = media_worker(feed, replace(reception, http=http), settings)
        yield Service("ingest-media", no_doors, settings.host, settings.port, settings.internal_port, (worker.run,))


@asynccontextmanager
async def _house_without_doors(settings: Settings) -> AsyncIterator[tuple[ConfigFeed, Reception]]:
    async with (
        observed(settings),
        open_config_feed(settings.kafka) as feed,
        open_producer(settings.kafka) as producer,
    ):
        yield feed, _reception(settings, feed, producer, MemoryDocuments({}), MemoryHttp({}))


@asynccontextmanager
async def _media_loops(settings: Settings) -> AsyncIterator[tuple[Feed, ...]]:
    if not settings.fetch_media:
        yield ()
        return
    async with open_work_feed(settings.kafka, MEDIA_GROUP, INBOUND_MESSAGES, has_files) as feed:
        yield (feed,)


def media_worker(feed: Feed, reception: Reception, settings: Settings) -> MediaWorker:
    async def publish(tenant: str, drafts: list[Draft]) -> None:
        await accept_drafts(tenant, drafts, reception)

    room = MediaRoom(
        channels=reception.channels,
        api_urls={name: settings.providers.url(name, one.api_url) for name, one in reception.channels.items()},
        accounts=reception.accounts,
        secrets=reception.secrets,
        http=reception.http,
        files=reception.files,
        type_of=file_type,
        clock=reception.clock,
    )
    return MediaWorker(feed, room, publish)


def gateway_workers(
    tenants: Iterable[TenantConfig], reception: Reception, providers: ProviderSettings
) -> Iterator[GatewayWorker]:
    from ingest.adapters.discord_gateway import API_URL, GATEWAY_URL, at, listen

    at(providers.url("discord", API_URL), providers.url("discord", GATEWAY_URL, "discord-gateway"))
    for tenant in tenants:
        for account in tenant.channel_accounts:
            if account.channel == "discord" and account.enabled and "bot_token" in account.secrets:
                token = reception.secrets.live(tenant, account, "bot_token")[0]
                yield GatewayWorker(account.id, partial(listen, account.id, token), reception)


def build_for_tests(
    accounts: Accounts,
    clock: Clock,
    secrets: Mapping[str, str],
    producer: Producer | None = None,
    *,
    files: Files | None = None,
    documents: Mapping[str, bytes] | None = None,
    http: MediaHttp | None = None,
    deadline: float = 2.0,
    max_events_in_flight: int = 100,
    hub: Hub | None = None,
    limit: RateLimit | None = None,
    address_header: str = "",
) -> ASGIApp:
    """The same house over a broker in memory; `secrets` are values by reference, `documents` what the internet holds by URL."""
    reception = reception_for_tests(
        accounts,
        clock,
        secrets,
        producer,
        files=files,
        documents=documents,
        http=http,
        deadline=deadline,
        max_events_in_flight=max_events_in_flight,
    )
    limits = Limits(limit or LocalBuckets())
    return create_app(reception, Chat(reception, hub or Hub(), limits, SystemIds(), address_header))


def reception_for_tests(
    accounts: Accounts,
    clock: Clock,
    secrets: Mapping[str, str],
    producer: Producer | None = None,
    *,
    files: Files | None = None,
    documents: Mapping[str, bytes] | None = None,
    http: MediaHttp | None = None,
    deadline: float = 2.0,
    max_events_in_flight: int = 100,
) -> Reception:
    """What the doors have in common, for those that speak no HTTP."""

    def resolve(reference: str) -> SecretStr:
        if reference not in secrets:
            raise Failure(f"secret {reference} is missing or empty")
        return SecretStr(secrets[reference])

    return Reception(
        channels=CHANNELS,
        accounts=accounts,
        secrets=CachedSecrets(resolve),
        publisher=KafkaPublisher(producer or MemoryProducer()),
        clock=clock,
        admission=Admission(max_events_in_flight),
        documents=MemoryDocuments(documents or {}),
        http=http or MemoryHttp(documents or {}),
        files=files or MemoryFiles(),
        once=LocalOnce(),
        public_url="https://hooks.example.com",
        partition_secret=b"the partition key secret of tests",
        deadline=deadline,
    )


PROCESSES: Final[Mapping[str, Callable[[Settings], AbstractAsyncContextManager[Service]]]] = {
    "": build,
    "discord-gateway": partial(build, discord_gateway=True),
    "imap": build_imap,
    "media": build_media,
    "reviews": build_reviews,
    "smtp": build_smtp,
}
"""By the word after `python -m ingest`."""
