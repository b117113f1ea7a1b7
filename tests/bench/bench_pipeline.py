"""Webhook → history → assigned → reply → provider: the highest rate that is held, and how long it takes at half of it."""

import os
from collections.abc import Sequence
from statistics import median
from typing import Any

import figures
import sampling
from bare_house import Bare, measure
from pipeline_house import HOPS, PARTS, Measured, PipelineHouse, pipeline_house, summed
from search import LOWEST, highest

from madoguchi.stack import StackOptions

_FULL_SECONDS = 300.0
_FULL_SEARCH_SECONDS = 30.0
_FULL_TRIES = 4
_BACK_OFF = 0.85
_SAMPLED_SECONDS = 20.0


async def run(
    *, rounds: int, seconds: float, stack_options: StackOptions, full: bool = False
) -> tuple[dict[str, float], dict[str, Any], str]:
    if full:
        seconds = max(seconds, _FULL_SEARCH_SECONDS)
    async with pipeline_house(stack_options) as house:
        tries: list[Measured] = []
        held = await highest(lambda rate: _holds(house, rate, seconds, tries))
        if full and held:
            held = await _held_long(house, held, tries)
        half = (held or LOWEST) / 2
        at_half = [await house.round(half, seconds) for _ in range(rounds)]
        profiles = await house.sampled(half, max(seconds, _SAMPLED_SECONDS))
        broker = house.house.broker
        bare = await _bare(house, stack_options, half, seconds, rounds)
    flat, details = _told(held, tries, at_half, bare)
    stages = {f"stages_{name}": sampling.drawn(f"pipeline-{name}", profile) for name, profile in profiles.items()}
    return flat, details | stages, broker


async def _bare(house: PipelineHouse, options: StackOptions, half: float, seconds: float, rounds: int) -> Bare | None:
    """None where it doesn't come to rest: then there is no ratio either, and what was measured before is kept."""
    try:
        return await measure(house.house, options.state, half, seconds, rounds)
    except TimeoutError:
        return None


async def _held_long(house: PipelineHouse, rate: float, tries: list[Measured]) -> float:
    """The rate that is held for five minutes: the one found in short runs, or a little less."""
    for _ in range(_FULL_TRIES):
        if await _holds(house, rate, _FULL_SECONDS, tries):
            return rate
        rate *= _BACK_OFF
    return 0.0


async def _holds(house: PipelineHouse, rate: float, seconds: float, tries: list[Measured]) -> bool:
    measured = await house.round(rate, seconds)
    tries.append(measured)
    return measured.is_held


def _told(
    held: float, tries: Sequence[Measured], at_half: Sequence[Measured], bare: Bare | None
) -> tuple[dict[str, float], dict[str, Any]]:
    details: dict[str, Any] = {
        "rate_held": held,
        "tried": "; ".join(_line(each) for each in tries),
        "rate_at_half": at_half[0].rate,
        "seconds_of_a_round": at_half[0].seconds,
        "accepted": sum(each.sent.answered for each in at_half),
        "unknown": sum(len(each.sent.unknown) for each in at_half),
        "again": sum(each.again for each in (*tries, *at_half)),
    }
    for hop in HOPS:
        details[f"missing_{hop}"] = sum(each.missing[hop] for each in (*tries, *at_half))
        for label, share in (("p50", 0.5), ("p99", 0.99), ("p999", 0.999)):
            values = [figures.percentile(each.latencies(hop), share) for each in at_half]
            details[f"{hop}_{label}_ms"] = figures.spread(values, 1)
    for part in PARTS:
        details[f"cpu_ms_per_message_{part}"] = figures.spread([each.cpu_ms[part] for each in at_half], 3)
    ours = summed(at_half)
    details["cpu_ms_per_message"] = figures.spread(ours, 3)
    details["cpu_ms_per_message_bare"] = figures.spread(bare.cpu_ms, 3) if bare else "did not come to rest"
    details |= _bound(tries, bare)
    details["accepted_ms_by_rate"] = ", ".join(map(_lateness, tries))
    for part in at_half[0].resident:
        details[f"resident_mb_{part}"] = figures.spread([each.resident[part] for each in at_half], 0)
    flat = {
        "pipeline_rate": held,
        "pipeline_p50_ms_at_half": details["accepted_p50_ms"]["median"],
        "pipeline_p99_ms_at_half": details["accepted_p99_ms"]["median"],
        "pipeline_p999_ms_at_half": details["accepted_p999_ms"]["median"],
        "pipeline_cpu_ms_per_message": details["cpu_ms_per_message"]["median"],
    }
    if bare:
        flat["pipeline_ratio"] = round(median(bare.cpu_ms) / median(ours), 3)
        flat["pipeline_rate_bare"] = bare.rate_held
    return flat, details


def _bound(tries: Sequence[Measured], bare: Bare | None) -> dict[str, Any]:
    """The rates that would fill the cores if the load generator, the agents, the observer and the provider's stand-in took nothing."""
    by_rate = [(each.rate, ms) for each, ms in zip(tries, summed(tries), strict=True)]
    told: dict[str, Any] = {"cpu_ms_per_message_by_rate": _curve(by_rate), "rate_bound": _filling(by_rate)}
    if bare:
        told |= {"cpu_ms_per_message_bare_by_rate": _curve(bare.by_rate), "rate_bound_bare": _filling(bare.by_rate)}
    return told


def _curve(by_rate: Sequence[tuple[float, float]]) -> str:
    return ", ".join(f"{rate:g}/s: {ms:.2f}" for rate, ms in by_rate)


def _lateness(tried: Measured) -> str:
    late = tried.latencies("accepted")
    middle, worst = figures.percentile(late, 0.5), figures.percentile(late, 0.99)
    return f"{tried.rate:g}/s: {middle:.0f} (p99 {worst:.0f})"


def _filling(by_rate: Sequence[tuple[float, float]]) -> int:
    return round((os.cpu_count() or 1) * 1000 / min(ms for _, ms in by_rate))


def _line(tried: Measured) -> str:
    hop, late = max(tried.lateness(4).items(), key=lambda each: each[1])
    lost, held = sum(tried.missing.values()), "held" if tried.is_held else "not held"
    behind = f"{hop} {tried.lateness(2)[hop]:.0f}, then {late:.0f} ms"
    return f"{tried.rate:g}/s for {tried.seconds:g} s {held} (missing {lost}, {behind})"
