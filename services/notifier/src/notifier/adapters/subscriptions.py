"""Who wants which events, from the tenants' configuration; looked up for every record of the house."""

from contracts.config import TenantConfig, WebhookSubscription
from contracts.subscribable import names_of
from notifier.adapters.routes import Config


def types_of(subscription: WebhookSubscription) -> frozenset[str]:
    return frozenset[str]().union(*map(names_of, subscription.events))


class ConfiguredSubscriptions:
    def __init__(self, config: Config) -> None:
        self._config = config
        self._types: dict[str, frozenset[str]] = {}
        self._wanted: frozenset[str] = frozenset()
        for tenant in config.tenants():
            self._read(tenant)
        config.subscribe(self._read)

    def of(self, tenant: str) -> dict[str, WebhookSubscription]:
        config = self._config.tenant(tenant)
        return {one.id: one for one in config.webhook_subscriptions if one.enabled} if config else {}

    def types(self, tenant: str) -> frozenset[str]:
        return self._types.get(tenant, frozenset())

    def types_of(self, tenant: str, subscription: str) -> frozenset[str]:
        found = self.of(tenant).get(subscription)
        return types_of(found) if found else frozenset()

    def wants(self, type: str) -> bool:
        return type in self._wanted

    def _read(self, config: TenantConfig) -> None:
        enabled = [types_of(one) for one in config.webhook_subscriptions if one.enabled]
        self._types[config.tenant] = frozenset[str]().union(*enabled)
        self._wanted = frozenset[str]().union(*self._types.values())
