"""Platform webhooks to the sandbox's receiver, which verifies them as the standard says: rotation, faults, repetition."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest
from pydantic import SecretStr
from sandbox_talk import Talk, talking

from contracts.config import ChannelAccount, Queue, TenantConfig, WebhookSubscription
from notifier.adapters.platform_posts import PlatformPosts
from notifier.adapters.routes import ConfiguredRoutes
from notifier.adapters.sealing import KeyedSealing
from notifier.adapters.secrets import Secrets
from notifier.channels.table import CHANNELS
from notifier.channels.webhook import WEBHOOK
from notifier.domain.quotas import Quotas
from notifier.handlers.platform_ports import LoggedEvent, Subscribed
from runtime.clock import SystemClock
from runtime.rate_limit import LocalBuckets
from runtime.testing.config import fixed_config

OLD, NEW = "whsec_b2xkLW9sZC1vbGQtb2xkLW9sZA==", "whsec_bmV3LW5ldy1uZXctbmV3LW5ldw=="
CRM = Subscribed("crm", ("case.events",), account="crm-hooks")


def event() -> LoggedEvent:
    data = json.dumps({"case_id": str(uuid4()), "text": "返金"}, ensure_ascii=False)
    return LoggedEvent(uuid4(), "MessageAdded", data, datetime.now(UTC), position=1)


@asynccontextmanager
async def posting(*secrets: str) -> AsyncIterator[tuple[PlatformPosts, Talk]]:
    async with talking(WEBHOOK) as talk:
        account = ChannelAccount(
            id="crm-hooks",
            channel="webhook",
            secrets={"signing_secret": tuple(f"env:{n}" for n in range(len(secrets)))},
            options={"url": f"{talk.url}/webhooks/crm"},
        )
        config = TenantConfig(
            tenant="acme",
            revision=1,
            applied_at=datetime.now(UTC),
            default_queue="main",
            queues=(Queue(id="main"),),
            channel_accounts=(account,),
            webhook_subscriptions=(WebhookSubscription(id="crm", account="crm-hooks", events=("case.events",)),),
        )
        resolve: Callable[[str], SecretStr] = lambda ref: SecretStr(secrets[int(ref.removeprefix("env:"))])  # noqa: E731
        routes = ConfiguredRoutes(fixed_config(config), CHANNELS, Quotas(), SystemClock())
        yield (
            PlatformPosts(
                routes, Secrets(resolve, SystemClock()), KeyedSealing(()), talk.http, LocalBuckets(), SystemClock()
            ),
            talk,
        )


async def registered(talk: Talk, *secrets: str) -> None:
    answer = await talk.control.post("/_control/webhooks", json={"name": "crm", "secrets": list(secrets)})
    assert answer.status_code == 200, answer.text


async def shown(talk: Talk) -> list[str]:
    answer = await talk.control.get("/_control/visible", params={"provider": "webhooks"})
    return [one["kind"] for one in answer.json()["items"]]


@pytest.mark.parametrize("known", [OLD, NEW])
async def test_during_a_rotation_a_receiver_with_either_secret_takes_it(known: str) -> None:
    async with posting(NEW, OLD) as (posts, talk):
        await registered(talk, known)
        assert (await posts.post("acme", CRM, event())).code == "accepted"
        assert await shown(talk) == ["MessageAdded"]


async def test_a_repetition_is_seen_once() -> None:
    async with posting(NEW) as (posts, talk):
        await registered(talk, NEW)
        one = event()
        assert [(await posts.post("acme", CRM, one)).code for _ in range(2)] == ["accepted"] * 2
        assert len(await shown(talk)) == 1


async def test_what_is_refused_or_away_is_named() -> None:
    async with posting(OLD) as (posts, talk):
        await registered(talk, NEW)
        assert (await posts.post("acme", CRM, event())).http_status == 401
        gone = replace(CRM, account="nobody")
        assert (await posts.post("acme", gone, event())).code == "channel_broken"
        assert await shown(talk) == []
