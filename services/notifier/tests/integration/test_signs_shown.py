"""Typing, from the topic to the provider: heard, offered after the commit, shown by the loop; no delivery comes of it."""

import asyncio
from datetime import UTC, datetime
from uuid import uuid4

import house as made
import pytest
from house import House

from contracts.chat import ChatSignal
from contracts.outbound import SignalRequested
from contracts.values import Author, AuthorKind, ReplyPath

pytestmark = pytest.mark.integration


def typing(path: ReplyPath) -> SignalRequested:
    author = Author(kind=AuthorKind.AGENT, id="sato")
    now = datetime.now(UTC)
    return SignalRequested(case_id=uuid4(), author=author, signal=ChatSignal.TYPING, path=path, requested_at=now)


async def test_typing_reaches_the_provider_beside_the_messages(house: House) -> None:
    await house.hear(typing(made.line()), typing(made.webhook()))
    running = asyncio.create_task(house.notifier.signs.run())
    async with asyncio.timeout(10):
        await house.provider.arrived.wait()
    await house.stop(running)
    (seen,) = house.provider.seen
    assert (seen.path, seen.json) == ("/line/v2/bot/chat/loading/start", {"chatId": "U1", "loadingSeconds": 20})
    assert await house.value("SELECT count(*) FROM delivery") == 0
    assert house.told() == []
