"""Which events are wanted, as far as this process knows; what it can't know it doesn't pass over."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.config import Queue, TenantConfig, WebhookSubscription
from notifier.adapters.subscriptions import KnownSubscriptions
from notifier.handlers.registry_ports import Learned
from runtime.testing.config import fixed_config

NOW = datetime(2026, 11, 22, tzinfo=UTC)


@dataclass
class Registry:
    """`asked` are the moments since which it was asked for changes."""

    changes: list[Learned] = field(default_factory=list)
    asked: list[datetime] = field(default_factory=list)

    async def changed(self, since: datetime) -> Sequence[Learned]:
        self.asked.append(since)
        return [one for one in self.changes if one.changed_at >= since]


@dataclass
class Seconds:
    now: float = 100.0

    def __call__(self) -> float:
        return self.now


def known(seconds: Seconds) -> KnownSubscriptions:
    crm = WebhookSubscription(id="crm", account="crm-hooks", events=("CaseOpened",))
    off = WebhookSubscription(id="off", account="crm-hooks", events=("CaseResolved",), enabled=False)
    tenant = TenantConfig.model_construct(
        tenant="acme", revision=1, applied_at=NOW, queues=(Queue(id="q"),), webhook_subscriptions=(crm, off)
    )
    return KnownSubscriptions(fixed_config(tenant), seconds)


async def refreshed(subscriptions: KnownSubscriptions, registry: Any) -> None:
    await subscriptions.refresh(registry)


async def test_what_is_older_than_two_seconds_is_not_relied_on() -> None:
    seconds, registry = Seconds(), Registry()
    subscriptions = known(seconds)
    assert subscriptions.wants("WorkQueued")
    await refreshed(subscriptions, registry)
    assert (subscriptions.wants("WorkQueued"), subscriptions.wants("CaseOpened")) == (False, True)
    seconds.now += 1.9
    assert not subscriptions.wants("WorkQueued")
    seconds.now += 0.1
    assert subscriptions.wants("WorkQueued")


async def test_it_reads_once_a_second_what_changed_and_what_may_have_been_committed_late() -> None:
    seconds, registry = Seconds(), Registry([Learned("acme", "a", ("WorkQueued",), NOW)])
    subscriptions = known(seconds)
    for _ in range(3):
        await refreshed(subscriptions, registry)
    assert len(registry.asked) == 1
    assert subscriptions.types("acme") == {"CaseOpened", "WorkQueued"}
    registry.changes.append(Learned("beta", "b", ("routing.events",), NOW - timedelta(minutes=1)))
    seconds.now += 1
    await refreshed(subscriptions, registry)
    assert registry.asked[1] <= NOW - timedelta(minutes=1)
    assert "WorkDone" in subscriptions.types("beta")


async def test_what_was_removed_is_wanted_no_more_and_what_is_configured_stays() -> None:
    seconds, registry = Seconds(), Registry([Learned("acme", "a", ("WorkQueued",), NOW)])
    subscriptions = known(seconds)
    await refreshed(subscriptions, registry)
    registry.changes = [Learned("acme", "a", (), NOW)]
    seconds.now += 1
    await refreshed(subscriptions, registry)
    assert subscriptions.types("acme") == {"CaseOpened"}
    assert set(subscriptions.configured("acme")) == {"crm"}
    subscriptions.learn("acme", "c", ["CaseResolved"])
    assert subscriptions.wants("CaseResolved")
