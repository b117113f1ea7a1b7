"""A short selection of the drills; `make drill` runs them all, and longer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).parent
CHOSEN = ("kill-services", "crash-committed-before-publish", "lying-ingest")
SECONDS = 240

pytestmark = [pytest.mark.drill, pytest.mark.e2e, pytest.mark.timeout(SECONDS + 30)]


def test_a_killed_house_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    told = tmp_path / "drills.json"
    chosen = [word for name in CHOSEN for word in ("--drill", name)]
    done = subprocess.run(
        [sys.executable, "-m", "drills", "--brief", "--json", str(told), *chosen],
        env=os.environ | {"PYTHONPATH": str(HARNESS)},
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    verdicts = {one["name"]: one for one in json.loads(told.read_text("utf-8"))}
    assert verdicts.keys() == set(CHOSEN)
    assert verdicts.pop("lying-ingest")["lost"] > 0
    for verdict in verdicts.values():
        assert (verdict["lost"], verdict["duplicated"], verdict["double_assigned"], verdict["reordered"]) == (
            0,
            0,
            0,
            0,
        )
        assert verdict["messages"] >= 24
        assert verdict["faults"] >= 2
