"""A short selection of the drills, on one house; `make drill` runs them all, and longer."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HARNESS = Path(__file__).parent
CHOSEN = ("crash-committed-before-publish", "crash-sent-before-accepted", "lying-ingest")
SECONDS = 400
"""A bound for a machine that others use too; alone it takes about 80."""

pytestmark = [pytest.mark.integration, pytest.mark.e2e, pytest.mark.timeout(SECONDS + 30)]


def test_a_house_that_crashes_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
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
        wrong = ("lost", "duplicated", "double_assigned", "reordered", "wrong")
        assert {name: verdict[name] for name in wrong} == dict.fromkeys(wrong, 0)
        assert verdict["messages"] >= 24
        assert verdict["replies"] > 0
        assert verdict["faults"] >= 1
