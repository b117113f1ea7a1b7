"""The whole house with agents at work, under webhooks at a fixed arrival rate."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from uuid import uuid4

import sampling
from asked import Ask, asked
from load import Job, Outcome, opened, user_of
from loader import loader
from processes import cpu_seconds, resident_mb

from contracts.base import Contract
from contracts.envelope import Envelope
from contracts.routing import ConfigureAgent, Presence, SetPresence
from contracts.topics import ROUTING_COMMANDS
from madoguchi.house.saved import House
from madoguchi.house.secrets import open_secrets
from madoguchi.house.start import HouseOptions, HouseStart
from madoguchi.house.tokens import Wanted, make_token
from madoguchi.settings_table import SERVICES
from madoguchi.stack import StackOptions, load_stack
from runtime.clock import SystemClock
from runtime.producer import Record, open_producer
from runtime.settings import KafkaSettings

HERE = Path(__file__).resolve().parent
MESSAGES_EACH = 5
HOPS = ("filed", "assigned", "replied", "accepted")
PARTS = ("ingest", "case-store", "router", "notifier", "sandbox", "kafka", "postgres")
SETTINGS = {"MADOGUCHI_TELEMETRY__SAMPLING": "0.1"}
_QUIET_SECONDS = 20.0
_LATE_MS = 1_000.0
_STEADY = 1.25
_WARM_UP = (50.0, 40.0)
_OF_THE_TENANT, _AGENTS = 100, 400
_QUEUES, _SKILLS = ("refunds", "orders", "general"), {"japanese": 9, "english": 7}


@dataclass(frozen=True)
class Measured:
    """`hops` are the wall clock at which a message's hop was in the log; CPU in milliseconds per message filed."""

    rate: float
    seconds: float
    sent: Outcome
    hops: Mapping[str, Mapping[int, float]]
    again: int
    cpu_ms: Mapping[str, float]
    resident: Mapping[str, float]

    @property
    def count(self) -> int:
        return int(self.rate * self.seconds)

    @property
    def missing(self) -> Mapping[str, int]:
        """Of every hop: accepted at the door and never there. What was not answered 200 may be there or not.

        The later hops are counted by customers: under overload a customer's second message can be the first to arrive.
        """
        known = set(range(self.count)) - set(self.sent.unknown)
        users = {user_of(number, MESSAGES_EACH) for number in known}
        reached = {hop: {user_of(number, MESSAGES_EACH) for number in self.hops[hop]} for hop in HOPS}
        lost = {hop: len(users - reached[hop]) for hop in HOPS}
        return lost | {"filed": len(known - self.hops["filed"].keys())}

    def latencies(self, hop: str) -> list[float]:
        """In milliseconds since the webhook was due, in the order of their being due."""
        return [(at - self.sent.started - number / self.rate) * 1000 for number, at in sorted(self.hops[hop].items())]

    def lateness(self, fifth: int) -> Mapping[str, float]:
        """Of every hop, in milliseconds: how late it was for that fifth of its messages (0 to 4), in the median."""
        late = {hop: self.latencies(hop) for hop in HOPS}
        return {hop: _median_of_fifth(found, fifth) for hop, found in late.items()}

    @property
    def is_held(self) -> bool:
        """Everything arrived once, nothing was refused, and no hop fell further behind: a queue that grows shows in the last fifth."""
        arrived = not any(self.missing.values()) and not self.sent.unknown and not self.again
        middle, last = self.lateness(2), self.lateness(4)
        return arrived and all(last[hop] <= max(_LATE_MS, _STEADY * middle[hop]) for hop in HOPS)


def _median_of_fifth(found: Sequence[float], fifth: int) -> float:
    size = len(found) // 5
    return median(found[fifth * size : (fifth + 1) * size]) if size else float("inf")


