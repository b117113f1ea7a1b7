"""The sandbox on a free loopback port, for tests of those who talk with providers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from runtime.clock import SystemClock
from sandbox.server import build_server, listen
from sandbox.settings import SandboxSettings


@asynccontextmanager
async def on_loopback(**options: Any) -> AsyncIterator[str]:
    """Yields its URL; stopped when left. `options` are those of SandboxSettings."""
    settings = SandboxSettings(stack="embedded", port=0, **options)
    with listen(settings) as sock:
        port = sock.getsockname()[1]
        server = build_server(settings.model_copy(update={"port": port}), SystemClock())
        async with asyncio.TaskGroup() as group:
            group.create_task(server.serve(sockets=[sock]))
            async with asyncio.timeout(60):
                while not server.started:  # noqa: ASYNC110 - uvicorn tells it by a flag alone
                    await asyncio.sleep(0.01)
            try:
                yield f"http://127.0.0.1:{port}"
            finally:
                server.should_exit = True
