"""Who wants which events; looked up for every record of the house."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.config import TenantConfig, WebhookSubscription
from contracts.subscribable import names_of
from notifier.adapters.routes import Config
from notifier.handlers.platform_ports import Subscribed
from notifier.handlers.registry_ports import Registry

_READ_EVERY: Final = 1.0
_KNOWN_FOR: Final = 2.0
_OVERLAP: Final = timedelta(minutes=2)
"""Longer than any transaction may take: what was written earlier may be committed later."""


class KnownSubscriptions:
    """Those of the configuration as it is; what was registered, as this process last read it from the store."""

    def __init__(self, config: Config, monotonic: Callable[[], float]) -> None:
        self._config = config
        self._monotonic = monotonic
        self._configured: dict[str, frozenset[str]] = {}
        self._registered: dict[str, dict[str, frozenset[str]]] = {}
        self._types: dict[str, frozenset[str]] = {}
        self._wanted: frozenset[str] = frozenset()
        self._read_at: float | None = None
        self._since = datetime(2000, 1, 1, tzinfo=UTC)
        for tenant in config.tenants():
            self._read(tenant)
        config.subscribe(self._read)

    def configured(self, tenant: str) -> dict[str, Subscribed]:
        config = self._config.tenant(tenant)
        enabled = (one for one in config.webhook_subscriptions if one.enabled) if config else ()
        return {one.id: Subscribed(one.id, one.events, account=one.account) for one in enabled}

    def types(self, tenant: str) -> frozenset[str]:
        return self._types.get(tenant, frozenset())

    def wants(self, type: str) -> bool:
        return type in self._wanted or self._older_than(_KNOWN_FOR)

    def learn(self, tenant: str, id: str, events: Sequence[str]) -> None:
        self._registered.setdefault(tenant, {})[id] = types_of(events)
        self._sum_up(tenant)

    async def refresh(self, registry: Registry) -> None:
        if not self._older_than(_READ_EVERY):
            return
        began = self._monotonic()
        for one in await registry.changed(self._since - _OVERLAP):
            self.learn(one.tenant, one.id, one.events)
            self._since = max(self._since, one.changed_at)
        self._read_at = began

    def _older_than(self, seconds: float) -> bool:
        return self._read_at is None or self._monotonic() - self._read_at >= seconds

    def _read(self, config: TenantConfig) -> None:
        self._configured[config.tenant] = _types_of_all(config.webhook_subscriptions)
        self._sum_up(config.tenant)

    def _sum_up(self, tenant: str) -> None:
        registered = self._registered.get(tenant, {}).values()
        self._types[tenant] = self._configured.get(tenant, frozenset[str]()).union(*registered)
        self._wanted = frozenset[str]().union(*self._types.values())


def types_of(events: Sequence[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(names_of, events))


def _types_of_all(subscriptions: Sequence[WebhookSubscription]) -> frozenset[str]:
    return frozenset[str]().union(*(types_of(one.events) for one in subscriptions if one.enabled))
