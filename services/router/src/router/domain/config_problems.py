"""What contradicts itself in queues and rules, each as one sentence with its place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from router.domain import requirements
from router.domain.policies import MAX_PREFERRED, Overflow, OverflowAction, OverflowWhen, WrapUp
from router.domain.sla_config import PRIORITIES

if TYPE_CHECKING:
    from router.domain.config import QueueConfig, RoutingConfig, Rule

MAX_SPLIT_QUEUES = 10


def queue_problems(config: RoutingConfig) -> Iterator[str]:
    for place, name in (("default_queue", config.default_queue), ("fallback_queue", config.fallback_queue)):
        if name is not None and name not in config.queues:
            yield f"{place}: there is no queue named {name!r}."
    for name, queue in config.queues.items():
        if name != queue.name:
            yield f"queues.{name}: the queue inside is named {queue.name!r}."
        yield from _limits(queue)
        if queue.calendar is not None and queue.calendar not in config.calendars:
            yield f"queues.{name}.calendar: there is no calendar named {queue.calendar!r}."
        yield from _overflow(config, queue)
    for circle in _circles(config):
        yield f"queues.{circle[0]}.overflow: circular overflow: {' → '.join(circle)}."
    yield from _capacity(config)


def _limits(queue: QueueConfig) -> Iterator[str]:
    place = f"queues.{queue.name}"
    if min(queue.offer_timeout_ms, queue.transfer_wait_ms, queue.answer_within_ms) <= 0:
        yield f"{place}.offer_timeout: must be longer than zero, as transfer_wait and answer_within must."
    if queue.max_declines_per_agent < 1 or queue.max_declines < 1:
        yield f"{place}: limits of declines must be at least 1."
    if min(queue.wrap_up_ms, queue.ageing_points_per_minute, *queue.ageing_by_segment.values(), 0) < 0:
        yield f"{place}: wrap-up and ageing cannot be negative."
    if queue.wrap_up is WrapUp.NONE and queue.wrap_up_ms > 0:
        yield f"{place}.wrap_up: there is none, but it has a length."
    if queue.park_after_ms is not None and queue.park_after_ms <= 0:
        yield f"{place}.park_after: must be longer than zero."


def _overflow(config: RoutingConfig, queue: QueueConfig) -> Iterator[str]:
    for number, before in enumerate(queue.overflow_before):
        place = f"queues.{queue.name}.overflow_before.{number}"
        yield from _overflow_action(config, before.overflow, place)
        if before.limit < 0 or (before.limit == 0 and before.when is OverflowWhen.ESTIMATED_OVER):
            yield f"{place}.limit: cannot be negative, and an estimate is never under a minute."
        if before.when is OverflowWhen.CLOSED and queue.calendar is None:
            yield f"{place}.when: queue {queue.name!r} has no calendar and is never closed."
    waits = [after.wait_ms for after in queue.overflow_after]
    if any(wait <= 0 for wait in waits) or waits != sorted(set(waits)):
        yield f"queues.{queue.name}.overflow_after: waits must be longer than zero and go upwards."
    for number, after in enumerate(queue.overflow_after):
        yield from _overflow_action(config, after.overflow, f"queues.{queue.name}.overflow_after.{number}")


def _overflow_action(config: RoutingConfig, overflow: Overflow, place: str) -> Iterator[str]:
    if (overflow.action is OverflowAction.QUEUE) != (overflow.queue is not None):
        yield f"{place}: the action 'queue' names a queue, and no other does."
    if overflow.queue is not None and overflow.queue not in config.queues:
        yield f"{place}.queue: there is no queue named {overflow.queue!r}."
    if overflow.action in (OverflowAction.PROMISE, OverflowAction.END) and not overflow.message:
        yield f"{place}.message: the customer must be told something."


def _circles(config: RoutingConfig) -> Iterator[tuple[str, ...]]:
    """Each once, from its first queue by name."""
    targets = {name: sorted(_targets(config, queue)) for name, queue in config.queues.items()}
    for start in sorted(targets):
        path = _way_back(targets, start)
        if path is not None and start == min(path):
            yield path


def _way_back(targets: dict[str, list[str]], start: str) -> tuple[str, ...] | None:
    paths: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for path in paths:
        for target in targets.get(path[-1], ()):
            if target == start:
                return (*path, start)
            if target not in seen:
                seen.add(target)
                paths.append((*path, target))
    return None


def _targets(config: RoutingConfig, queue: QueueConfig) -> set[str]:
    overflows = [*(before.overflow for before in queue.overflow_before), *(o.overflow for o in queue.overflow_after)]
    targets = {overflow.queue for overflow in overflows if overflow.queue is not None}
    if any(overflow.action is OverflowAction.FALLBACK for overflow in overflows):
        targets.add(config.fallback_queue or config.default_queue)
    return targets


def _capacity(config: RoutingConfig) -> Iterator[str]:
    units = list(config.channel_units.items())
    units += [(name, n) for also in config.capacity.also.values() for name, n in also.items()]
    for channel_class, n in units:
        if type(n) is not int or n < 1:
            yield f"channel_units.{channel_class}: an item takes at least 1 unit, and whole ones."
    for name, also in config.capacity.also.items():
        if name in also:
            yield f"capacity.also.{name}: what an item takes of its own class is said by channel_units."
    absence = config.absence
    if min(absence.grace_ms, absence.abandon_after_ms, absence.return_after_ms or 0) < 0:
        yield "absence: lengths of time cannot be negative."


def rule_problems(config: RoutingConfig) -> Iterator[str]:
    seen: set[str] = set()
    for rule in config.rules:
        place = f"rules.{rule.name}"
        if rule.name in seen:
            yield f"{place}: two rules have this name."
        seen.add(rule.name)
        yield from _target_problems(config, rule, place)
        if rule.sla_policy is not None and config.policy(rule.sla_policy) is None:
            yield f"{place}.sla_policy: there is no SLA policy named {rule.sla_policy!r}."
        if rule.priority is not None and rule.priority not in PRIORITIES:
            yield f"{place}.priority: must be 1 (high) to 9."
        yield from requirements.problems_of(rule.skills, f"{place}.skills")
        yield from _relaxation(rule, place)
        yield from _preferences(rule, place)


def _relaxation(rule: Rule, place: str) -> Iterator[str]:
    if rule.skills and rule.relaxation:
        yield f"{place}: has skills and relaxation; the first step of the relaxation states the skills."
    for number, step in enumerate(rule.relaxation):
        yield from requirements.problems_of(step.skills, f"{place}.relaxation.{number}.skills")
    ends = [step.until_ms for step in rule.relaxation]
    if None in ends[:-1]:
        yield f"{place}.relaxation: only the last step may have no end; nothing follows it."
    known = [end for end in ends if end is not None]
    if any(end <= 0 for end in known) or known != sorted(set(known)):
        yield f"{place}.relaxation: ends must be longer than zero and go upwards."


def _preferences(rule: Rule, place: str) -> Iterator[str]:
    names = [preferred.agent_id for preferred in rule.preferred]
    if len(names) > MAX_PREFERRED or len(set(names)) != len(names):
        yield f"{place}.preferred: names up to {MAX_PREFERRED} agents, each once."
    waits = [preferred.preference.wait_ms for preferred in rule.preferred]
    if any(wait < 0 for wait in waits) or (rule.last_agent is not None and rule.last_agent.wait_ms < 0):
        yield f"{place}.preferred: a wait cannot be negative."


def _target_problems(config: RoutingConfig, rule: Rule, place: str) -> Iterator[str]:
    if rule.queue is not None and rule.split:
        yield f"{place}: has a queue and a split; it needs one of them."
    targets = [share.queue for share in rule.split] or ([] if rule.queue is None else [rule.queue])
    yield from _unknown(config, [*targets, *([rule.fallback] if rule.fallback is not None else [])], place)
    if not rule.split:
        return
    if len(rule.split) > MAX_SPLIT_QUEUES or len(set(targets)) != len(targets):
        yield f"{place}.split: names up to {MAX_SPLIT_QUEUES} queues, each once."
    if sum(share.percent for share in rule.split) != 100 or any(share.percent < 0 for share in rule.split):
        yield f"{place}.split: percentages must add up to 100."


def _unknown(config: RoutingConfig, targets: Iterable[str], place: str) -> Iterator[str]:
    for target in targets:
        if target not in config.queues:
            yield f"{place}: there is no queue named {target!r}."
