"""A process of ours that answers lines on its standard input with a line of JSON each."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
_LINE_BYTES = 256 * 1024 * 1024
Ask = Callable[[str], Awaitable[Any]]


@asynccontextmanager
async def asked(script: str, *arguments: str, first: str | None = None) -> AsyncIterator[Ask]:
    """Once it said that it is ready; killed at the end. `first` goes before, such as a secret that belongs in no argument."""
    pipe = asyncio.subprocess.PIPE
    command = [sys.executable, str(HERE / script), *arguments]
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=_LINE_BYTES)
    assert process.stdin is not None
    assert process.stdout is not None
    told, asking = process.stdout, process.stdin

    async def ask(what: str) -> Any:
        asking.write(f"{what}\n".encode())
        line = await told.readline()
        if not line:
            raise RuntimeError(f"{script} died")
        return json.loads(line)

    try:
        if first is not None:
            asking.write(f"{first}\n".encode())
        if await told.readline() != b"ready\n":
            raise RuntimeError(f"{script} did not start")
        yield ask
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
