"""A disk that is full, a disk that can't keep what it took: the kernel's own answers, changed by strace for a while."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from drills.nemesis import Fault, NotHere, Scene
from drills.parts import Part, descendants

ATTACHED_WITHIN = 20.0


def postgres_disk(calls: str, error: str, seconds: float, replaced: bool = False) -> Fault:
    """`calls` of every Postgres process fail with `error`. What ends of it is started again, as a platform does; with
    `replaced`, a person gives the database another disk and starts it.
    """

    async def fail(scene: Scene) -> None:
        await scene.pause(2.0, 3.0)
        part, log = scene.house.parts["postgres"], scene.house.state / "strace.log"
        async with _failing(part, calls, error, log):
            await asyncio.sleep(seconds)
        struck = log.read_text("utf-8", errors="replace").count("(INJECTED)")
        scene.count(struck)
        if not struck:
            scene.complaints.append(f"void: nothing was told {error}")
        if replaced:
            await part.kill()
        if await part.ended(1.0) is not None:
            await part.start()
        await part.ready()

    return fail


@asynccontextmanager
async def _failing(part: Part, calls: str, error: str, log: Path) -> AsyncIterator[None]:
    program = shutil.which("strace")
    if program is None or part.pid is None:
        raise NotHere("strace is not installed")
    pids = [word for pid in (part.pid, *descendants(part.pid)) for word in ("-p", str(pid))]
    argv = [program, "-f", "-qq", "-o", str(log), "-e", f"trace={calls}", "-e", f"inject={calls}:error={error}", *pids]
    tracer = await asyncio.create_subprocess_exec(*argv, stderr=asyncio.subprocess.PIPE)
    try:
        await _attached(tracer, part.pid)
        yield
    finally:
        if tracer.returncode is None:
            tracer.terminate()
        await tracer.wait()


async def _attached(tracer: asyncio.subprocess.Process, pid: int) -> None:
    async with asyncio.timeout(ATTACHED_WITHIN):
        while f"TracerPid:\t{tracer.pid}" not in Path(f"/proc/{pid}/status").read_text("utf-8"):
            if tracer.returncode is not None:
                said = await tracer.stderr.read() if tracer.stderr else b""
                raise NotHere(f"strace may not look at Postgres: {said.decode(errors='replace').strip()[-200:]}")
            await asyncio.sleep(0.05)
