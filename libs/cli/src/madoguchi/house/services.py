"""Starting the sandbox, the migrations and the services as processes."""

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from madoguchi.house.names import environment_of
from madoguchi.house.saved import House
from madoguchi.settings import ROOT, inherited_environment
from madoguchi.settings_table import MODULES, OWNERS
from madoguchi.stack import Command, Process, Progress, StackAddresses, StackError, http_ready

READY_SECONDS = 60.0
MIGRATE_SECONDS = 60.0


@dataclass(frozen=True)
class Launcher:
    """What every process of the house needs. Each is handed to `started` before it is waited for."""

    house: House
    addresses: StackAddresses
    secrets: Mapping[str, str]
    state: Path
    stack: str
    detached: bool
    progress: Progress
    started: Callable[[Process], None]
    settings: Mapping[str, str] = field(default_factory=dict)

    async def serve(self, name: str) -> None:
        """Raises StackError with the end of its log when it dies or isn't ready in time, or when another process answers for it."""
        clock = asyncio.get_running_loop().time
        begun = clock()
        self.progress(f"{name}: starting")
        process = Process.spawn(self._command(name, name, ()))
        self.started(process)
        ready = http_ready(self.house.internal_ports.get(name, self.house.ports[name]), pid=process.pid)
        await process.wait_ready(ready, timeout=READY_SECONDS)
        self.progress(f"{name}: ready in {clock() - begun:.1f} s on {self.house.url(name)}")

    async def migrate(self) -> None:
        self.progress("migrations: starting")
        async with asyncio.TaskGroup() as group:
            for owner in OWNERS:
                group.create_task(self._migrate(owner))
        self.progress("migrations: applied")

    async def _migrate(self, owner: str) -> None:
        process = Process.spawn(self._command(f"{owner}-migrate", owner, ("migrate",)))
        try:
            async with asyncio.timeout(MIGRATE_SECONDS):
                status = await process.wait()
        except TimeoutError:
            raise StackError("migrate_timeout", f"the migrations of {owner} did not end in time") from None
        finally:
            await process.stop()
        if status != 0:
            raise StackError("migrate_failed", f"the migrations of {owner} failed:\n{process.log_tail()}")

    def _command(self, name: str, service: str, arguments: tuple[str, ...]) -> Command:
        process = "migrate" if arguments else name
        own = environment_of(process, self.house, self.addresses, self.secrets, self.state, self.stack)
        return Command(
            name,
            [sys.executable, "-m", MODULES[service], *arguments],
            self.state / "logs" / f"{name}.log",
            env=inherited_environment() | own | dict(self.settings),
            cwd=ROOT,
            die_with_parent=not self.detached,
        )
