"""One supervised child process: start it, wait until it is ready, stop it within a bound, tell why it died."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from madoguchi.stack import launcher
from madoguchi.stack.errors import StackError
from madoguchi.stack.polling import POLL_SECONDS, until
from madoguchi.stack.records import PidRecord, process_started, stop_pids

Ready = Callable[[], Awaitable[bool]]
TAIL_LINES = 15
TAIL_BYTES = 16_384


@dataclass(frozen=True, slots=True)
class Command:
    """A program to supervise. `env` replaces the whole environment; None passes the parent's on."""

    name: str
    argv: Sequence[str]
    log: Path
    env: Mapping[str, str] | None = None
    cwd: Path | None = None
    stop_signal: int = int(signal.SIGTERM)
    user: str | None = None
    reach: bool = False
    die_with_parent: bool = True


class Process:
    """A child in its own session. Its output is appended to the command's log file."""

    def __init__(self, command: Command, child: subprocess.Popen[bytes], started: str, log_offset: int) -> None:
        self.command = command
        self._child = child
        self._started = started
        self._log_offset = log_offset

    @classmethod
    def spawn(cls, command: Command) -> "Process":
        """Start it and return at once. With `die_with_parent`, call from the main thread (the kernel watches that)."""
        if command.die_with_parent and threading.current_thread() is not threading.main_thread():
            raise StackError("spawn_thread", f"{command.name} must be started from the main thread")
        command.log.parent.mkdir(parents=True, exist_ok=True)
        with command.log.open("ab") as log:
            offset = log.tell()
            child = _popen(command, log.fileno())
        return cls(command, child, process_started(child.pid) or "", offset)

    @classmethod
    async def start(cls, command: Command, ready: Ready, *, timeout: float = 30.0) -> "Process":
        """Start it and wait until it is ready; stopped again on any failure."""
        process = cls.spawn(command)
        await process.wait_ready(ready, timeout=timeout)
        return process

    @property
    def name(self) -> str:
        return self.command.name

    @property
    def pid(self) -> int:
        return self._child.pid

    @property
    def record(self) -> PidRecord:
        return PidRecord(name=self.name, pid=self.pid, started=self._started, stop_signal=self.command.stop_signal)

    def poll(self) -> int | None:
        """The exit status, negative for a signal; None while it runs."""
        return self._child.poll()

    async def wait(self) -> int:
        await until(lambda: self.poll() is not None)
        return self._child.returncode

    async def wait_ready(self, ready: Ready, *, timeout: float = 30.0) -> None:
        """Poll `ready` until it says yes; StackError with the log's tail when the child dies or the time is up."""
        try:
            async with asyncio.timeout(timeout):
                await self._poll_ready(ready)
        except TimeoutError:
            await self.stop()
            raise StackError("start_timeout", self._story(f"was not ready within {timeout:g} s")) from None
        except BaseException:
            await self.stop()
            raise

    async def stop(self, timeout: float = 15.0) -> int:
        """Signal it, wait, kill it after `timeout` seconds; its exit status."""
        if self.poll() is None:
            await stop_pids([self.record], timeout=timeout)
        return await self.wait()

    def log_tail(self) -> str:
        """The last lines that this run wrote."""
        with self.command.log.open("rb") as log:
            end = log.seek(0, os.SEEK_END)
            log.seek(max(self._log_offset, end - TAIL_BYTES))
            text = log.read().decode("utf-8", errors="replace")
        return "\n".join(text.splitlines()[-TAIL_LINES:])

    async def _poll_ready(self, ready: Ready) -> None:
        while True:
            if (status := self.poll()) is not None:
                raise StackError("died_at_start", self._story(f"ended with status {status} before it was ready"))
            if await ready():
                return
            await asyncio.sleep(POLL_SECONDS)

    def _story(self, what: str) -> str:
        return f"{self.name} {what}; the end of {self.command.log}:\n{self.log_tail() or '(empty)'}"


def _popen(command: Command, log: int) -> subprocess.Popen[bytes]:
    argv = _launch_arguments(command)
    try:
        return subprocess.Popen(  # noqa: S603 -- the programs are the project's own
            argv,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=None if command.env is None else dict(command.env),
            cwd=command.cwd,
            start_new_session=True,
        )
    except OSError as error:
        raise StackError("not_executable", f"{command.name} cannot be run: {argv[0]}: {error.strerror}") from error


def _launch_arguments(command: Command) -> list[str]:
    options: list[str] = []
    if command.user is not None:
        options += ["--user", command.user, *(["--reach"] if command.reach else [])]
    if command.die_with_parent and sys.platform == "linux":
        options += ["--parent", str(os.getpid()), "--signal", str(command.stop_signal)]
    if not options:
        return list(command.argv)
    return [sys.executable, "-I", "-S", launcher.__file__, *options, "--", *command.argv]
