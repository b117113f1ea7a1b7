"""What a process and its children used: CPU seconds and memory, as the kernel counts them."""

import os
from collections.abc import Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_seconds(pid: int) -> float:
    """Of the process, its threads, its living descendants and those it has waited for."""
    ticks = 0
    for member in _family(pid):
        fields = _stat(member)
        if fields is not None:
            ticks += sum(map(int, fields[11:15]))
    return ticks / _TICKS


def resident_mb(pid: int) -> float:
    fields = _stat(pid)
    return int(fields[21]) * _PAGE / 1e6 if fields is not None else 0.0


def _family(pid: int) -> Iterator[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and (fields := _stat(int(entry.name))) is not None:
            children.setdefault(int(fields[1]), []).append(int(entry.name))
    waiting = [pid]
    while waiting:
        member = waiting.pop()
        yield member
        waiting += children.get(member, [])


def _stat(pid: int) -> list[str] | None:
    """The fields behind the process's name, which may hold spaces; None when it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    except OSError:
        return None