@dataclass
class PipelineHouse:
    house: House
    state: Path
    start: HouseStart
    profiles: Path
    _runs: int = 0

    @property
    def pids(self) -> dict[str, int]:
        saved = load_stack(self.state)
        assert saved is not None
        return {record.name: record.pid for record in saved.processes if record.name in PARTS}

    async def sampled(self, rate: float, seconds: float) -> dict[str, sampling.Profile]:
        """Of each service, where its processor time went during a round."""
        services = {name: pid for name, pid in self.pids.items() if name in SERVICES}
        for pid in services.values():
            sampling.begin(pid)
        await self.round(rate, seconds)
        return {name: await sampling.end(pid, self.profiles / f"{pid}.json") for name, pid in services.items()}

    async def round(self, rate: float, seconds: float, *, resolve_after: float = 0.0) -> Measured:
        """`resolve_after`: the seconds from its reply until an agent resolves a case; 0 for never."""
        self._runs += 1
        run, secret = self._runs, open_secrets(self.state)["ACME_LINE_CHANNEL_SECRET"]
        job = Job(self.house.ports["ingest"], "bench-line", secret, "open", seconds, rate, 256, MESSAGES_EACH, run)
        async with self._people(run, resolve_after) as ask, loader(job) as generator:
            pids = self.pids
            before = {name: cpu_seconds(pid) for name, pid in pids.items()}
            sent = await generator.go()
            await _settled(ask, int(rate * seconds))
            used = {name: cpu_seconds(pid) - before[name] for name, pid in pids.items()}
            seen = await ask("all")
        hops = {hop: {int(number): at for number, at in seen[hop].items()} for hop in HOPS}
        cpu = {name: spent * 1000 / max(1, len(hops["filed"])) for name, spent in used.items()}
        resident = {name: resident_mb(pid) for name, pid in pids.items() if name not in ("kafka", "postgres")}
        return Measured(rate, seconds, sent, hops, seen["again"], cpu, resident)

    @asynccontextmanager
    async def _people(self, run: int, resolve_after: float) -> AsyncIterator[Ask]:
        """Agents who answer, and an observer."""
        partitions = str(KafkaSettings(bootstrap=self.house.kafka).partitions)
        token = make_token(Wanted(tenant="bench", agent="agent-000"), self.house, self.state)
        door = str(self.house.ports["case-store"])
        async with (
            asked("agents.py", self.house.kafka, partitions, door, "routing.events", str(resolve_after), first=token),
            asked("watch.py", self.house.kafka, str(run), partitions) as ask,
        ):
            yield ask


@asynccontextmanager
async def pipeline_house(stack: StackOptions, settings: Mapping[str, str] = SETTINGS) -> AsyncIterator[PipelineHouse]:
    """Started as `make up` starts it, its agents available; a first round for caches and the broker's compiler counts for nothing."""
    async with AsyncExitStack() as closing:
        profiles = _sampling(stack.state)
        start = HouseStart(HouseOptions(stack, HERE / "tenant", settings=settings), lambda line: None)
        house = await start.start()
        closing.push_async_callback(start.stop)
        await _open_the_floor(house)
        made = PipelineHouse(house, stack.state, start, profiles)
        await made.round(*_WARM_UP)
        yield made


def _sampling(state: Path) -> Path:
    """Where services that are started from here on write their profiles when asked; see `sampled/sitecustomize.py`."""
    profiles = state / "profiles"
    profiles.mkdir(parents=True, exist_ok=True)
    os.environ["BENCH_PROFILES"], os.environ["PYTHONPATH"] = str(profiles), str(HERE / "sampled")
    return profiles


async def _open_the_floor(house: House) -> None:
    """Nobody closes a case, and holding a high rate for five minutes opens 50,000: the tenant's agents have room for 100,000."""
    kafka = KafkaSettings(bootstrap=house.kafka, idempotent=house.idempotent)
    agents = [f"agent-{number:03}" for number in range(_AGENTS)]
    commands: list[Contract] = [
        ConfigureAgent(agent_id=name, name=name, queues=_QUEUES, skills=_SKILLS, capacity={"messaging": 1_000})
        for name in agents[_OF_THE_TENANT:]
    ]
    commands += [SetPresence(agent_id=name, presence=Presence.AVAILABLE, source="bench") for name in agents]
    envelopes = [Envelope(uuid4(), "bench", "bench", SystemClock().now(), command) for command in commands]
    async with open_producer(kafka) as producer:
        await producer.publish([Record(ROUTING_COMMANDS, b"bench", each) for each in envelopes], 15)


async def _settled(ask: Ask, count: int) -> None:
    """Every hop of every message, or nothing new for a while: then something is lost, and is told."""
    loop, seen, wanted = asyncio.get_running_loop(), -1, count + 3 * opened(count, MESSAGES_EACH)
    deadline = loop.time() + _QUIET_SECONDS
    while loop.time() < deadline:
        reached = sum((await ask("count")).values())
        if reached >= wanted:
            return
        if reached > seen:
            seen, deadline = reached, loop.time() + _QUIET_SECONDS
        await asyncio.sleep(0.2)


def summed(rounds: Sequence[Measured]) -> list[float]:
    """CPU per message of the whole house, in each round; the provider's stand-in is none of it."""
    return [sum(ms for name, ms in each.cpu_ms.items() if name != "sandbox") for each in rounds]
