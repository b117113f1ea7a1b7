"""How long the stack and each service take to start, and what a service holds when nothing happens."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Any

import figures
from pipeline_house import SETTINGS, PipelineHouse, pipeline_house
from processes import cpu_seconds, resident_mb

from madoguchi.house.secrets import open_secrets
from madoguchi.house.services import Launcher
from madoguchi.settings_table import SERVICES
from madoguchi.stack import Process, StackOptions, add_processes, load_stack, stop_pids

_IDLE_SECONDS = 10.0
_BUSY_RATE = 100.0


async def run(
    *, rounds: int, seconds: float, stack_options: StackOptions
) -> tuple[dict[str, float], dict[str, Any], str]:
    begun = time.monotonic()
    async with pipeline_house(stack_options) as house, AsyncExitStack() as closing:
        stack_seconds = time.monotonic() - begun
        starts = {name: [await _restart(house, name, closing) for _ in range(rounds)] for name in SERVICES}
        idle_mb, idle_core = await _idle(house)
        busy = await house.round(_BUSY_RATE, seconds)
        details = _details(starts, idle_mb, idle_core, busy.resident)
        details["house_start_s"] = round(stack_seconds, 1)
        details["busy_rate"] = _BUSY_RATE
        broker = house.house.broker
    flat = {
        "service_idle_mb_max": round(max(idle_mb.values()), 1),
        "service_start_s_max": max(details[f"start_s_{name}"]["median"] for name in SERVICES),
    }
    return flat, details, broker


def _details(
    starts: dict[str, list[float]], idle_mb: dict[str, float], idle_core: dict[str, float], busy: Any
) -> dict[str, Any]:
    details: dict[str, Any] = {f"start_s_{name}": figures.spread(found) for name, found in starts.items()}
    for name in SERVICES:
        details[f"idle_mb_{name}"] = round(idle_mb[name], 1)
        details[f"idle_core_share_{name}"] = round(idle_core[name], 4)
        details[f"busy_mb_{name}"] = round(busy[name], 1)
    return details


async def _restart(house: PipelineHouse, name: str, closing: AsyncExitStack) -> float:
    """From its process's start until it says that it is ready, alone; the others are at rest."""
    saved = load_stack(house.state)
    assert saved is not None
    assert saved.addresses is not None
    await stop_pids([[record for record in saved.processes if record.name == name][-1]], timeout=40.0)

    def note(process: Process) -> None:
        add_processes(house.state, process.record)
        closing.push_async_callback(process.stop)

    launcher = Launcher(
        house=house.house,
        addresses=saved.addresses,
        secrets=open_secrets(house.state),
        state=house.state,
        stack="embedded",
        detached=False,
        progress=lambda line: None,
        started=note,
        settings=SETTINGS,
    )
    begun = time.monotonic()
    await launcher.serve(name)
    return time.monotonic() - begun


async def _idle(house: PipelineHouse) -> tuple[dict[str, float], dict[str, float]]:
    """Memory, and the share of a core, of services just started that nobody asks anything."""
    pids = {name: pid for name, pid in house.pids.items() if name in SERVICES}
    before = {name: cpu_seconds(pid) for name, pid in pids.items()}
    await asyncio.sleep(_IDLE_SECONDS)
    used = {name: (cpu_seconds(pid) - before[name]) / _IDLE_SECONDS for name, pid in pids.items()}
    return {name: resident_mb(pid) for name, pid in pids.items()}, used
