"""The house at a steady rate for long, then at rest: what grows, and what comes back."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import figures
from pipeline_house import HOPS, Measured, PipelineHouse, pipeline_house
from processes import resident_mb

from madoguchi.house.names import owner_dsn
from madoguchi.settings_table import SERVICES
from madoguchi.stack import StackOptions, load_stack

_RATE = 25.0
_BUSY, _IDLE = 60.0, 20.0
_RESOLVE_AFTER = 30.0
_FULL_BUSY, _FULL_IDLE = 1_800.0, 600.0
_SAMPLES = 20
_TABLES = """
SELECT schemaname || '.' || relname AS name, n_live_tup AS live, n_dead_tup AS dead, autovacuum_count AS vacuumed,
       pg_total_relation_size(relid) AS bytes
FROM pg_stat_user_tables WHERE schemaname IN ('case_store', 'router', 'notifier')
"""


@dataclass(frozen=True)
class Sample:
    """Resident memory and open files of each service."""

    at: float
    resident: Mapping[str, float]
    files: Mapping[str, int]


async def run(
    *, rounds: int, seconds: float, stack_options: StackOptions, full: bool = False
) -> tuple[dict[str, float], dict[str, Any], str]:
    busy_seconds, idle_seconds = (_FULL_BUSY, _FULL_IDLE) if full else (_BUSY, _IDLE)
    async with pipeline_house(stack_options) as house:
        samples: list[Sample] = []
        async with asyncio.TaskGroup() as group:
            sampler = group.create_task(_sample(house, samples, busy_seconds / _SAMPLES))
            measured = await house.round(_RATE, busy_seconds, resolve_after=_RESOLVE_AFTER)
            sampler.cancel()
        busy_tables = await _tables(house)
        busy = list(samples)
        await asyncio.sleep(idle_seconds)
        after, idle_tables = _now(house), await _tables(house)
        broker = house.house.broker
    return *_told(measured, busy, after, busy_tables, idle_tables, idle_seconds), broker


async def _sample(house: PipelineHouse, samples: list[Sample], every: float) -> None:
    while True:
        samples.append(_now(house))
        await asyncio.sleep(every)


def _now(house: PipelineHouse) -> Sample:
    pids = {name: pid for name, pid in house.pids.items() if name in SERVICES}
    files = {name: len(list(Path(f"/proc/{pid}/fd").iterdir())) for name, pid in pids.items()}
    return Sample(time.monotonic(), {name: resident_mb(pid) for name, pid in pids.items()}, files)


async def _tables(house: PipelineHouse) -> dict[str, Mapping[str, Any]]:
    saved = load_stack(house.state)
    assert saved is not None
    assert saved.addresses is not None
    connection = await asyncpg.connect(owner_dsn(saved.addresses.postgres))
    try:
        return {row["name"]: dict(row) for row in await connection.fetch(_TABLES)}
    finally:
        await connection.close()


def _told(
    measured: Measured,
    busy: Sequence[Sample],
    after: Sample,
    busy_tables: Mapping[str, Mapping[str, Any]],
    idle_tables: Mapping[str, Mapping[str, Any]],
    idle_seconds: float,
) -> tuple[dict[str, float], dict[str, Any]]:
    slopes = {
        name: _slope_per_hour([(each.at, each.resident[name]) for each in busy[len(busy) // 2 :]]) for name in SERVICES
    }
    details: dict[str, Any] = {
        "rate": measured.rate,
        "busy_seconds": measured.seconds,
        "idle_seconds": idle_seconds,
        "missing": sum(measured.missing.values()),
        "again": measured.again,
    }
    for name in SERVICES:
        details[f"mb_{name}"] = (
            f"{busy[0].resident[name]:.1f}, busy {busy[-1].resident[name]:.1f}, after {after.resident[name]:.1f}"
        )
        details[f"mb_per_hour_{name}"] = round(slopes[name], 1)
        details[f"files_{name}"] = f"{busy[0].files[name]}, busy {busy[-1].files[name]}, after {after.files[name]}"
    for hop in HOPS:
        first, last = _halves(measured.latencies(hop))
        details[f"{hop}_p50_ms_first_and_second_half"] = f"{first:.1f}, {last:.1f}"
    for name, table in sorted(idle_tables.items()):
        before = busy_tables[name]
        details[f"table_{name}"] = (
            f"{table['live']} live, {before['dead']} dead, after the rest {table['dead']}; {table['bytes'] / 1e6:.1f} MB;"
            f" vacuumed {table['vacuumed']} times"
        )
    flat = {
        "soak_mb_per_hour_max": round(max(slopes.values()), 1),
        "soak_files_grown_max": max(after.files[name] - busy[0].files[name] for name in SERVICES),
        "soak_missing": details["missing"],
    }
    return flat, details


def _halves(values: Sequence[float]) -> tuple[float, float]:
    middle = len(values) // 2
    return figures.percentile(values[:middle], 0.5), figures.percentile(values[middle:], 0.5)


def _slope_per_hour(points: Sequence[tuple[float, float]]) -> float:
    """Least squares, over the second half of the busy time: at first caches fill."""
    count = len(points)
    mean_at, mean = sum(at for at, _ in points) / count, sum(mb for _, mb in points) / count
    spread = sum((at - mean_at) ** 2 for at, _ in points)
    return 3600 * sum((at - mean_at) * (mb - mean) for at, mb in points) / spread if spread else 0.0
