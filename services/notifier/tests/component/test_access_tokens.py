"""A channel whose requests carry a fetched access token, on real sockets: held, renewed, asked for once, and once more after a refusal."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from carrier_values import carrier_of, delivery_of
from channel_values import NOW, PHONE
from provider_server import Answer, Provider, Seen

from contracts.config import ChannelAccount
from contracts.values import ReplyPath
from notifier.adapters.access_tokens import AccessTokens
from notifier.adapters.carrier import ProviderCarrier
from notifier.adapters.http import ProviderHttp, open_wire
from notifier.adapters.loopback_only import LoopbackOnly
from notifier.channels.provider import (
    AccessToken,
    Channel,
    Grant,
    HttpAnswer,
    Outgoing,
    ProviderRequest,
    Sender,
    json_headers,
    token_expired,
)
from notifier.domain.capability import Bucket, Capability
from notifier.domain.choose_path import Method, Way
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome
from notifier.handlers.ports import Carried, Delivery
from runtime.safe_target import Target
from runtime.testing.clock import ManualClock

KEY = ("acme", "chat", "main")
WAY = Way(0, Method.PUSH)


def _ask(sender: Sender, now: datetime) -> ProviderRequest:
    return ProviderRequest("/token", Method.PUSH, Repeat.SAFE, {}, sender.id.encode())


def _read(answer: HttpAnswer, now: datetime) -> AccessToken | Outcome:
    if answer.status != 200:
        return Outcome(Kind.CHANNEL_BROKEN, "no token for us", http_status=answer.status)
    return AccessToken(answer.json()["token"], now + timedelta(hours=1))


def _render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...]:
    headers = json_headers(sender.secret("access_token") or "")
    return tuple(
        ProviderRequest("/send", Method.PUSH, Repeat.SAFE, headers, part.encode())
        for part in (message.content.text or "").split()
    )


def _classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
    return token_expired("too old", 401) if answer.status == 401 else Outcome(Kind.ACCEPTED, ids=(answer.json()["id"],))


GRANT = Grant(_ask, _read)
CHAT = Channel(
    Capability(
        "chat", "-", (Method.PUSH,), ("text",), "-", "-", "-", {Method.PUSH: Repeat.SAFE}, Bucket(99, 99), None, False
    ),
    frozenset(),
    _render,
    _classify,
    GRANT,
)
SENDER = Sender("main", None, {}, {})


@pytest.fixture
async def http(provider: Provider) -> AsyncIterator[ProviderHttp]:
    async with open_wire(30, 30, LoopbackOnly()) as wire:
        yield ProviderHttp(wire, {"chat": provider.base, "chat-token": provider.base}, Target(allow_loopback=True))


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


async def test_a_token_is_asked_for_once_and_again_before_its_end(
    http: ProviderHttp, provider: Provider, clock: ManualClock
) -> None:
    provider.script += [Answer(200, {"token": "one"}), Answer(200, {"token": "two"})]
    tokens = AccessTokens(http, clock)
    async with asyncio.TaskGroup() as group:
        asking = [group.create_task(tokens.token(KEY, GRANT, SENDER)) for _ in range(5)]
    assert {task.result() for task in asking} == {AccessToken("one", NOW + timedelta(hours=1))}
    assert len(provider.seen) == 1
    clock.advance(timedelta(minutes=58))
    renewed = await tokens.token(KEY, GRANT, SENDER)
    assert isinstance(renewed, AccessToken)
    assert renewed.value == "two"


async def test_a_refusal_and_silence_are_told_and_not_held(
    http: ProviderHttp, provider: Provider, clock: ManualClock
) -> None:
    provider.script += [Answer(403), Answer(fault="close"), Answer(200, {"token": "one"})]
    tokens = AccessTokens(http, clock)
    outcomes = [await tokens.token(KEY, GRANT, SENDER) for _ in range(3)]
    assert [one.kind for one in outcomes if isinstance(one, Outcome)] == [Kind.CHANNEL_BROKEN, Kind.TRANSIENT]
    assert isinstance(outcomes[2], AccessToken)


async def test_a_request_refused_for_its_token_goes_once_more_from_that_part_on(
    http: ProviderHttp, provider: Provider, clock: ManualClock
) -> None:
    given, sent = iter(("old", "new")), iter(range(1, 9))

    def answer(seen: Seen) -> Answer:
        if seen.path == "/token":
            return Answer(200, {"token": next(given)})
        refused = seen.body == b"two" and seen.headers["authorization"] == "Bearer old"
        return Answer(401) if refused else Answer(200, {"id": f"m{next(sent)}"})

    provider.script += [answer] * 5
    carried = await _carrier(http, clock).carry(_delivery("one two"), WAY, _saved)
    assert isinstance(carried, Carried)
    assert (carried.outcome.kind, carried.parts_done, carried.ids) == (Kind.ACCEPTED, 2, ("m1", "m2"))
    bodies = [(one.path, one.body) for one in provider.seen]
    assert bodies == [
        ("/token", b"main"),
        ("/send", b"one"),
        ("/send", b"two"),
        ("/token", b"main"),
        ("/send", b"two"),
    ]


async def test_a_chat_that_has_moved_is_followed_once(
    http: ProviderHttp, provider: Provider, clock: ManualClock
) -> None:
    def classify(request: ProviderRequest, answer: HttpAnswer, now: datetime) -> Outcome:
        if answer.status == 400:
            return Outcome(Kind.RECIPIENT_GONE, "moved", moved={"chat_id": "new"})
        return Outcome(Kind.ACCEPTED, ids=("m1",))

    def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...]:
        return (ProviderRequest("/send", Method.PUSH, Repeat.SAFE, {}, message.thread.get("chat_id", "old").encode()),)

    chat = replace(CHAT, render=render, classify=classify, grant=None)
    provider.script += [Answer(400), Answer(200), Answer(400), Answer(400)]
    carrier = _carrier(http, clock, chat)
    arrived, lost = [await carrier.carry(_delivery("words"), WAY, _saved) for _ in range(2)]
    assert isinstance(arrived, Carried)
    assert isinstance(lost, Carried)
    assert (arrived.outcome.code, arrived.ids, lost.outcome.code) == ("accepted", ("m1",), "recipient_gone")
    assert [one.body for one in provider.seen] == [b"old", b"new", b"old", b"new"]


async def _saved(parts: int, ids: tuple[str, ...], method: Method) -> bool:
    return True


def _carrier(http: ProviderHttp, clock: ManualClock, chat: Channel = CHAT) -> ProviderCarrier:
    account = ChannelAccount(id="main", channel="chat")
    return carrier_of(account, {"chat": chat}, http, clock, lambda reference: pytest.fail(f"asked for {reference}"))


def _delivery(words: str) -> Delivery:
    path = ReplyPath(conversation_id=UUID(int=3), channel="chat", account="main", address=PHONE)
    return delivery_of(path, words, chosen=WAY)
