"""Wall clocks that jump, each process's on its own: a small library before libc adds what a file says."""

import asyncio
import shutil
import struct
import tempfile
from collections.abc import Mapping
from pathlib import Path

from drills.house import MEMBERS
from drills.nemesis import SERVICES, NotHere, Scene
from drills.parts import Part
from madoguchi.stack import Command

FORWARD, BACK = 600.0, 20.0
SOURCE = Path(__file__).with_name("skew.c")


async def clock_jumps(scene: Scene) -> None:
    """Members of services jump minutes ahead and seconds back, the database some seconds either way; in the end all agree again."""
    folder = Path(tempfile.mkdtemp(prefix="madoguchi-clocks-"))
    folder.chmod(0o755)  # the database runs as another user
    services = [part for service in SERVICES for part in scene.house.members[service]]
    database = scene.house.parts["postgres"]
    try:
        library = await build_library(folder)
        await database.stop()
        await database.start(_moved(database, library, folder))
        await _all_again(services, {part.name: _moved(part, library, folder) for part in services})
        for _ in range(8):
            part = scene.rng.choice([*services, database, database])
            most = BACK if part is database else FORWARD
            _set(folder, part, scene.rng.uniform(-BACK, most))
            scene.count()
            await scene.pause(0.8, 1.6)
        for part in (*services, database):
            _set(folder, part, 0.0)
        await _all_again(services, {})
        await database.stop()
        await database.start()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def build_library(folder: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None:
        raise NotHere("no C compiler is installed")
    library = folder / "skew.so"
    done = await asyncio.create_subprocess_exec(compiler, "-shared", "-fPIC", "-O2", "-o", library, SOURCE, "-ldl")
    if await done.wait() != 0:
        raise NotHere("the C compiler can't build a library")
    return library


def _moved(part: Part, library: Path, folder: Path) -> Command:
    _set(folder, part, 0.0)
    return part.disguised(
        list(part.command.argv), LD_PRELOAD=str(library), MADOGUCHI_DRILL_CLOCK=str(_clock(folder, part))
    )


def _set(folder: Path, part: Part, seconds: float) -> None:
    """In place: the process looks at the file's own memory."""
    clock = _clock(folder, part)
    if not clock.exists():
        clock.write_bytes(bytes(8))
        clock.chmod(0o644)
    with clock.open("r+b") as file:
        file.write(struct.pack("=q", int(seconds * 1e9)))


def _clock(folder: Path, part: Part) -> Path:
    return folder / part.name.replace("/", "-")


async def _all_again(parts: list[Part], commands: Mapping[str, Command]) -> None:
    """One member of every service at a time, so that the other one is at work."""
    for number in range(MEMBERS):
        async with asyncio.TaskGroup() as group:
            for part in parts:
                if part.name.endswith(f"/{number}"):
                    group.create_task(_again(part, commands.get(part.name)))


async def _again(part: Part, command: Command | None) -> None:
    await part.stop()
    await part.start(command)
