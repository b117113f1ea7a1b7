"""What the tenant's configuration says about a delivery's paths."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Protocol

from contracts.config import ChannelAccount, Replies, TenantConfig
from contracts.values import ContentKind, ReplyPath
from notifier.channels.provider import Channel
from notifier.channels.whatsapp import template
from notifier.domain.choose_path import Method, Path
from notifier.domain.delivery import Repeat
from notifier.handlers.ports import Delivery, Facts


class Config(Protocol):
    def tenant(self, tenant: str) -> TenantConfig | None: ...


class ConfiguredRoutes:
    def __init__(self, config: Config, channels: Mapping[str, Channel]) -> None:
        self._config = config
        self._channels = channels

    def facts(self, delivery: Delivery) -> Facts:
        tenant = self._config.tenant(delivery.tenant)
        replies = tenant.replies if tenant else Replies()
        paths = tuple(self._path(delivery, tenant, path) for path in delivery.paths)
        return Facts(paths, replies.fallback)

    def repeat(self, delivery: Delivery) -> Repeat:
        """Unknown channels and methods are never repeated."""
        channel = self._channels.get(delivery.path.channel)
        if channel is None or delivery.chosen is None:
            return Repeat.NEVER
        return channel.capability.repeat.get(delivery.chosen.method, Repeat.NEVER)

    def expire_after(self, tenant: str) -> timedelta:
        config = self._config.tenant(tenant)
        return (config.replies if config else Replies()).expire_after

    def account(self, tenant: str, path: ReplyPath) -> ChannelAccount | None:
        config = self._config.tenant(tenant)
        accounts = config.channel_accounts if config else ()
        return next((one for one in accounts if one.id == path.account and one.channel == path.channel), None)

    def template(self, tenant: str) -> tuple[str | None, str]:
        config = self._config.tenant(tenant)
        return (config.replies.whatsapp_template, config.language) if config else (None, "en")

    def _path(self, delivery: Delivery, tenant: TenantConfig | None, path: ReplyPath) -> Path:
        channel = self._channels.get(path.channel)
        account = self.account(delivery.tenant, path)
        configured, language = self.template(delivery.tenant)
        handle = path.reply_handle
        return Path(
            channel=path.channel,
            account=path.account,
            methods=_methods(channel, account),
            usable=account is not None and account.enabled,
            reply_until=handle.expires_at if handle else None,
            window_until=path.window_closes_at,
            fills_template=template.fitting(delivery.content, configured, language) is not None,
            needs_template=delivery.content.kind is ContentKind.TEMPLATE,
        )


def _methods(channel: Channel | None, account: ChannelAccount | None) -> tuple[Method, ...]:
    """The account's option `reply_token: never` gives up the free reply for a push that can always be repeated."""
    methods = channel.capability.methods if channel else ()
    if account is not None and account.options.get("reply_token") == "never":
        return tuple(method for method in methods if method is not Method.REPLY)
    return methods
