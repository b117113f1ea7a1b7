"""What the notifier is made of. The only file that names its concrete parts."""

import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from fastapi import APIRouter, FastAPI
from pydantic import SecretStr

from notifier.adapters.access_tokens import AccessTokens, token_door
from notifier.adapters.attached import AttachedFiles
from notifier.adapters.carrier import ProviderCarrier
from notifier.adapters.chat_feed import PostgresChatFeed
from notifier.adapters.file_links import FileLinks
from notifier.adapters.http import ProviderHttp, Wire, open_wire
from notifier.adapters.loopback_only import LoopbackOnly
from notifier.adapters.platform_log import PostgresPlatformLog
from notifier.adapters.platform_posts import PlatformPosts
from notifier.adapters.registry import PostgresRegistry, reseal
from notifier.adapters.routes import Config, ConfiguredRoutes
from notifier.adapters.sealing import KeyedSealing, new_signing_secret
from notifier.adapters.secrets import Secrets
from notifier.adapters.senders import Senders
from notifier.adapters.signs import ProviderSigns, sign_door
from notifier.adapters.smtp import SmtpDoor
from notifier.adapters.store import PostgresDeliveries, View
from notifier.adapters.subscriptions import KnownSubscriptions
from notifier.adapters.uploads import Uploads
from notifier.adapters.url_check import UrlCheck
from notifier.channels.table import CHANNELS
from notifier.domain.account_health import AccountHealth
from notifier.domain.capability import table
from notifier.domain.delivery import Limits
from notifier.domain.quotas import Quotas
from notifier.entrypoints.api import deliveries_router
from notifier.entrypoints.consumers import subscriptions
from notifier.entrypoints.endpoint_doors import EndpointDoors
from notifier.entrypoints.endpoints_api import endpoints_router
from notifier.entrypoints.files_door import files_router
from notifier.entrypoints.platform_events import platform_subscriptions
from notifier.entrypoints.platform_sender import PlatformSender
from notifier.entrypoints.recorder import Recorder
from notifier.entrypoints.registrations_api import registrations_router
from notifier.entrypoints.sender import Sender, SenderLimits
from notifier.entrypoints.signs import Signs
from notifier.entrypoints.webhook_deliveries_api import webhook_deliveries_router, webhook_facts_router
from notifier.handlers.ports import Leases
from notifier.settings import MIGRATIONS, SCHEMA, Settings
from runtime.access import Authenticates
from runtime.api import create_api, openapi_text
from runtime.app import Service
from runtime.clock import SystemClock
from runtime.ids import SystemIds
from runtime.migrate import migrate
from runtime.object_store import open_files
from runtime.ports import Clock
from runtime.postgres import connect
from runtime.rate_limit import LocalBuckets, RateLimit, open_rate_limit
from runtime.safe_target import Target
from runtime.schema_service import open_resources, serve
from runtime.settings import owner_dsn, resolve_secret
from runtime.unit_of_work import Transactions


@dataclass(frozen=True, slots=True)
class Notifier:
    sender: Sender
    platform: PlatformSender
    wanted: KnownSubscriptions
    routes: ConfiguredRoutes
    signs: Signs
    api: FastAPI


@asynccontextmanager
async def build(settings: Settings) -> AsyncIterator[Service]:
    async with (
        open_resources(settings, SCHEMA, MIGRATIONS) as resources,
        open_wire(settings.connect_seconds, settings.read_seconds) as wire,
        open_rate_limit(settings.redis_url) as limit,
    ):
        notifier = assemble(
            settings,
            resources.transactions,
            resources.configs,
            resources.authenticator,
            wire,
            limit,
            SystemClock(),
        )
        listening = (
            *subscriptions(PostgresDeliveries, PostgresChatFeed, notifier.sender.wake, notifier.signs.offer),
            *platform_subscriptions(PostgresPlatformLog, PostgresRegistry, notifier.wanted, notifier.platform.wake),
        )
        loops = (notifier.sender.run, notifier.platform.run, notifier.signs.run)
        yield serve(settings, resources, notifier.api, listening, loops)


async def apply_migrations() -> None:
    await migrate(owner_dsn(), SCHEMA, MIGRATIONS)


async def reseal_secrets() -> None:
    """After a new sealing key was put before the old one; then the old one may go."""
    settings = Settings()
    dsn = settings.postgres_dsn.get_secret_value()
    async with connect(dsn, schema=SCHEMA, application_name="notifier-reseal", max_size=2) as database:
        done = await reseal(database.system, KeyedSealing(settings.sealing))
    sys.stdout.write(f"{done} endpoints resealed\n")


def capabilities() -> str:
    return table(tuple(channel.capability for channel in CHANNELS.values()))


