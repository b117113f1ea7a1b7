"""`madoguchi demo`, as a person runs it."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from processes import started_below

ROOT = Path(__file__).resolve().parents[2]
DEMO_SECONDS = 240
FIELDS = {"inbound", "cases", "replies_delivered", "lost", "duplicated", "traces_complete"}

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(DEMO_SECONDS + 30)]


def environment(scratch: Path) -> dict[str, str]:
    return dict(os.environ) | {"TMPDIR": str(scratch), "PYTHONWARNINGS": "default"}


def test_the_story_holds_and_nothing_is_left(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "madoguchi", "demo"],
        cwd=ROOT,
        env=environment(tmp_path),
        capture_output=True,
        text=True,
        timeout=DEMO_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    verdict = json.loads(done.stdout.splitlines()[-1])
    assert set(verdict) == FIELDS
    assert verdict == {
        "inbound": 3,
        "cases": 2,
        "replies_delivered": 3,
        "lost": 0,
        "duplicated": 0,
        "traces_complete": 3,
    }
    assert "refunds, by rule refund-ja" in done.stdout
    assert started_below(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_demo_leaves_nothing(tmp_path: Path) -> None:
    demo = subprocess.Popen(
        [sys.executable, "-m", "madoguchi", "demo"],
        cwd=ROOT,
        env=environment(tmp_path),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(
            signal.SIGINT, signal.SIG_DFL
        ),  # whoever runs this in the background ignores it
    )
    assert demo.stderr is not None
    for line in demo.stderr:
        if "topics:" in line:
            break
    assert started_below(tmp_path) != []
    demo.send_signal(signal.SIGINT)
    _, told = demo.communicate(timeout=60)
    assert demo.returncode == 130, told
    assert "Traceback" not in told
    assert started_below(tmp_path) == []
    assert list(tmp_path.iterdir()) == []
