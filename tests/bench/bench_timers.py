"""SLA timers as rows: how fast they are armed and fire, how late, what waiting for a million of them costs.

Armed by requests through the log, eight timers each, due in a month. Those that fire are due one after the other at a fixed rate for ten
seconds; one is late by the time from its instant until its event leaves for the broker. The rate is that of the whole seconds between
the first and the last due instant, without the first of them: neither the beginning nor what was left behind at the end is in it.
Memory: requests with eight timers against requests with none, after two rounds of each; the noise is the standard error of the
difference. What the engine alone holds is counted apart, by Python.
"""

import asyncio
import gc
import signal
import time
import tracemalloc
from collections import Counter
from collections.abc import Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from math import sqrt
from statistics import fmean, variance
from typing import Any, Final

import figures
from aiokafka import TopicPartition
from bench_router import a_request
from processes import cpu_seconds
from router_house import TENANT, RouterHouse, RouterProcess, Used, memory_mb, open_house

from contracts import config as c
from contracts.base import Contract
from contracts.envelope import decode
from contracts.sla import SlaBreached
from contracts.topics import ROUTING_EVENTS
from madoguchi.stack import StackOptions
from router.adapters.routing_config import group_config
from router.domain.commands import WorkRequested
from router.domain.engine import Engine
from router.domain.model import ChannelClass
from router.domain.state import State
from runtime import kafka
from runtime.clock import SystemClock

ARMED, FIRED, RATE, BARE = 1_000_000, 110_000, 11_000, 10_000
_METRICS: Final = ("first_response", "requester_wait", "agent_work", "resolution")
_EACH: Final = 2 * len(_METRICS)
_BREACHED: Final = b"madoguchi.SlaBreached"
_HOUR: Final = timedelta(hours=1)
_ARMING_AHEAD: Final = timedelta(seconds=20)
_COUNTED, _COUNTED_AT = 5_000, 1_790_000_000_000
_IDLE_SECONDS: Final = 15.0


def a_config() -> c.TenantConfig:
    """Nobody takes the work. `soon` has one timer an hour after the request, `slow` eight in a month, other work none."""
    month = tuple(c.SlaTarget.model_validate({"metric": metric, "target": timedelta(days=30)}) for metric in _METRICS)
    return c.TenantConfig(
        tenant=TENANT,
        revision=1,
        applied_at=SystemClock().now(),
        default_queue="shelf",
        queues=(c.Queue(id="shelf", mode="pick"),),
        channel_accounts=(c.ChannelAccount(id="line", channel="line"),),
        sla_policies=(
            c.SlaPolicy(
                id="soon",
                when='case.fields["sla"] == "soon"',
                targets=(c.SlaTarget(metric="first_response", target=_HOUR, warn_percent=()),),
            ),
            c.SlaPolicy(id="slow", when='case.fields["sla"] == "slow"', targets=month),
        ),
    )


def requests(house: RouterHouse, sla: str, instants: Sequence[datetime]) -> list[Contract]:
    made: list[Contract] = []
    for at in instants:
        request = a_request(house)
        case = request.case.model_copy(update={"fields": {"sla": sla}, "opened_at": at})
        made.append(request.model_copy(update={"case": case, "requested_at": at}))
    return made


async def run(
    *, rounds: int, seconds: float, stack_options: StackOptions
) -> tuple[dict[str, float], dict[str, Any], str]:
    async with AsyncExitStack() as closing:
        house = await closing.enter_async_context(open_house(stack_options))
        await house.apply(a_config())
        router = RouterProcess(house)
        closing.push_async_callback(router.stop)
        await router.ready()
        details = await _memory(house, router)
        details |= await _arm(house, router)
        details |= await _idle(house, router)
        details |= await _fire(house, router)
    flat = {
        name: details[name]
        for name in (
            "timers_armed",
            "timers_armed_per_s",
            "timers_fired_per_s",
            "timers_late_p99_ms",
            "timers_idle_core_share",
        )
    }
    return flat, details, house.addresses.broker


async def _memory(house: RouterHouse, router: RouterProcess) -> dict[str, float]:
    """What the process needs at any rate it has after the first rounds; each kind follows the other as often as itself."""
    now, more = SystemClock().now(), dict[str, list[float]](none=[], slow=[])
    await _grown(house, router, [("none", now), ("slow", now)] * 2)
    for sla in ("none", "slow", "slow", "none") * 2:
        more[sla].append(await _grown(house, router, [(sla, now)]))
    noise = sqrt(sum(variance(rounds) / len(rounds) for rounds in more.values()))
    bare = fmean(more["none"])
    return {
        "bytes_per_waiting_item": round(bare),
        "bytes_more_per_armed_timer": round((fmean(more["slow"]) - bare) / _EACH),
        "bytes_more_per_armed_timer_noise": round(noise / _EACH),
        "bytes_held_per_armed_timer": round((_held("slow") - _held("none")) / _EACH, 1),
    }


def _held(sla: str) -> float:
    """Bytes that an engine in this process holds for each more waiting item, by Python's own count."""
    engine, sizes = Engine(group_config(a_config(), {}).routing, State()), list[int]()
    tracemalloc.start()
    for number in range(2 * _COUNTED):
        attributes = {"case": {"fields": {"sla": sla}}}
        at = _COUNTED_AT + number
        engine.decide(WorkRequested(f"case-{number:06}", at, "line", ChannelClass.MESSAGING, attributes), at)
        if number % _COUNTED == _COUNTED - 1:
            engine.take_changes()
            gc.collect()
            sizes.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    return (sizes[1] - sizes[0]) / _COUNTED


