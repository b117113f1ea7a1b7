"""The modules the tests are theirs alone, and one house for the whole scripted contact centre."""

import asyncio
import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

pytest.register_assert_rewrite("centre")

from centre.stage import Stage
from local_house import command


@pytest.fixture(scope="session")
def centre_state(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A house that runs already may be named, which is quicker while scenarios are being written."""
    running = os.environ.get("CENTRE_STATE")
    if running:
        yield Path(running)
        return
    state = tmp_path_factory.mktemp("centre") / "state"
    asyncio.run(command(state, "up", "--json"))
    yield state
    asyncio.run(command(state, "down", "--wipe"))


@pytest.fixture(scope="session")
def stage(request: pytest.FixtureRequest, centre_state: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Plays what was collected, all of it at once."""
    stage = Stage(centre_state, tmp_path_factory.mktemp("tenants"))
    called = [getattr(item, "callspec", None) for item in request.session.items]
    stage.play([call.params["scenario"] for call in called if call is not None and "scenario" in call.params])
    yield stage
    stage.close()
