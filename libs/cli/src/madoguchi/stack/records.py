"""Pid records that outlive the process that wrote them, and stopping by them without ever hitting a reused pid."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from madoguchi.stack.polling import until


class PidRecord(BaseModel):
    """One started process: `started` tells it from a later process that was given the same pid."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    pid: int
    started: str
    stop_signal: int = int(signal.SIGTERM)


def process_started(pid: int) -> str | None:
    """When a live process started, in the system's own words; None if there is none or it is a zombie."""
    return _from_proc(pid) if sys.platform == "linux" else _from_ps(pid)


def is_running(record: PidRecord) -> bool:
    return process_started(record.pid) == record.started


def send_signal(record: PidRecord, signum: int) -> bool:
    """Signal the recorded process; False when it is gone or its pid belongs to another process now."""
    if sys.platform != "linux":
        return _kill(record, signum)
    try:
        handle = os.pidfd_open(record.pid)
    except ProcessLookupError:
        return False
    try:
        # Checked after the handle is open: from here on the pid cannot be given to another process unnoticed.
        if not is_running(record):
            return False
        signal.pidfd_send_signal(handle, signum)
    except ProcessLookupError:
        return False
    finally:
        os.close(handle)
    return True


async def stop_pids(records: Iterable[PidRecord], *, timeout: float = 15.0) -> list[str]:
    """Stop the recorded processes, last started first, and kill what outlives `timeout` seconds; the names stopped."""
    stopping = [record for record in reversed(list(records)) if send_signal(record, record.stop_signal)]
    await _wait_gone(stopping, timeout)
    killed = [record for record in stopping if send_signal(record, signal.SIGKILL)]
    await _wait_gone(killed, timeout)
    return [record.name for record in stopping]


async def _wait_gone(records: list[PidRecord], timeout: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(timeout):
            await until(lambda: not any(map(is_running, records)))


def _from_proc(pid: int) -> str | None:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # The command's name stands in parentheses and may hold spaces and parentheses itself.
    fields = stat.rpartition(")")[2].split()
    state, start_ticks = fields[0], fields[19]
    return None if state in "ZX" else start_ticks


def _from_ps(pid: int) -> str | None:
    asked = subprocess.run(  # noqa: S603 -- fixed program, the only argument is a number
        ["/bin/ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, started = asked.stdout.strip().partition(" ")
    return started.strip() or None if not state.startswith("Z") else None


def _kill(record: PidRecord, signum: int) -> bool:
    if not is_running(record):
        return False
    try:
        os.kill(record.pid, signum)
    except ProcessLookupError:
        return False
    return True
