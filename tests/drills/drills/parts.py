"""A process under a nemesis: killed, frozen, thawed, stopped politely, started again from the same command."""

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from madoguchi.stack import Command, Process, Ready, StackError

READY_SECONDS = 150.0
STARTS = 4


class Part:
    """One dependency or one member of a service. `started` is when its present life began, by the loop's clock."""

    def __init__(self, command: Command, ready: Ready) -> None:
        self.command = command
        self._ready = ready
        self._process: Process | None = None

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def status(self) -> int | None:
        """The exit status of its last life; None while it runs."""
        return self._process.poll() if self._process else -1

    @property
    def pid(self) -> int | None:
        return self._process.pid if self.running and self._process else None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    async def start(self, command: Command | None = None) -> None:
        """Once more from its own command, or in another guise for one life. What ends by itself meanwhile, because something
        it needs isn't there, is started again, as a platform does; what was killed is not."""
        for left in reversed(range(STARTS)):
            self._process = Process.spawn(command or self.command)
            try:
                await self._process.wait_ready(self._ready, timeout=READY_SECONDS)
                return
            except StackError:
                if not left or self.status != 1:
                    raise

    async def ready(self) -> None:
        """Once more, after what may have hurt it."""
        if self._process is not None:
            await self._process.wait_ready(self._ready, timeout=READY_SECONDS)

    async def kill(self) -> None:
        """All of it at once, as when the machine's power goes: a database's own children would notice and tidy up."""
        self._signal(signal.SIGKILL)
        if self._process is not None:
            await self._process.wait()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    async def stop(self, timeout: float = 40.0) -> int:
        if self._process is None:
            return 0
        self.thaw()
        return await self._process.stop(timeout)

    async def ended(self, within: float) -> int | None:
        """The exit status, once it has ended by itself; None if it has not in time."""
        if self._process is None:
            return None
        with suppress(TimeoutError):
            async with asyncio.timeout(within):
                return await self._process.wait()
        return None

    def disguised(self, argv: list[str], **env: str) -> Command:
        return replace(self.command, argv=argv, env={**(self.command.env or os.environ), **env})

    def _signal(self, number: signal.Signals) -> None:
        if not self.running or self._process is None:
            return
        for pid in (self._process.pid, *descendants(self._process.pid)):
            with suppress(ProcessLookupError):
                os.kill(pid, number)


def descendants(pid: int) -> Iterator[int]:
    """By the kernel's own list: a database's backends lead sessions of their own."""
    with suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text("utf-8").split():
                yield int(child)
                yield from descendants(int(child))
