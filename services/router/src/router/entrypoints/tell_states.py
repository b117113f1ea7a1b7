"""SIGUSR2 asks this process for a hash of each group's state, by which two owners of one group can be compared.

On demand only: a large group's hash takes seconds of the loop that decides.
"""

import asyncio
import signal

from router.domain.engine import Engine
from router.handlers.live_groups import LiveGroups
from runtime.logging import get

_log = get("router.states")


class StateTeller:
    def __init__(self, live: LiveGroups) -> None:
        self._live = live

    async def run(self) -> None:
        asked, loop = asyncio.Event(), asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR2, asked.set)
        try:
            while True:
                await asked.wait()
                asked.clear()
                for tenant in self._live.tenants():
                    await self._tell(tenant)
        finally:
            loop.remove_signal_handler(signal.SIGUSR2)

    async def _tell(self, tenant: str) -> None:
        told = await self._live.ask(tenant, _state)
        if told is not None:
            _log.info("state", extra={"tenant": tenant} | told)


def _state(engine: Engine, _: int) -> dict[str, object]:
    state = engine.state
    return {"state_hash": engine.state_hash(), "waiting": len(state.work), "agents": len(state.agents)}
