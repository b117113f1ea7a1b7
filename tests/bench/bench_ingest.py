"""The webhook door against the bare route, both as single processes, interleaved in one run.

The ratio is of webhooks per second of a core: requests over the CPU seconds of the server process. Wall-clock rates of two processes on a
shared machine say more about their neighbours.
"""

from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import figures
import sampling
from load import Job, Outcome
from loader import loader
from processes import cpu_seconds

from madoguchi.apply.publish import publish
from madoguchi.apply.source import load_tenant
from madoguchi.house.names import environment_of
from madoguchi.house.saved import House
from madoguchi.house.secrets import open_secrets
from madoguchi.settings import inherited_environment
from madoguchi.settings_table import SERVICES
from madoguchi.stack import Command, Process, Ready, Stack, StackOptions, free_ports, http_ready
from runtime.kafka import ensure_topics
from runtime.settings import KafkaSettings

HERE = Path(__file__).resolve().parent
SAMPLING = "0.1"
_DEMANDED = ("parse", "encode events", "spans")
SECRET = "ACME_LINE_CHANNEL_SECRET"  # a name


@dataclass(frozen=True)
class Server:
    name: str
    process: Process
    port: int
    profile: Path


@dataclass(frozen=True)
class Measured:
    """`cpu_us` is of the server process alone, per answered webhook."""

    rate: float
    cpu_us: float
    ack_p50_ms: float
    ack_p99_ms: float


async def run(
    *, rounds: int, seconds: float, stack_options: StackOptions
) -> tuple[dict[str, float], dict[str, Any], str]:
    async with AsyncExitStack() as closing:
        stack = Stack(stack_options)
        addresses = await stack.start(lambda line: None)
        closing.push_async_callback(stack.stop)
        secrets = open_secrets(stack_options.state)
        kafka = KafkaSettings(bootstrap=addresses.kafka, idempotent=addresses.idempotent)
        await ensure_topics(kafka)
        await publish(load_tenant(HERE / "tenant", secrets), kafka)
        servers = [
            await _ingest(addresses, secrets, stack_options.state, closing),
            await _bare(addresses.kafka, secrets[SECRET], stack_options.state, closing),
        ]
        measured = await _measure(servers, secrets[SECRET], rounds, seconds)
        profiles = {each.name: await _sampled(each, secrets[SECRET], seconds) for each in servers}
    flat, details = _told(measured)
    stages = {f"stages_{name}": sampling.drawn(f"door-{name}", profile) for name, profile in profiles.items()}
    return flat, details | _bound(measured, profiles["ingest"]) | stages, addresses.broker


async def _sampled(server: Server, secret: str, seconds: float) -> sampling.Profile:
    """A round of its own: samples are work too."""
    sampling.begin(server.process.pid)
    await _load(Job(server.port, "bench-line", secret, "closed", seconds))
    return await sampling.end(server.process.pid, server.profile)


def _bound(measured: dict[str, list[Measured]], profile: sampling.Profile) -> dict[str, float]:
    """What the ratio would be if the bare route did nothing else besides its own work than parse, encode and trace as ours does."""
    ours, bare = (median(each.cpu_us for each in measured[name]) for name in ("ingest", "bare"))
    demanded = ours * sampling.share(profile, *_DEMANDED)
    return {"demanded_cpu_us": round(demanded, 1), "ratio_bound": round(bare / (bare + demanded), 2)}


async def _measure(servers: Sequence[Server], secret: str, rounds: int, seconds: float) -> dict[str, list[Measured]]:
    for server in servers:  # imports, connections and caches are nobody's cost per webhook
        await _load(Job(server.port, "bench-line", secret, "closed", 2.0))
    found: dict[str, list[Measured]] = {server.name: [] for server in servers}
    for _ in range(rounds):
        for server in servers:
            found[server.name].append(await _round(server, secret, seconds))
    return found


async def _round(server: Server, secret: str, seconds: float) -> Measured:
    """The highest rate first; then acknowledgement times at half of it, open loop."""
    before = cpu_seconds(server.process.pid)
    full = await _load(Job(server.port, "bench-line", secret, "closed", seconds))
    used = cpu_seconds(server.process.pid) - before
    rate = full.answered / full.seconds
    half = await _load(Job(server.port, "bench-line", secret, "open", seconds, rate=rate / 2, connections=256))
    p50, p99 = (figures.percentile(half.latencies, share) for share in (0.5, 0.99))
    return Measured(rate, used / full.answered * 1e6, p50, p99)


async def _load(job: Job) -> Outcome:
    async with loader(job) as generator:
        outcome = await generator.go()
    if outcome.refused or outcome.lost:
        raise RuntimeError(
            f"{outcome.refused} webhooks were refused and {outcome.lost} lost; the figures would be of refusals"
        )
    return outcome


def _told(measured: dict[str, list[Measured]]) -> tuple[dict[str, float], dict[str, Any]]:
    ratios = [bare.cpu_us / ours.cpu_us for ours, bare in zip(measured["ingest"], measured["bare"], strict=True)]
    details: dict[str, Any] = {"ratio": figures.spread(ratios)}
    for name, rounds in measured.items():
        for figure in ("rate", "cpu_us", "ack_p50_ms", "ack_p99_ms"):
            details[f"{name}_{figure}"] = figures.spread([getattr(each, figure) for each in rounds], 1)
    flat = {
        "ingest_ratio": round(median(ratios), 3),
        "ingest_rps_per_core": round(1e6 / median(each.cpu_us for each in measured["ingest"])),
        "ingest_ack_p50_ms": details["ingest_ack_p50_ms"]["median"],
        "ingest_ack_p99_ms": details["ingest_ack_p99_ms"]["median"],
    }
    return flat, details


async def _ingest(addresses: Any, secrets: dict[str, str], state: Path, closing: AsyncExitStack) -> Server:
    port, internal, *others = free_ports(2 + 8)
    ports = dict(zip((*SERVICES, "sandbox"), [port, *others], strict=False))
    inside = dict(zip(SERVICES, [internal, *others[4:]], strict=False))
    house = House(ports=ports, internal_ports=inside, kafka=addresses.kafka, idempotent=addresses.idempotent, broker="")
    settings = environment_of("ingest", house, addresses, secrets, state, "embedded")
    settings["MADOGUCHI_TELEMETRY__SAMPLING"] = SAMPLING
    environment = inherited_environment() | settings
    return await _serve("ingest", ["ingest"], environment, port, http_ready(internal), state, closing)


async def _bare(bootstrap: str, secret: str, state: Path, closing: AsyncExitStack) -> Server:
    (port,) = free_ports(1)
    program = ["bare_ingest", str(port), bootstrap, "inbound.messages", secret]
    return await _serve("bare", program, inherited_environment(), port, http_ready(port, "/readyz"), state, closing)


async def _serve(
    name: str,
    program: list[str],
    environment: dict[str, str],
    port: int,
    ready: Ready,
    state: Path,
    closing: AsyncExitStack,
) -> Server:
    profile = state / f"profile-{name}.json"
    command = sampling.command(profile, *program)
    process = Process.spawn(Command(name, command, state / "logs" / f"{name}.log", env=environment))
    closing.push_async_callback(process.stop)
    await process.wait_ready(ready)
    return Server(name, process, port, profile)
