"""The whole house under a fixed arrival rate: webhook → history → assigned. Its services are processes as `make up` starts them."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import figures
from load import Job, Outcome
from loader import loader
from processes import cpu_seconds, resident_mb

from contracts.envelope import Envelope
from contracts.routing import Presence, SetPresence
from contracts.topics import ROUTING_COMMANDS
from madoguchi.house.saved import House
from madoguchi.house.secrets import open_secrets
from madoguchi.house.start import HouseOptions, HouseStart
from madoguchi.stack import StackOptions, load_stack
from runtime.clock import SystemClock
from runtime.producer import Record, open_producer
from runtime.settings import KafkaSettings

HERE = Path(__file__).resolve().parent
MESSAGES_EACH = 5
PARTS = ("ingest", "case-store", "router", "notifier", "kafka", "postgres")
_SETTLE_SECONDS = 60.0
_LINE_BYTES = 256 * 1024 * 1024


@dataclass(frozen=True)
class Measured:
    sent: Outcome
    filed: Mapping[int, float]
    assigned: Mapping[int, float]
    again: int
    cpu_ms: Mapping[str, float]
    resident: Mapping[str, float]
    rate: float
    sent_seconds: float

    @property
    def missing(self) -> int:
        """Accepted and not in the history; a message whose webhook was not answered 200 may be there or not."""
        wanted = set(range(int(self.rate * self.sent_seconds))) - set(self.sent.unknown)
        return len(wanted - self.filed.keys())

    @property
    def achieved(self) -> float:
        """Messages over the time from the first webhook's due to the last one's history."""
        return len(self.filed) / (max(self.filed.values()) - self.sent.started)

    def latencies(self, seen: Mapping[int, float]) -> list[float]:
        return [(at - self.sent.started - number / self.rate) * 1000 for number, at in seen.items()]


async def run(
    *, rounds: int, seconds: float, stack_options: StackOptions, rate: float = 200.0
) -> tuple[dict[str, float], dict[str, Any], str]:
    options = HouseOptions(stack_options, HERE / "tenant", settings={"MADOGUCHI_TELEMETRY__SAMPLING": "0.1"})
    start = HouseStart(options, lambda line: None)
    async with AsyncExitStack() as closing:
        house = await start.start()
        closing.push_async_callback(start.stop)
        await _open_the_floor(house)
        secret = open_secrets(stack_options.state)["ACME_LINE_CHANNEL_SECRET"]
        await _round(0, house, secret, stack_options.state, 50.0, 4.0)
        measured = [await _round(n, house, secret, stack_options.state, rate, seconds) for n in range(1, rounds + 1)]
        return *_told(measured, rate), house.broker


async def _open_the_floor(house: House) -> None:
    kafka = KafkaSettings(bootstrap=house.kafka, idempotent=house.idempotent)
    commands = [SetPresence(agent_id=f"agent-{n:03}", presence=Presence.AVAILABLE, source="bench") for n in range(100)]
    envelopes = [Envelope(uuid4(), "bench", "bench", SystemClock().now(), command) for command in commands]
    async with open_producer(kafka) as producer:
        await producer.publish([Record(ROUTING_COMMANDS, b"bench", each) for each in envelopes], 15)


async def _round(run: int, house: House, secret: str, state: Path, rate: float, seconds: float) -> Measured:
    job = Job(house.ports["ingest"], "bench-line", secret, "open", seconds, rate, 256, MESSAGES_EACH, run)
    count = int(rate * seconds)
    async with _watcher(house.kafka, run) as ask, loader(job) as generator:
        pids = _pids(state)
        before = {name: cpu_seconds(pid) for name, pid in pids.items()}
        sent = await generator.go()
        await _settled(ask, count)
        used = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
        seen = await ask("all")
    filed, assigned = ({int(number): at for number, at in seen[name].items()} for name in ("filed", "assigned"))
    cpu = {name: seconds_ * 1000 / len(filed) for name, seconds_ in used.items()}
    resident = {name: resident_mb(pid) for name, pid in pids.items() if name not in ("kafka", "postgres")}
    return Measured(sent, filed, assigned, seen["again"], cpu, resident, rate, seconds)


async def _settled(ask: Any, count: int) -> None:
    """Every message in the history and every case assigned, or nothing new for a while: then something is lost, and is told."""
    loop, seen = asyncio.get_running_loop(), -1
    deadline = loop.time() + _SETTLE_SECONDS
    while loop.time() < deadline:
        told = await ask("count")
        if told["filed"] >= count and told["assigned"] >= count // MESSAGES_EACH:
            return
        if told["filed"] + told["assigned"] > seen:
            seen, deadline = told["filed"] + told["assigned"], loop.time() + _SETTLE_SECONDS
        await asyncio.sleep(0.2)


def _told(rounds: list[Measured], rate: float) -> tuple[dict[str, float], dict[str, Any]]:
    details: dict[str, Any] = {
        "arrival_rate": rate,
        "achieved_rate": figures.spread([each.achieved for each in rounds], 1),
        "accepted": sum(each.sent.answered for each in rounds),
        "unknown": sum(len(each.sent.unknown) for each in rounds),
        "accepted_not_in_history": sum(each.missing for each in rounds),
        "twice_in_history": sum(each.again for each in rounds),
        "cases_assigned": sum(len(each.assigned) for each in rounds),
    }
    for name in ("filed", "assigned"):
        for label, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999)):
            values = [figures.percentile(each.latencies(getattr(each, name)), share) for each in rounds]
            details[f"{name}_{label}_ms"] = figures.spread(values, 1)
    for part in PARTS:
        details[f"cpu_ms_per_message_{part}"] = figures.spread([each.cpu_ms[part] for each in rounds], 3)
    details["cpu_ms_per_message"] = figures.spread([sum(each.cpu_ms.values()) for each in rounds], 3)
    for part in rounds[0].resident:
        details[f"resident_mb_{part}"] = figures.spread([each.resident[part] for each in rounds], 0)
    flat = {
        f"pipeline_{name}": details[name]["median"]
        for name in (
            "achieved_rate",
            "filed_p50_ms",
            "filed_p99_ms",
            "assigned_p50_ms",
            "assigned_p99_ms",
            "cpu_ms_per_message",
        )
    }
    return flat, details


def _pids(state: Path) -> dict[str, int]:
    saved = load_stack(state)
    assert saved is not None
    return {record.name: record.pid for record in saved.processes if record.name in PARTS}


@asynccontextmanager
async def _watcher(bootstrap: str, run: int) -> AsyncIterator[Any]:
    partitions = str(KafkaSettings(bootstrap=bootstrap).partitions)
    command = [sys.executable, str(HERE / "watch.py"), bootstrap, str(run), partitions]
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, limit=_LINE_BYTES)
    assert process.stdin is not None
    assert process.stdout is not None
    told, asked = process.stdout, process.stdin

    async def ask(what: str) -> Any:
        asked.write(f"{what}\n".encode())
        return json.loads(await told.readline())

    try:
        if await told.readline() != b"ready\n":
            raise RuntimeError("the observer did not start")
        yield ask
    finally:
        process.kill()
        await process.wait()
