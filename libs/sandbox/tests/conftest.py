from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from runtime.testing.clock import ManualClock
from sandbox.app import create_app
from sandbox.settings import SandboxSettings
from sandbox.testing import on_loopback

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
