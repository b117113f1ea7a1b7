"""`make bench`: runs the benches, prints their figures, keeps them in build/bench.json and tells them in docs/benchmarks.md."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Final

import bench_channels
import bench_ingest
import bench_pipeline
import bench_router
import bench_scale
import bench_services
import bench_soak
import bench_takeover
import bench_timers
import engine
import figures
import report

from madoguchi.stack import StackKind, StackOptions

Bench = Callable[..., Awaitable[tuple[dict[str, float], dict[str, Any], str]]]
BENCHES: Final[Mapping[str, Bench]] = {
    "channels": bench_channels.run,
    "engine": engine.run,
    "ingest": bench_ingest.run,
    "pipeline": bench_pipeline.run,
    "router": bench_router.run,
    "scale": bench_scale.run,
    "services": bench_services.run,
    "soak": bench_soak.run,
    "takeover": bench_takeover.run,
    "timers": bench_timers.run,
}
LONG: Final = ("pipeline", "soak")


def main() -> None:
    asked = _arguments()
    names = [asked.name] if asked.name else list(BENCHES)
    place = figures.machine()
    measured: dict[str, float] = {}
    for name in names:
        with tempfile.TemporaryDirectory(prefix=f"madoguchi-bench-{name}-") as state:
            options = StackOptions(Path(state), StackKind.EMBEDDED, cache=figures.ROOT / ".madoguchi" / "cache")
            more = {"full": asked.full} if name in LONG else {}
            bench = BENCHES[name](rounds=asked.rounds, seconds=asked.seconds, stack_options=options, **more)
            flat, details, broker = asyncio.run(bench)
        figures.save(name, flat, details, broker, place)
        measured |= flat
        if not asked.json:
            _show(name, flat, details)
    report.write()
    if asked.json:
        sys.stdout.write(json.dumps(measured, indent=2) + "\n")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("name", nargs="?", choices=sorted(BENCHES), help="one bench; all without it")
    parser.add_argument("--json", action="store_true", help="print the flat results as one JSON object")
    parser.add_argument("--rounds", type=int, default=5, help="interleaved repetitions (default 5)")
    parser.add_argument("--seconds", type=float, default=8.0, help="length of each measured phase (default 8)")
    parser.add_argument("--full", action="store_true", help="the held rate for 5 minutes, the soak for 30 and 10")
    return parser.parse_args()


def _show(name: str, flat: Mapping[str, float], details: Mapping[str, Any]) -> None:
    sys.stdout.write(f"{name}\n")
    for figure, value in (*flat.items(), *details.items()):
        sys.stdout.write(f"  {figure:32} {report.shown(value)}\n")


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(f"stopped; what was measured before is in {figures.RESULTS}")
