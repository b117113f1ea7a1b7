"""The house's events into the logs of the tenants who subscribed to them."""

from collections.abc import Callable, Sequence
from typing import Final

from contracts.subscribable import SUBSCRIBABLE
from notifier.handlers.platform_ports import NewEvent, PlatformLogs, Subscriptions
from notifier.handlers.registry_ports import Registries
from runtime.ports import Delivery
from runtime.postgres import SYSTEM_TENANT
from runtime.processing import Stateless, Subscription
from runtime.unit_of_work import UnitOfWork

_GATHER_SECONDS: Final = 0.2  # nobody waits at the other end, and all events of the house pass here


def platform_subscriptions(
    logs: PlatformLogs, registries: Registries, wanted: Subscriptions, wake: Callable[[], None]
) -> tuple[Subscription, ...]:
    return tuple(
        Subscription(
            f"notifier.platform.{topic.name.replace('.', '-')}",
            topic,
            lambda partition: _Keeping(logs, registries, wanted, wake),
            wants=wanted.wants,
            gather_seconds=_GATHER_SECONDS,
            together=True,
        )
        for topic in SUBSCRIBABLE
    )


class _Keeping(Stateless):
    """A batch at once: tenants in one order, so that two partitions can't wait for each other."""

    def __init__(
        self, logs: PlatformLogs, registries: Registries, wanted: Subscriptions, wake: Callable[[], None]
    ) -> None:
        self._logs = logs
        self._registries = registries
        self._wanted = wanted
        self._wake = wake

    async def handle(self, batch: Sequence[Delivery], work: UnitOfWork) -> None:
        await work.act_for(SYSTEM_TENANT)
        await self._wanted.refresh(self._registries(work))
        told: dict[str, list[NewEvent]] = {}
        for delivery in batch:
            envelope = delivery.envelope
            if envelope.type in self._wanted.types(envelope.tenant):
                told.setdefault(envelope.tenant, []).append(_new(delivery))
        for tenant, events in sorted(told.items(), key=lambda item: item[0]):
            await work.act_for(tenant)
            log = self._logs(work)
            await log.ensure(tenant, self._wanted.configured(tenant))
            await log.append(tenant, events)
        if told:
            work.after_commit(self._wake)


def _new(delivery: Delivery) -> NewEvent:
    envelope = delivery.envelope
    data = envelope.data.model_dump_json(exclude_none=True)
    return NewEvent(envelope.id, envelope.type, data, envelope.time, envelope.traceparent)
