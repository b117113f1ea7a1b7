"""Where a process's time goes: asks a sampler (`profiled.py`) that runs inside it, and draws what it tells."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import figures

_PROFILER = Path(__file__).with_name("profiled.py")
Profile = Mapping[str, Mapping[str, int]]
"""`stages`, `lines` and `stacks` with their samples."""


def command(file: Path, module: str, *arguments: str) -> list[str]:
    """The module as a program that can be sampled into the file."""
    return [sys.executable, str(_PROFILER), str(file), module, *arguments]


def begin(pid: int) -> None:
    os.kill(pid, signal.SIGUSR1)


async def end(pid: int, file: Path) -> Profile:
    """What passed since `begin`."""
    file.unlink(missing_ok=True)
    os.kill(pid, signal.SIGUSR1)
    async with asyncio.timeout(30):
        while not file.exists():
            await asyncio.sleep(0.05)
    told: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return told


def share(profile: Profile, *stages: str) -> float:
    """Of all samples, those of these stages."""
    return sum(profile["stages"].get(stage, 0) for stage in stages) / sum(profile["stages"].values())


def drawn(name: str, profile: Profile) -> str:
    """The stages' shares; the stacks become docs/flames/{name}.svg."""
    figures.save_flames(name, profile["stacks"])
    shares = {stage: share(profile, stage) for stage in profile["stages"]}
    return ", ".join(f"{stage} {part:.0%}" for stage, part in shares.items() if part >= 0.02)