def openapi_document() -> str:
    """As text to keep and compare. No door of it is opened, so nothing stands behind them."""
    nothing: Any = None
    routers = (
        deliveries_router(nothing, PostgresDeliveries, nothing, nothing, nothing),
        *_webhook_routers(nothing),
    )
    return openapi_text(_api(routers, cast(Authenticates, object())))


def _webhook_routers(doors: EndpointDoors) -> tuple[APIRouter, ...]:
    return (
        endpoints_router(doors),
        registrations_router(doors),
        webhook_deliveries_router(doors),
        webhook_facts_router(),
    )


async def show_openapi() -> None:
    sys.stdout.write(openapi_document())


def assemble(
    settings: Settings,
    transactions: Transactions,
    config: Config,
    authenticator: Authenticates,
    wire: Wire,
    limit: RateLimit,
    clock: Clock,
    resolve: Callable[[str], SecretStr] = resolve_secret,
) -> Notifier:
    limits = Limits(max_failures=settings.max_failures)
    leases = Leases(owner=settings.kafka.instance, lease=settings.send_lease, max_hold=settings.max_hold)
    quotas = Quotas()
    routes = ConfiguredRoutes(config, CHANNELS, quotas, clock)
    target = Target(allow_loopback=settings.loopback_webhooks, internal_hosts=settings.internal_hosts)
    http = ProviderHttp(wire, dict(_bases(settings)), target, settings.request_seconds)
    secrets = Secrets(resolve, clock)
    senders, health = Senders(CHANNELS, routes, secrets, AccessTokens(http, clock)), AccountHealth()
    signs = ProviderSigns(CHANNELS, routes, senders, http, limit, health, clock)
    files = open_files(settings.files_url)
    links = FileLinks(settings.public_url, settings.sealing, settings.file_link_life)
    carrier = ProviderCarrier(
        channels=CHANNELS,
        routes=routes,
        senders=senders,
        http=http,
        smtp=SmtpDoor(target, settings.connect_seconds, settings.request_seconds),
        limit=limit,
        health=health,
        quotas=quotas,
        attached=AttachedFiles(files if settings.files_url else None),
        links=links,
        uploads=Uploads(http, clock),
        clock=clock,
    )
    recorder = Recorder(transactions, PostgresDeliveries, PostgresChatFeed, routes, limits)
    sender_limits = SenderLimits(concurrency=settings.send_concurrency, delivery=limits, leases=leases)
    sender = Sender(transactions, PostgresDeliveries, carrier, routes, recorder, clock, sender_limits)

    def reader(connection: Any, tenant: str) -> PostgresDeliveries:
        return PostgresDeliveries(View(connection, tenant, clock.now()))

    wanted = KnownSubscriptions(config, time.monotonic)
    sealing = KeyedSealing(settings.sealing)
    posts = PlatformPosts(routes, secrets, sealing, http, limit, clock)
    platform = PlatformSender(
        transactions,
        PostgresPlatformLog,
        PostgresRegistry,
        wanted,
        posts,
        clock,
        request_seconds=settings.request_seconds,
    )
    doors = EndpointDoors(
        transactions=transactions,
        logs=PostgresPlatformLog,
        registries=PostgresRegistry,
        view=lambda connection, tenant: View(connection, tenant, clock.now()),
        known=wanted,
        wake=platform.wake,
        poster=posts,
        sealing=sealing,
        check_url=UrlCheck(target),
        new_secret=new_signing_secret,
        ids=SystemIds(),
        clock=clock,
    )
    routers = (
        deliveries_router(transactions, PostgresDeliveries, reader, routes, sender.wake),
        *_webhook_routers(doors),
        files_router(links, files, clock),
    )
    return Notifier(sender, platform, wanted, routes, Signs(signs.knows, signs.show), _api(routers, authenticator))


def _bases(settings: Settings) -> Iterator[tuple[str, str]]:
    for name, channel in CHANNELS.items():
        if channel.capability.base_url:
            yield name, settings.providers.url(name, channel.capability.base_url)
        if channel.capability.token_url:
            yield token_door(name), settings.providers.url(name, channel.capability.token_url, door=token_door(name))
        if channel.capability.signs_url:
            yield sign_door(name), settings.providers.url(name, channel.capability.signs_url, door=sign_door(name))


def _api(routers: Sequence[APIRouter], authenticator: Authenticates) -> FastAPI:
    return create_api("Notifier", "1.0.0", routers, authenticator)


@asynccontextmanager
async def build_for_tests(
    settings: Settings,
    transactions: Transactions,
    config: Config,
    authenticator: Authenticates,
    clock: Clock,
    resolve: Callable[[str], SecretStr],
    limit: RateLimit | None = None,
) -> AsyncIterator[Notifier]:
    """The same parts, with limits in memory and a transport that reaches loopback only."""
    async with open_wire(settings.connect_seconds, settings.read_seconds, LoopbackOnly()) as wire:
        yield assemble(settings, transactions, config, authenticator, wire, limit or LocalBuckets(), clock, resolve)
