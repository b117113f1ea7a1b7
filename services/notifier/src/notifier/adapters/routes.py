"""What the tenant's configuration says about a delivery's paths."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Protocol

from contracts.config import ChannelAccount, Replies, TenantConfig
from contracts.values import Author, AuthorKind, ContentKind, ReplyPath
from notifier.channels.provider import Channel
from notifier.domain.choose_path import Method, Path
from notifier.domain.delivery import Repeat, Repetition
from notifier.domain.quotas import Quotas
from notifier.handlers.ports import Delivery, Facts
from runtime.ports import Clock


class Config(Protocol):
    def tenant(self, tenant: str) -> TenantConfig | None: ...
    def tenants(self) -> Iterable[TenantConfig]: ...
    def subscribe(self, call: Callable[[TenantConfig], None]) -> None: ...


class ConfiguredRoutes:
    def __init__(self, config: Config, channels: Mapping[str, Channel], quotas: Quotas, clock: Clock) -> None:
        self._config = config
        self._channels = channels
        self._quotas = quotas
        self._clock = clock

    def facts(self, delivery: Delivery) -> Facts:
        tenant = self._config.tenant(delivery.tenant)
        replies = tenant.replies if tenant else Replies()
        paths = tuple(self._path(delivery, tenant, path) for path in delivery.paths)
        return Facts(paths, replies.fallback)

    def repetition(self, delivery: Delivery) -> Repetition:
        """Unknown channels and methods are never repeated."""
        channel = self._channels.get(delivery.path.channel)
        if channel is None or delivery.chosen is None:
            return Repetition(Repeat.NEVER)
        method, capability = delivery.chosen.method, channel.capability
        return Repetition(capability.repeat.get(method, Repeat.NEVER), capability.known_for.get(method))

    def expire_after(self, tenant: str) -> timedelta:
        config = self._config.tenant(tenant)
        return (config.replies if config else Replies()).expire_after

    def account(self, tenant: str, path: ReplyPath) -> ChannelAccount | None:
        return self.named(tenant, path.channel, path.account)

    def named(self, tenant: str, channel: str, account: str) -> ChannelAccount | None:
        config = self._config.tenant(tenant)
        accounts = config.channel_accounts if config else ()
        return next((one for one in accounts if one.id == account and one.channel == channel), None)

    def template(self, tenant: str, channel: str) -> tuple[str | None, str]:
        """What the tenant configured for this channel's closed windows, and the tenant's language."""
        config = self._config.tenant(tenant)
        return (config.replies.templates.get(channel), config.language) if config else (None, "en")

    def _path(self, delivery: Delivery, tenant: TenantConfig | None, path: ReplyPath) -> Path:
        channel = self._channels.get(path.channel)
        account = self.account(delivery.tenant, path)
        handle = path.reply_handle
        return Path(
            channel=path.channel,
            account=path.account,
            methods=_methods(channel, account),
            usable=account is not None and account.enabled,
            reply_until=handle.expires_at if handle else None,
            window_until=path.window_closes_at,
            tag_until=_tag_until(channel, delivery.author, path),
            fills_template=channel is not None
            and channel.fits_template is not None
            and channel.fits_template(delivery.content, *self.template(delivery.tenant, path.channel)),
            needs_template=delivery.content.kind is ContentKind.TEMPLATE,
            needs_approval=_needs_approval(channel, account),
            spent=self._quotas.spent(delivery.tenant, path.account, self._clock.now()),
        )


def _needs_approval(channel: Channel | None, account: ChannelAccount | None) -> bool:
    """The account's option `approval` is `required` or `none`; without it public answers are approved first."""
    usual = "required" if channel is not None and channel.capability.public else "none"
    return (account.options.get("approval", usual) if account else usual) != "none"


def _tag_until(channel: Channel | None, author: Author, path: ReplyPath) -> datetime | None:
    """A tag that is granted to people: bots and notices of ours may not use it."""
    life = channel.capability.tag_life if channel else None
    if life is None or path.last_inbound_at is None or author.kind is not AuthorKind.AGENT:
        return None
    return path.last_inbound_at + life


def _methods(channel: Channel | None, account: ChannelAccount | None) -> tuple[Method, ...]:
    """The account's option `reply_token: never` gives up the free reply for a push that can always be repeated."""
    methods = channel.capability.methods if channel else ()
    if account is not None and account.options.get("reply_token") == "never":
        return tuple(method for method in methods if method is not Method.REPLY)
    return methods
