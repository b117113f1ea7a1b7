"""Networks that are slow, silent one way, cut: for all members, or for one of two."""

import asyncio

from drills.dependencies import NAMES
from drills.house import MEMBERS, SESSION_SECONDS
from drills.nemesis import Scene
from drills.observe import takeovers
from drills.proxy import Mode


async def networks(scene: Scene) -> None:
    """Slow, silent one way, silent the other, cut: before the database, the broker and the cache."""
    modes = ((Mode.PASS, 0.05), (Mode.SILENT_TO_US, 0.0), (Mode.SILENT_FROM_US, 0.0), (Mode.CUT, 0.0))
    for name in scene.rng.sample(NAMES, len(NAMES)):
        for mode, delay in modes:
            scene.count()
            scene.house.set_network(name, mode, delay)
            await scene.pause(1.0, 3.0)
            scene.house.set_network(name, Mode.PASS)
            await scene.pause(0.3, 1.0)


async def split(scene: Scene) -> None:
    """One member of every service loses the broker for longer than its session, then the database; the other one sees both."""
    for name in ("kafka", "postgres"):
        await scene.pause(1.0, 2.0)
        before, member = await takeovers(scene.house, "case-store"), scene.rng.randrange(MEMBERS)
        scene.count()
        scene.house.set_network(name, Mode.SILENT, member=member)
        await asyncio.sleep(SESSION_SECONDS + 5)
        if name == "kafka" and await takeovers(scene.house, "case-store") == before:
            scene.complaints.append(f"void: nobody took over while member {member} saw no broker")
        scene.house.set_network(name, Mode.PASS)
        await scene.pause(2.0, 3.0)
