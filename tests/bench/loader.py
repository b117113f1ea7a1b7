"""Runs the load generator as a process."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path

from load import Job, Outcome

_GENERATOR = Path(__file__).with_name("load.py")
_LINE_BYTES = 256 * 1024 * 1024


class Loader:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def go(self) -> Outcome:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(b"go\n")
        await self._process.stdin.drain()
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("the load generator died")
        return Outcome(**json.loads(line))


@asynccontextmanager
async def loader(job: Job) -> AsyncIterator[Loader]:
    """Connected, with every request signed beforehand: `go` only sends."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(_GENERATOR),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=_LINE_BYTES,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(json.dumps(asdict(job)).encode() + b"\n")
        await process.stdin.drain()
        if await process.stdout.readline() != b"ready\n":
            raise RuntimeError("the load generator did not start")
        yield Loader(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
