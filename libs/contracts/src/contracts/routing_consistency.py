"""What the fields of queues and rules cannot know of each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from contracts.problems import Path, Problem, known

if TYPE_CHECKING:
    from datetime import timedelta

    from contracts.config import OverflowAfter, OverflowBefore, Queue, Requirement, RoutingRule, TenantConfig

_PRESENCES = ("available", "busy", "away", "offline")
MAX_REQUIREMENT_DEPTH = 8
_LIMITS = {"waiting": "over_items", "oldest": "over", "estimated_wait": "over"}


def presences(config: TenantConfig) -> Iterator[Problem]:
    for name, presence in config.presences.items():
        if name in _PRESENCES and name != presence:
            yield Problem(("presences", name), f"'{name}' is one of the four and means itself")


def queues(config: TenantConfig) -> Iterator[Problem]:
    names, calendars = {queue.id for queue in config.queues}, {calendar.id for calendar in config.calendars}
    yield from known(("fallback_queue",), config.fallback_queue, names, "queue")
    for i, queue in enumerate(config.queues):
        path: Path = ("queues", i)
        yield from known((*path, "calendar"), queue.calendar, calendars, "calendar")
        if queue.wrap_up_mode == "none" and queue.wrap_up:
            yield Problem((*path, "wrap_up"), "there is none by wrap_up_mode, but it has a length")
        for j, before in enumerate(queue.overflow_before):
            yield from _before((*path, "overflow_before", j), before, queue, names, config)
        for j, after in enumerate(queue.overflow_after):
            yield from _overflow((*path, "overflow_after", j), after, names, config)
        yield from _upwards((*path, "overflow_after"), [after.after for after in queue.overflow_after])
    yield from _circles(config)
    for name, also in config.capacity.also.items():
        if name in also:
            yield Problem(("capacity", "also", name, name), "what an item takes of its own class is said by units")


def rule(path: Path, rule: RoutingRule, config: TenantConfig) -> Iterator[Problem]:
    names = {queue.id for queue in config.queues}
    yield from known((*path, "queue"), rule.queue, names, "queue")
    yield from known((*path, "fallback"), rule.fallback, names, "queue")
    yield from known(
        (*path, "sla_policy"), rule.sla_policy, {policy.id for policy in config.sla_policies}, "SLA policy"
    )
    yield from _split(path, rule, names)
    yield from _relaxation(path, rule, set(config.skills))
    for i, requirement in enumerate(rule.require):
        yield from _requirement((*path, "require", i), requirement, set(config.skills))
    agents = [preferred.agent for preferred in rule.preferred]
    if len(set(agents)) != len(agents):
        yield Problem((*path, "preferred"), "each agent once")


def _split(path: Path, rule: RoutingRule, names: set[str]) -> Iterator[Problem]:
    if not rule.split:
        return
    if rule.queue is not None:
        yield Problem((*path, "split"), "a rule has a queue or a split, not both")
    for i, share in enumerate(rule.split):
        yield from known((*path, "split", i, "queue"), share.queue, names, "queue")
    if len({share.queue for share in rule.split}) != len(rule.split):
        yield Problem((*path, "split"), "each queue once")
    total = sum(share.percent for share in rule.split)
    if total != 100:
        yield Problem((*path, "split"), f"percentages must add up to 100, not {total}")


def _relaxation(path: Path, rule: RoutingRule, skills: set[str]) -> Iterator[Problem]:
    if rule.relaxation and (rule.skills or rule.require):
        yield Problem((*path, "relaxation"), "the first step states the skills; leave out skills and require")
    for i, step in enumerate(rule.relaxation):
        for j, requirement in enumerate(step.require):
            yield from _requirement((*path, "relaxation", i, "require", j), requirement, skills)
        if step.until is None and i < len(rule.relaxation) - 1:
            yield Problem((*path, "relaxation", i, "until"), "only the last step may have no end")
    yield from _upwards((*path, "relaxation"), [step.until for step in rule.relaxation if step.until is not None])


def _requirement(path: Path, need: Requirement, skills: set[str], depth: int = 1) -> Iterator[Problem]:
    parts = {"all_of": need.all_of, "any_of": need.any_of, "none_of": need.none_of}
    said = [need.skill is not None, bool(need.agents), *map(bool, parts.values())]
    if depth > MAX_REQUIREMENT_DEPTH:
        yield Problem(path, f"requirements are combined at most {MAX_REQUIREMENT_DEPTH} deep")
        return
    if sum(said) != 1:
        yield Problem(path, "state exactly one of skill, agents, all_of, any_of, none_of")
    yield from known((*path, "skill"), need.skill, skills, "skill")
    if need.at_least > need.at_most:
        yield Problem((*path, "at_most"), "a range goes upwards")
    for name, needs in parts.items():
        for i, part in enumerate(needs):
            yield from _requirement((*path, name, i), part, skills, depth + 1)


def _before(
    path: Path, before: OverflowBefore, queue: Queue, names: set[str], config: TenantConfig
) -> Iterator[Problem]:
    yield from _overflow(path, before, names, config)
    wanted = _LIMITS.get(before.when)
    for name in ("over_items", "over"):
        if (getattr(before, name) is not None) != (name == wanted):
            yield Problem((*path, name), f"'{before.when}' {'needs' if name == wanted else 'has no'} {name}")
    if before.when == "closed" and queue.calendar is None:
        yield Problem((*path, "when"), f"queue '{queue.id}' has no calendar and is never closed")


def _overflow(
    path: Path, overflow: OverflowBefore | OverflowAfter, names: set[str], config: TenantConfig
) -> Iterator[Problem]:
    if (overflow.action == "queue") != (overflow.queue is not None):
        yield Problem((*path, "queue"), "the action 'queue' names a queue, and no other does")
    yield from known((*path, "queue"), overflow.queue, names, "queue")
    if (overflow.action in ("promise", "end")) != (overflow.message is not None):
        yield Problem((*path, "message"), "'promise' and 'end' tell the customer something, and no other does")
    yield from known((*path, "message"), overflow.message, set(config.texts), "text")


def _upwards(path: Path, lengths: Sequence[timedelta]) -> Iterator[Problem]:
    if list(lengths) != sorted(set(lengths)):
        yield Problem(path, "their times must go upwards")


def _circles(config: TenantConfig) -> Iterator[Problem]:
    """By `queue` and `fallback` alike; also where the conditions can't hold together."""
    edges = {queue.id: {target for _, target in _targets(queue, config)} for queue in config.queues}
    for i, queue in enumerate(config.queues):
        for place, target in _targets(queue, config):
            way = _way(edges, target, queue.id)
            if way is not None:
                yield Problem(("queues", i, *place), f"circular overflow: {' → '.join((queue.id, *way))}")


def _targets(queue: Queue, config: TenantConfig) -> Iterator[tuple[Path, str]]:
    last_resort = config.fallback_queue or config.default_queue
    for name, overflows in (("overflow_before", queue.overflow_before), ("overflow_after", queue.overflow_after)):
        for i, overflow in enumerate(overflows):
            target = last_resort if overflow.action == "fallback" else overflow.queue
            if target is not None:
                yield (name, i), target


def _way(edges: dict[str, set[str]], start: str, end: str) -> tuple[str, ...] | None:
    """The shortest."""
    ways: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for way in ways:
        if way[-1] == end:
            return way
        new = sorted(edges.get(way[-1], set()) - seen)
        seen |= set(new)
        ways += [(*way, name) for name in new]
    return None
