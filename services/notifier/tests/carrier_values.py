"""A tenant with one account, the carrier that sends for it, and a delivery to send."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from channel_values import NOW, text
from pydantic import SecretStr

from contracts.config import ChannelAccount, Queue, TenantConfig
from contracts.values import Author, AuthorKind, ReplyPath
from notifier.adapters.access_tokens import AccessTokens
from notifier.adapters.attached import AttachedFiles
from notifier.adapters.carrier import ProviderCarrier
from notifier.adapters.file_links import FileLinks
from notifier.adapters.http import ProviderHttp
from notifier.adapters.routes import ConfiguredRoutes
from notifier.adapters.secrets import Secrets
from notifier.adapters.senders import Senders
from notifier.adapters.smtp import SmtpDoor
from notifier.adapters.uploads import Uploads
from notifier.channels.provider import Channel
from notifier.domain.account_health import AccountHealth
from notifier.domain.delivery import State
from notifier.domain.quotas import Quotas
from notifier.handlers.ports import Delivery
from runtime.rate_limit import LocalBuckets, RateLimit
from runtime.safe_target import Target
from runtime.testing.clock import ManualClock
from runtime.testing.config import fixed_config


def routes_of(account: ChannelAccount, channels: Mapping[str, Channel], clock: ManualClock) -> ConfiguredRoutes:
    config = TenantConfig(
        tenant="acme",
        revision=1,
        applied_at=NOW,
        default_queue="q",
        queues=(Queue(id="q"),),
        channel_accounts=(account,),
    )
    return ConfiguredRoutes(fixed_config(config), channels, Quotas(), clock)


def carrier_of(
    account: ChannelAccount,
    channels: Mapping[str, Channel],
    http: ProviderHttp,
    clock: ManualClock,
    secret: Callable[[str], SecretStr],
    limit: RateLimit | None = None,
) -> ProviderCarrier:
    routes = routes_of(account, channels, clock)
    return ProviderCarrier(
        channels=channels,
        routes=routes,
        senders=Senders(channels, routes, Secrets(secret, clock), AccessTokens(http, clock)),
        http=http,
        smtp=SmtpDoor(Target(allow_loopback=True), 1.0, 1.0),
        limit=limit or LocalBuckets(),
        health=AccountHealth(),
        quotas=Quotas(),
        attached=AttachedFiles(None),
        links=FileLinks(None, (), timedelta(days=7)),
        uploads=Uploads(http, clock),
        clock=clock,
    )


def delivery_of(path: ReplyPath, words: str = "hi", **values: Any) -> Delivery:
    return Delivery(
        tenant="acme",
        id=UUID(int=1),
        case_id=UUID(int=2),
        conversation_id=UUID(int=3),
        sequence=1,
        state=State.SENDING,
        author=Author(kind=AuthorKind.AGENT, id="sato"),
        content=text(words),
        paths=(path,),
        idempotency_key=UUID(int=9),
        requested_at=NOW,
        expires_at=NOW + timedelta(hours=1),
        next_attempt_at=NOW,
        **values,
    )
