"""Whose figures stand where: those of this checkout for scripts, the latest of every bench for the page."""

import json
import subprocess
from pathlib import Path
from typing import Any

import figures
import pytest

PLACE = {"cpu": "a machine", "cores": 2}


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, place in (("KEPT", "docs/benchmarks.json"), ("RESULTS", "build/bench.json")):
        monkeypatch.setattr(figures, name, tmp_path / place)
    monkeypatch.setattr(figures, "ROOT", tmp_path)
    (tmp_path / "docs").mkdir()
    return tmp_path


def read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def test_another_checkout_s_figures_stay_on_the_page_and_are_none_of_the_scripts(checkout: Path) -> None:
    theirs = {"engine": {"flat": {"engine_decisions_per_s": 99}, "figures": {}}}
    (checkout / "docs" / "benchmarks.json").write_text(json.dumps(theirs), "utf-8")
    figures.save("ingest", {"ingest_ratio": 0.4}, {}, "Kafka", PLACE)
    figures.save("timers", {"timers_armed": 7}, {}, "Kafka", PLACE)
    figures.save("timers", {"timers_armed": 8}, {}, "Kafka", PLACE)
    told = read(checkout / "build" / "bench.json")
    benches = told.pop("benches")
    assert told == {"ingest_ratio": 0.4, "timers_armed": 8}
    assert benches["ingest"]["machine"] == PLACE
    assert read(checkout / "docs" / "benchmarks.json").keys() == {"engine", "ingest", "timers"}


def test_a_commit_is_marked_when_code_differs_and_not_for_the_pages_written_here(checkout: Path) -> None:
    assert figures.commit() == "unknown"
    (checkout / "code.py").write_text("1\n", "utf-8")
    (checkout / "docs" / "page.md").write_text("1\n", "utf-8")
    git = ["git", "-C", str(checkout), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for step in (["init", "-q"], ["add", "."], ["commit", "-qm", "a"]):
        subprocess.run([*git, *step], check=True)
    (checkout / "docs" / "page.md").write_text("2\n", "utf-8")
    assert not figures.commit().endswith("+")
    (checkout / "code.py").write_text("2\n", "utf-8")
    assert figures.commit().endswith("+")