async def _grown(house: RouterHouse, router: RouterProcess, rounds: Sequence[tuple[str, datetime]]) -> float:
    """Bytes of resident memory for each request more."""
    before = memory_mb(router)
    for sla, at in rounds:
        await house.command(requests(house, sla, [at] * BARE))
        await house.caught_up(900)
    return (memory_mb(router) - before) * 1e6 / (BARE * len(rounds))


async def _arm(house: RouterHouse, router: RouterProcess) -> dict[str, float]:
    now, before = SystemClock().now(), await house.value("SELECT count(*) FROM sla_timer")
    router.send(signal.SIGSTOP)
    await house.command(requests(house, "slow", [now] * ((ARMED - before) // _EACH)))
    used, begun = cpu_seconds(router.pid), time.monotonic()
    router.send(signal.SIGCONT)
    await house.caught_up(1_800)
    passed, used = time.monotonic() - begun, cpu_seconds(router.pid) - used
    armed = await house.value("SELECT count(*) FROM sla_timer")
    more = armed - before
    return {
        "timers_armed": armed,
        "timers_armed_per_s": round(more / passed),
        "arming_cpu_us_per_timer": round(used / more * 1e6, 1),
    }


async def _idle(house: RouterHouse, router: RouterProcess) -> dict[str, float]:
    used = cpu_seconds(router.pid)
    await asyncio.sleep(_IDLE_SECONDS)
    return {"timers_idle_core_share": round((cpu_seconds(router.pid) - used) / _IDLE_SECONDS, 4)}


async def _fire(house: RouterHouse, router: RouterProcess) -> dict[str, float]:
    """They are due from a while ahead on, so that all are armed before the first."""
    first = SystemClock().now() + _ARMING_AHEAD + timedelta(seconds=FIRED / 1000)
    step = timedelta(seconds=1) / RATE
    await house.command(requests(house, "soon", [first - _HOUR + number * step for number in range(FIRED)]))
    await house.caught_up(900)
    ends = await house.ends(ROUTING_EVENTS.name)
    ahead = (first - SystemClock().now()).total_seconds()
    if ahead <= 0:
        raise RuntimeError(f"The first was due {-ahead:.1f} s before all were armed: this machine is too busy to tell.")
    used = Used.since_now(house, router)
    await _all_told(house, ends, first + FIRED * step)
    cpu = used.seconds()
    told = await _breaches(house, ends)
    late, by_second = [_late(*each) for each in told], _by_second(told, first)
    return {
        "timers_fired": len(late),
        "timers_due_per_s": RATE,
        "timers_fired_per_s": round(fmean(by_second)),
        "timers_fired_in_slowest_second": min(by_second),
        "timers_fired_per_s_until_the_last": round(len(late) / _span_seconds(told)),
        "timers_late_p50_ms": round(figures.percentile(late, 0.5)),
        "timers_late_p99_ms": round(figures.percentile(late, 0.99)),
        "timers_early": sum(1 for each in late if each < 0),
        **{f"firing_cpu_us_per_timer_{part}": round(seconds / len(late) * 1e6) for part, seconds in cpu.items()},
        "firing_cpu_us_per_timer": round(cpu["router"] / len(late) * 1e6),
        "all_armed_before_first_s": round(ahead, 1),
    }


async def _all_told(house: RouterHouse, before: dict[TopicPartition, int], last: datetime) -> None:
    """Nothing is read while they fire: reading takes the cores that are measured."""
    await asyncio.sleep(max(0.0, (last - SystemClock().now()).total_seconds()))
    async with asyncio.timeout(600):
        while await house.events_published() < sum(before.values()) + FIRED:
            await asyncio.sleep(0.2)


async def _breaches(house: RouterHouse, ends: dict[TopicPartition, int]) -> list[tuple[int, bytes]]:
    """When each was told, in milliseconds, and what."""
    client = kafka.reader_client(house.kafka)
    await client.start()
    client.assign(list(ends))
    for place, offset in ends.items():
        client.seek(place, offset)
    told: list[tuple[int, bytes]] = []
    try:
        async with asyncio.timeout(600):
            while len(told) < FIRED:
                for records in (await client.getmany(timeout_ms=200)).values():
                    told += [(each.timestamp, each.value) for each in records if _BREACHED in each.value]
    finally:
        await client.stop()
    return told


def _by_second(told: Sequence[tuple[int, bytes]], first: datetime) -> list[int]:
    """How many were told in each whole second in which some came due, without the first."""
    begun = first.timestamp() * 1000
    seconds = Counter(int((at - begun) // 1000) for at, _ in told)
    return [seconds[number] for number in range(1, FIRED // RATE)]


def _span_seconds(told: Sequence[tuple[int, bytes]]) -> float:
    instants = [at for at, _ in told]
    return max(0.001, (max(instants) - min(instants)) / 1000)


def _late(told_at: int, value: bytes) -> float:
    breach = decode(value).data
    assert isinstance(breach, SlaBreached)
    assert breach.due_at is not None
    return told_at - breach.due_at.timestamp() * 1000
