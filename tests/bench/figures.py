"""Figures with their spread, and where they end up."""

import json
import os
import platform
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

import flames

ROOT = Path(__file__).resolve().parents[2]
KEPT = ROOT / "docs" / "benchmarks.json"
FLAMES = ROOT / "docs" / "flames"
RESULTS = ROOT / "build" / "bench.json"
_PACKAGES = ("aiokafka", "asyncpg", "pydantic", "starlette", "uvicorn", "uvloop", "opentelemetry-sdk")


def percentile(values: Sequence[float], share: float) -> float:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else float("nan")


def spread(values: Sequence[float], digits: int = 2) -> dict[str, float]:
    return {
        "min": round(min(values), digits),
        "median": round(median(values), digits),
        "max": round(max(values), digits),
        "runs": len(values),
    }


def machine() -> dict[str, Any]:
    """Where this ran: two results without the same machine, load and commit can't be compared."""
    cpu = next((line for line in _read("/proc/cpuinfo").splitlines() if line.startswith("model name")), "unknown")
    memory = next((line for line in _read("/proc/meminfo").splitlines() if line.startswith("MemTotal")), "0 0")
    return {
        "cpu": cpu.partition(":")[2].strip(),
        "cores": len(os.sched_getaffinity(0)),
        "memory_gb": round(int(memory.split()[1]) / 1e6, 1),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "load_before": _read("/proc/loadavg").split()[:3],
        "versions": {name: version(name) for name in _PACKAGES},
    }


def commit() -> str:
    """The short hash, with `+` behind it when files differ from it other than the pages that are written here."""
    told = _git("rev-parse", "--short", "HEAD")
    if told == "unknown":
        return told
    return f"{told}+" if _git("status", "--porcelain", "--untracked-files=no", "--", ".", ":(exclude)docs") else told


def save(
    name: str, flat: Mapping[str, float], details: Mapping[str, Any], broker: str, place: Mapping[str, Any]
) -> None:
    """What this bench told before is replaced; the others' results stay.

    Those of the page are kept beside it, in the repository, whichever checkout they were measured in. `build/bench.json` is for
    scripts, its flat names at the top, and holds only what was measured in this checkout: no flat name has another machine's figure.
    """
    place = {"commit": commit(), "broker": broker, "machine": dict(place)}
    at = f"{datetime.now(UTC):%Y-%m-%d %H:%M}Z"
    result = {"at": at, **place, "flat": dict(flat), "figures": dict(details)}
    KEPT.write_text(json.dumps(told() | {name: result}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    here = _json(RESULTS).get("benches", {}) | {name: result}
    names = {figure: value for bench in here.values() for figure, value in bench["flat"].items()}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(names | {"benches": here}, indent=2) + "\n", "utf-8")


def save_flames(name: str, stacks: Mapping[str, int]) -> None:
    """Folded stacks for tools, and the flame graph drawn of them."""
    file = ROOT / "build" / "flames" / f"{name}.folded"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(f"{stack} {count}\n" for stack, count in stacks.items()), "utf-8")
    FLAMES.mkdir(exist_ok=True)
    (FLAMES / f"{name}.svg").write_text(flames.drawn(flames.tree(stacks)), "utf-8")


def told() -> dict[str, Any]:
    """Every bench's latest result, by its name."""
    return _json(KEPT)


def _json(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.exists() else {}
    return found


def _read(path: str) -> str:
    return Path(path).read_text("utf-8")


def _git(*arguments: str) -> str:
    """`unknown` where this is no checkout: a figure is worth keeping without it."""
    done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else "unknown"
