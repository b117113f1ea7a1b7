from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from router.domain.commands import WorkRequested
from router.domain.config import QueueShare, Rule, SlaPolicy
from router.domain.floor import Floor
from router.domain.model import RoutingExplanation, RuleOutcome
from router.domain.relaxation import steps_of
from router.domain.requirements import Requirement, Step, ordered

MATCHED, NOT_MATCHED, ERROR = "matched", "not_matched", "error"


@dataclass(frozen=True, slots=True)
class Route:
    queue: str
    skills: tuple[Requirement, ...]
    steps: tuple[Step, ...]
    fallback: str | None
    priority: int
    policy: SlaPolicy | None
    preferred_agents: tuple[str, ...]
    rule: str | None
    explanation: RoutingExplanation


def route(floor: Floor, request: WorkRequested) -> Route:
    """The first rule that is true wins; what it leaves open, the request and then the defaults fill."""
    config = floor.config
    context = rule_context(floor, request.attributes)
    rule, outcomes = first_match(floor, config.rules, context)
    queue, sentence = _queue(floor, request, rule)
    policy, policy_outcomes = policy_of(floor, rule, context)
    skills, steps = _skills(request, rule)
    return Route(
        queue=queue,
        skills=steps[0].skills if steps else skills,
        steps=steps,
        fallback=rule.fallback if rule is not None and steps else None,
        priority=_priority(floor, request, rule),
        policy=policy,
        preferred_agents=rule.preferred_agents if rule is not None else (),
        rule=rule.name if rule is not None else None,
        explanation=RoutingExplanation((*outcomes, *policy_outcomes), sentence),
    )


def rule_context(floor: Floor, attributes: Mapping[str, object]) -> dict[str, object]:
    """The attributes, `now` in milliseconds, and `calendar` as {name: {"open": bool}}."""
    calendars = {name: {"open": calendar.is_open(floor.now)} for name, calendar in floor.config.calendars.items()}
    return {**attributes, "now": floor.now, "calendar": calendars}


def first_match(
    floor: Floor, rules: Sequence[Rule], context: Mapping[str, object]
) -> tuple[Rule | None, list[RuleOutcome]]:
    outcomes: list[RuleOutcome] = []
    for rule in rules:
        outcome = _try(floor, rule, context)
        outcomes.append(outcome)
        if outcome.outcome == MATCHED:
            return rule, outcomes
    return None, outcomes


def _try(floor: Floor, rule: Rule | SlaPolicy, context: Mapping[str, object]) -> RuleOutcome:
    """A condition is a tenant's own text: whatever it raises must not stop the routing of a customer's work."""
    try:
        matched = rule.condition is None or rule.condition(context)
    except Exception as error:  # noqa: BLE001 (see above: counted and shown)
        floor.rule_errors[rule.name] = floor.rule_errors.get(rule.name, 0) + 1
        return RuleOutcome(rule.name, ERROR, f"{type(error).__name__}: {error}")
    return _tried(rule.name, MATCHED if matched else NOT_MATCHED)


@lru_cache(maxsize=4_096)
def _tried(rule: str, outcome: str) -> RuleOutcome:
    """The same few values over and over."""
    return RuleOutcome(rule, outcome)


def _queue(floor: Floor, request: WorkRequested, rule: Rule | None) -> tuple[str, str]:
    config = floor.config
    if request.queue is not None and request.queue in config.queues:
        return request.queue, f"The request names queue {request.queue!r}."
    if rule is None:
        return config.default_queue, f"No rule matched: default queue {config.default_queue!r}."
    if rule.split:
        queue = _share(floor, rule.name, rule.split)
        return queue, f"Rule {rule.name!r} splits work; it is the turn of queue {queue!r}."
    if rule.queue is None:
        return config.default_queue, f"Rule {rule.name!r} names no queue: default queue {config.default_queue!r}."
    return rule.queue, f"Rule {rule.name!r} chose queue {rule.queue!r}."


def _skills(request: WorkRequested, rule: Rule | None) -> tuple[tuple[Requirement, ...], tuple[Step, ...]]:
    """Skills that the request names outrank the rule's, and nothing relaxes them."""
    skills = request.skills if request.skills is not None else rule.skills if rule is not None else ()
    if len(skills) > 1:
        skills = ordered(skills)
    return skills, () if request.skills is not None else steps_of(rule, request.last_agent, skills)


def _share(floor: Floor, rule: str, split: tuple[QueueShare, ...]) -> str:
    """Deficit round robin: every queue earns its percentage, the one served pays 100. Another split begins anew."""
    known = floor.state.shares.get(rule, {})
    if known.keys() != {share.queue for share in split}:
        known = {}
    credit = {share.queue: known.get(share.queue, 0) + share.percent for share in split}
    chosen = _next_in_turn(credit, [share for share in split if share.percent])
    credit[chosen] -= 100
    floor.state.shares[rule] = credit
    floor.changes.rules.add(rule)
    return chosen


def _next_in_turn(credit: Mapping[str, int], split: Sequence[QueueShare]) -> str:
    """Of the queues that have earned enough, the one that would be a whole item behind first.

    The richest instead would let small shares drift past one item. Source: Tijdeman, The chairman assignment problem (1980).
    """
    parts = 2 * len(split) - 2
    if parts == 0:
        return split[0].queue
    earned = [share for share in split if credit[share.queue] * parts >= 100]
    return min(earned, key=lambda share: (100 * (parts - 1) - credit[share.queue] * parts) / share.percent).queue


def policy_of(
    floor: Floor, rule: Rule | None, context: Mapping[str, object]
) -> tuple[SlaPolicy | None, list[RuleOutcome]]:
    if rule is not None and rule.sla_policy is not None:
        return floor.config.policy(rule.sla_policy), []
    errors: list[RuleOutcome] = []
    for policy in floor.config.sla_policies:
        outcome = _try(floor, policy, context)
        if outcome.outcome == MATCHED:
            return policy, errors
        if outcome.outcome == ERROR:
            errors.append(outcome)
    return None, errors


def _priority(floor: Floor, request: WorkRequested, rule: Rule | None) -> int:
    if request.priority is not None:
        return min(max(request.priority, 1), 9)
    if rule is not None and rule.priority is not None:
        return rule.priority
    return floor.config.default_priority
