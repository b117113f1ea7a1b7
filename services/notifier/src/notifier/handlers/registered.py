"""Who an endpoint belongs to: a subscription of the configuration, or a registration."""

from notifier.domain.registration import Registration
from notifier.handlers.platform_ports import Subscribed, Subscriptions
from notifier.handlers.registry_ports import Registry


async def subscribed(tenant: str, id: str, known: Subscriptions, registry: Registry) -> Subscribed | None:
    configured = known.configured(tenant).get(id)
    if configured is not None:
        return configured
    registration = await registry.get(tenant, id)
    return None if registration is None else of_registration(registration)


async def all_subscribed(tenant: str, known: Subscriptions, registry: Registry) -> list[Subscribed]:
    """Those of the configuration first, then the registered ones, each by id; a registered one's id tells when it was made."""
    configured = [one for _, one in sorted(known.configured(tenant).items())]
    return [*configured, *map(of_registration, await registry.all(tenant))]


def of_registration(registration: Registration) -> Subscribed:
    return Subscribed(str(registration.id), registration.events, registered=registration)
