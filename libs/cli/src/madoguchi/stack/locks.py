"""Filling a cache folder once, whole or not at all, with concurrent starters waiting for each other."""

import fcntl
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from madoguchi.stack.polling import until

POLL_SECONDS = 0.2


async def fill_once(folder: Path, fill: Callable[[Path], Awaitable[None]]) -> None:
    """Have `fill` make `folder` under another name and rename it; nothing to do when it is there."""
    if _is_there(folder):
        return
    async with _locked(folder.with_name(f".{folder.name}.lock")):
        if _is_there(folder):
            return
        partial = _empty(folder.with_name(f".{folder.name}.partial"))
        await fill(partial)
        partial.rename(folder)


def _is_there(folder: Path) -> bool:
    folder.parent.mkdir(parents=True, exist_ok=True)
    return folder.is_dir()


def _empty(folder: Path) -> Path:
    # What is in it was left by a starter that was killed: the lock is ours, so nobody is filling it.
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    return folder


@asynccontextmanager
async def _locked(path: Path) -> AsyncIterator[None]:
    with path.open("w", encoding="utf-8") as handle:
        await until(lambda: _try_lock(handle.fileno()), every=POLL_SECONDS)
        yield


def _try_lock(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
