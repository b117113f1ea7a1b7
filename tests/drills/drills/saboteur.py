"""A drill of the drills: members that lie. Its verdict is ok when the loss was noticed."""

import sys

from drills.house import HARNESS
from drills.nemesis import Scene
from madoguchi.settings_table import MODULES


async def lying_ingest(scene: Scene) -> None:
    for part in scene.house.members["ingest"]:
        scene.count()
        await part.stop()
        argv = [sys.executable, "-m", "drills.sabotage", MODULES["ingest"]]
        await part.start(part.disguised(argv, PYTHONPATH=str(HARNESS)))
    await scene.pause(3.0, 4.0)
    for part in scene.house.members["ingest"]:
        await part.stop()
        await part.start()
