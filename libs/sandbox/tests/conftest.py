import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from runtime.clock import SystemClock
from runtime.testing.clock import ManualClock
from sandbox.app import create_app
from sandbox.server import build_server, listen
from sandbox.settings import SandboxSettings

START = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@asynccontextmanager
async def in_process(clock: ManualClock, **options: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(SandboxSettings(stack="embedded", **options), clock)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8900") as client,
    ):
        yield client


@asynccontextmanager
async def on_loopback(**options: Any) -> AsyncIterator[str]:
    """The sandbox's own server on a free loopback port; yields its URL."""
    settings = SandboxSettings(stack="embedded", port=0, **options)
    sock = listen(settings)
    port = sock.getsockname()[1]
    server = build_server(settings.model_copy(update={"port": port}), SystemClock())
    async with asyncio.TaskGroup() as group:
        group.create_task(server.serve(sockets=[sock]))
        async with asyncio.timeout(10):
            while not server.started:
                await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
    sock.close()


@pytest.fixture
def start_in_process() -> Any:
    return in_process


@pytest.fixture
def start_on_loopback() -> Any:
    return on_loopback


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(START)


@pytest.fixture
async def client(clock: ManualClock) -> AsyncIterator[httpx.AsyncClient]:
    async with in_process(clock) as client:
        yield client
