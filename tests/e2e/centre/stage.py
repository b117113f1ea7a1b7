"""Scenarios are played side by side, each with a tenant of its own; a test asks how its own one ended."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future
from pathlib import Path
from threading import Thread

from centre.house import Centre, open_centre

Scenario = Callable[[Centre], Awaitable[None]]
AT_ONCE = 12
SECONDS = 150.0


class Stage:
    def __init__(self, state: Path, folder: Path) -> None:
        self.state = state
        self.folder = folder
        self._ends: dict[Scenario, Future[None]] = {}
        self._thread: Thread | None = None

    def play(self, scenarios: Iterable[Scenario]) -> None:
        self._ends = {scenario: Future() for scenario in scenarios}
        self._thread = Thread(target=asyncio.run, args=(self._play(),), name="stage")
        self._thread.start()

    def outcome(self, scenario: Scenario) -> None:
        """Raises what the scenario raised."""
        self._ends[scenario].result(SECONDS)

    def close(self) -> None:
        if self._thread is not None:
            self._thread.join(SECONDS)

    async def _play(self) -> None:
        places = asyncio.Semaphore(AT_ONCE)
        async with open_centre(self.state, self.folder) as centre, asyncio.TaskGroup() as group:
            for scenario, end in self._ends.items():
                group.create_task(_play_one(scenario, end, centre, places))


async def _play_one(scenario: Scenario, end: Future[None], centre: Centre, places: asyncio.Semaphore) -> None:
    """One that fails ends nobody else's."""
    async with places:
        try:
            async with asyncio.timeout(SECONDS):
                await scenario(centre)
        except BaseException as error:
            end.set_exception(error)
            if not isinstance(error, Exception):
                raise
        else:
            end.set_result(None)
