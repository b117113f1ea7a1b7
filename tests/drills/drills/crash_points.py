"""Members that die at a named point, are seen to have died there, and are started again."""

import asyncio
import signal
import sys

from drills.crashing import POINTS
from drills.house import HARNESS
from drills.nemesis import Fault, Scene
from drills.parts import Part
from madoguchi.settings_table import MODULES
from madoguchi.stack import StackError

DIES_WITHIN = 20.0


def crash_at(point: str) -> Fault:
    async def crash(scene: Scene) -> None:
        service, members = POINTS[point].service, scene.house.members[POINTS[point].service]
        async with asyncio.TaskGroup() as group:
            deaths = [group.create_task(_crash(scene, part, point, service)) for part in members]
        if not any(death.result() for death in deaths):
            scene.complaints.append(f"void: no member of {service} came to {point}")

    return crash


async def _crash(scene: Scene, part: Part, point: str, service: str) -> bool:
    """Whether it died there: a member that owns no busy partition never comes to the point."""
    await part.stop()
    nth = scene.rng.randint(2, 6)
    argv = [sys.executable, "-m", "drills.crashing", point, str(nth), MODULES[service]]
    disguised = part.disguised(argv, PYTHONPATH=str(HARNESS))
    try:
        await part.start(disguised)
    except StackError:
        if part.status != -signal.SIGKILL:
            raise
    died = await part.ended(DIES_WITHIN) == -signal.SIGKILL
    scene.count(died)
    if not died:
        await part.stop()
    await part.start()
    return died
