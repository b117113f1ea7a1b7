"""Typing and read through the real loop: the queue, the account, HTTP to the miniature provider."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from carrier_values import routes_of
from channel_values import NOW
from pydantic import SecretStr
from sandbox_talk import Talk, talking

from contracts.chat import ChatSignal
from contracts.config import ChannelAccount
from contracts.outbound import SignalRequested
from contracts.values import Address, AddressKind, Author, AuthorKind, ReplyPath
from notifier.adapters.access_tokens import AccessTokens
from notifier.adapters.secrets import Secrets
from notifier.adapters.senders import Senders
from notifier.adapters.signs import ProviderSigns
from notifier.channels.provider import Channel
from notifier.channels.table import CHANNELS
from notifier.domain.account_health import AccountHealth
from notifier.entrypoints.signs import PLACES, Signs
from runtime.rate_limit import LocalBuckets
from runtime.testing.clock import ManualClock

KINDS = {
    "line": AddressKind.LINE_USER,
    "whatsapp": AddressKind.PHONE,
    "messenger": AddressKind.MESSENGER_USER,
    "instagram": AddressKind.INSTAGRAM_USER,
    "telegram": AddressKind.TELEGRAM_CHAT,
    "discord": AddressKind.DISCORD_USER,
    "x": AddressKind.X_USER,
    "wechat": AddressKind.WECHAT_USER,
    "twilio_whatsapp": AddressKind.PHONE,
}
SECRETS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret", "app_secret", "auth_token")
THREAD = {"message_id": "5", "mark_as_read_token": "m", "channel": "9", "business_connection_id": "b"}


def request(channel: str, signal: ChatSignal = ChatSignal.TYPING, **path: Any) -> SignalRequested:
    thread = THREAD | ({"message_id": "SM" + "0a" * 16} if channel == "twilio_whatsapp" else {})
    given: dict[str, Any] = {"conversation_id": UUID(int=3), "channel": channel, "account": "main", "thread": thread}
    address = Address(kind=KINDS[channel], value="U123")
    return SignalRequested(
        case_id=UUID(int=1),
        author=Author(kind=AuthorKind.AGENT, id="sato"),
        signal=signal,
        path=ReplyPath(**(given | {"address": address} | path)),
        requested_at=NOW,
    )


def signs_of(talk: Talk, clock: ManualClock, health: AccountHealth | None = None) -> ProviderSigns:
    channel = talk.channel
    secrets = {name: (f"env:{name}",) for name in (*SECRETS, "bot_token")}
    account = ChannelAccount(
        id="main", channel=talk.name, external_id="123456", secrets=secrets, options={"account_sid": "AC1"}
    )
    channels: dict[str, Channel] = {talk.name: channel}
    routes = routes_of(account, channels, clock)
    senders = Senders(channels, routes, Secrets(lambda name: SecretStr(f"{1}:{name[4:]}"), clock), tokens(talk, clock))
    return ProviderSigns(channels, routes, senders, talk.http, LocalBuckets(), health or AccountHealth(), clock)


def tokens(talk: Talk, clock: ManualClock) -> AccessTokens:
    return AccessTokens(talk.http, clock)


async def asked(talk: Talk) -> list[str]:
    answer = await talk.control.get("/_control/requests", params={"provider": talk.name})
    return [one["path"] for one in answer.json()["items"]]


@asynccontextmanager
async def running(signs: Signs) -> AsyncIterator[None]:
    task = asyncio.create_task(signs.run())
    try:
        yield
    finally:
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("name", sorted(KINDS))
async def test_every_provider_takes_what_we_ask(name: str) -> None:
    async with talking(CHANNELS[name]) as talk:
        signs = signs_of(talk, ManualClock(NOW))
        shown = CHANNELS[name].capability.signs
        assert [await signs.show("acme", request(name, signal)) for signal in shown] == ["accepted"] * len(shown)
        assert await talk.visible() == [], "a sign is no message"


async def test_what_is_late_or_too_often_is_dropped() -> None:
    async with talking(CHANNELS["line"]) as talk:
        clock = ManualClock(NOW)
        signs = signs_of(talk, clock)
        said = [await signs.show("acme", request("line")) for _ in range(2)]
        clock.advance(timedelta(seconds=11))
        said.append(await signs.show("acme", request("line")))
        said.append(await signs.show("acme", request("line", account="elsewhere")))
        assert said == ["accepted", "too_often", "too_late", "too_late"]
        assert len(await asked(talk)) == 1


async def test_a_refused_sign_is_not_asked_again_and_breaks_nothing() -> None:
    async with talking(CHANNELS["line"]) as talk:
        health = AccountHealth()
        signs = signs_of(talk, ManualClock(NOW), health)
        await talk.fault(status=500)
        assert await signs.show("acme", request("line")) == "ambiguous"
        assert await signs.show("acme", request("line", account="elsewhere")) == "not_here"
        assert (len(await asked(talk)), health.paused()) == (1, 0)


async def test_the_loop_shows_what_is_offered_and_survives() -> None:
    shown: list[str] = []
    done = asyncio.Event()

    async def show(tenant: str, wanted: SignalRequested) -> str:
        shown.append(wanted.path.account)
        if wanted.path.account == "bad":
            raise RuntimeError("unforeseen")
        if wanted.path.account == "last":
            done.set()
        return "accepted"

    signs = Signs({"line"}.__contains__, show)
    for account in ("first", "bad", "last"):
        signs.offer("acme", request("line", account=account))
    signs.offer("acme", request("whatsapp", account="never"))
    async with running(signs):
        await asyncio.wait_for(done.wait(), 30)
    assert shown == ["first", "bad", "last"]


async def test_a_full_queue_drops_and_never_waits() -> None:
    shown: list[str] = []

    async def show(tenant: str, wanted: SignalRequested) -> str:
        shown.append(wanted.path.account)
        return "accepted"

    signs = Signs({"line"}.__contains__, show)
    for number in range(PLACES + 5):
        signs.offer("acme", request("line", account=str(number)))
    async with running(signs):
        async with asyncio.timeout(30):
            while len(shown) < PLACES:
                await asyncio.sleep(0)
    assert shown[-1] == str(PLACES - 1)
