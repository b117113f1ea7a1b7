"""How far can a request have come? On real sockets."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from provider_server import Answer, Provider

from notifier.adapters.http import Doubtful, NotSent, ProviderHttp, Unsafe, open_wire
from notifier.adapters.loopback_only import LoopbackOnly
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from runtime.safe_target import Target


def request(url: str = "/send") -> ProviderRequest:
    return ProviderRequest(url, Method.PUSH, Repeat.SAFE, {"Content-Type": "application/json"}, b'{"a":1}')


@asynccontextmanager
async def asking(
    base: str, connect_seconds: float = 30, read_seconds: float = 30, loopback: bool = True
) -> AsyncIterator[ProviderHttp]:
    """Patient unless told otherwise: a host that stands still for a moment is no fault of a provider."""
    async with open_wire(connect_seconds, read_seconds, LoopbackOnly()) as wire:
        yield ProviderHttp(wire, {"line": base}, Target(allow_loopback=loopback))


@pytest.fixture
async def http(provider: Provider) -> AsyncIterator[ProviderHttp]:
    async with asking(provider.base) as http:
        yield http


async def test_an_answer_comes_back_whole(http: ProviderHttp, provider: Provider) -> None:
    provider.script.append(Answer(429, {"m": 1}, {"Retry-After": "3"}))
    found = await http.exchange("line", request(), "00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    assert isinstance(found, HttpAnswer)
    assert (found.status, found.headers["retry-after"], found.json()) == (429, "3", {"m": 1})
    (seen,) = provider.seen
    assert (seen.method, seen.path, seen.body) == ("POST", "/send", b'{"a":1}')
    assert seen.headers["traceparent"].startswith("00-aaaa")
    assert seen.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("fault", ["reset", "close", "hang", "half"])
async def test_silence_after_the_body_is_doubt(provider: Provider, fault: str) -> None:
    provider.script.append(Answer(200, {"sentMessages": []}, fault=fault))
    async with asking(provider.base, read_seconds=0.3) as http:
        assert isinstance(await http.exchange("line", request(), None), Doubtful)
    async with asyncio.timeout(30):
        await provider.arrived.wait()
    assert len(provider.seen) == 1


async def test_a_refused_connection_sent_nothing(provider: Provider) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        async with asking(f"http://127.0.0.1:{port}") as http:
            assert isinstance(await http.exchange("line", request(), None), NotSent)


async def test_a_tls_handshake_with_a_plain_server_sent_nothing(provider: Provider) -> None:
    async with asking(f"https://127.0.0.1:{provider.port}", connect_seconds=0.5) as http:
        assert isinstance(await http.exchange("line", request(), None), NotSent)
    assert provider.seen == []


async def test_redirects_are_not_followed(http: ProviderHttp, provider: Provider) -> None:
    provider.script.append(Answer(302, None, {"Location": "/elsewhere"}))
    found = await http.exchange("line", request(), None)
    assert isinstance(found, HttpAnswer)
    assert found.status == 302
    assert len(provider.seen) == 1


async def test_an_endless_answer_is_cut_off(http: ProviderHttp, provider: Provider) -> None:
    provider.script.append(Answer(200, "x" * 1_000_000))
    found = await http.exchange("line", request(), None)
    assert isinstance(found, HttpAnswer)
    assert len(found.body) == 64 * 1024


async def test_a_dead_keep_alive_connection_is_noticed(http: ProviderHttp, provider: Provider) -> None:
    for _ in range(3):
        provider.script.append(Answer(200, {}, fault=None))
        provider.script.append(Answer(fault="close"))
        assert isinstance(await http.exchange("line", request(), None), HttpAnswer)
        assert isinstance(await http.exchange("line", request(), None), Doubtful)


async def test_a_webhook_goes_to_the_checked_address_under_its_own_name(http: ProviderHttp, provider: Provider) -> None:
    found = await http.exchange("webhook", request(f"http://localhost:{provider.port}/hooks"), None)
    assert isinstance(found, HttpAnswer)
    assert provider.seen[0].headers["host"] == f"localhost:{provider.port}"


async def test_a_webhook_into_the_house_is_refused(provider: Provider) -> None:
    async with asking("", loopback=False) as http:
        assert isinstance(await http.exchange("webhook", request(f"{provider.base}/hooks"), None), Unsafe)
    assert provider.seen == []


async def test_tests_cannot_leave_this_machine() -> None:
    async with asking("https://api.line.me") as http:
        with pytest.raises(AssertionError, match=r"api\.line\.me"):
            await http.exchange("line", request(), None)
