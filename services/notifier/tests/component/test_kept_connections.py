"""Connections are used again, for the same place and name only, and there are never too many."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx
from provider_server import Answer, Provider

from notifier.adapters.connections import KeptConnections
from notifier.adapters.http import Doubtful, NotSent, ProviderHttp, open_wire
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from runtime.safe_target import Target


def request(url: str = "/send") -> ProviderRequest:
    return ProviderRequest(url, Method.PUSH, Repeat.SAFE, {}, b"{}")


@asynccontextmanager
async def asking(
    provider: Provider, transport: KeptConnections, read_seconds: float = 30
) -> AsyncIterator[ProviderHttp]:
    async with open_wire(30, read_seconds, transport) as wire:
        yield ProviderHttp(wire, {"line": provider.base}, Target(allow_loopback=True))


async def at_once(http: ProviderHttp, provider: Provider, count: int) -> None:
    """So many requests that are all open at the same moment."""
    answer = asyncio.Event()
    provider.script.extend(Answer(200, {}, wait=answer) for _ in range(count))
    before = len(provider.seen)
    async with asyncio.TaskGroup() as group, asyncio.timeout(30):
        for _ in range(count):
            group.create_task(http.exchange("line", request(), None))
        while len(provider.seen) < before + count:
            await asyncio.sleep(0)
        answer.set()


async def closed_down_to(provider: Provider, left: int) -> None:
    async with asyncio.timeout(30):
        while provider.open > left:
            await asyncio.sleep(0)


async def test_requests_in_sequence_share_a_connection(provider: Provider) -> None:
    async with asking(provider, KeptConnections()) as http:
        for _ in range(5):
            assert isinstance(await http.exchange("line", request(), None), HttpAnswer)
        assert (provider.connections, provider.open) == (1, 1)
    await closed_down_to(provider, 0)


async def test_two_names_at_one_address_share_none(provider: Provider) -> None:
    async with asking(provider, KeptConnections()) as http:
        for host in ("localhost", "127.0.0.1", "localhost", "127.0.0.1"):
            found = await http.exchange("webhook", request(f"http://{host}:{provider.port}/hooks"), None)
            assert isinstance(found, HttpAnswer)
    assert provider.connections == 2


async def test_a_broken_one_is_not_kept(provider: Provider) -> None:
    async with asking(provider, KeptConnections(), read_seconds=0.3) as http:
        for fault in ("half", "reset", "hang"):
            provider.script.append(Answer(200, {}, fault=fault))
            assert isinstance(await http.exchange("line", request(), None), Doubtful)
        assert isinstance(await http.exchange("line", request(), None), HttpAnswer)
    assert provider.connections == 4


async def test_no_more_are_kept_than_may_be(provider: Provider) -> None:
    async with asking(provider, KeptConnections(most_kept=2)) as http:
        await at_once(http, provider, 6)
        assert provider.connections == 6
        await http.exchange("line", request(), None)
        await closed_down_to(provider, 2)
        assert provider.connections == 6
    await closed_down_to(provider, 0)


async def test_while_all_are_busy_nothing_is_sent(provider: Provider) -> None:
    transport = KeptConnections(most=1)
    async with asking(provider, transport, read_seconds=0.2) as http:
        busy = await transport.handle_async_request(httpx.Request("GET", f"{provider.base}/slow"))
        assert isinstance(await http.exchange("line", request(), None), NotSent)
        await busy.aclose()
        assert isinstance(await http.exchange("line", request(), None), HttpAnswer)
    assert [seen.path for seen in provider.seen] == ["/slow", "/send"]
