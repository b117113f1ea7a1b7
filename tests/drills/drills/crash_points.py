"""Members that die at a named point, seen to have died there, and started again."""

import asyncio
import signal
import sys

from drills.crashing import POINTS
from drills.house import HARNESS
from drills.nemesis import Fault, Scene
from drills.parts import Part
from madoguchi.settings_table import MODULES

DIES_WITHIN = 45.0


def crash_at(point: str) -> Fault:
    async def crash(scene: Scene) -> None:
        service = POINTS[point].service
        async with asyncio.TaskGroup() as group:
            for part in scene.house.members[service]:
                group.create_task(_crash(scene, part, point, service))

    return crash


async def _crash(scene: Scene, part: Part, point: str, service: str) -> None:
    await part.stop()
    nth = scene.rng.randint(2, 6)
    argv = [sys.executable, "-m", "drills.crashing", point, str(nth), MODULES[service]]
    disguised = part.disguised(argv, PYTHONPATH=str(HARNESS))
    try:
        await part.start(disguised)
    except Exception:
        if part.status != -signal.SIGKILL:
            raise
    status = await part.ended(DIES_WITHIN)
    if status == -signal.SIGKILL:
        scene.count()
    else:
        scene.complaints.append(f"void: {part.name} never died at {point} (status {status})")
        await part.stop()
    await part.start()
