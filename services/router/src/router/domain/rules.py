from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from router.domain.commands import WorkRequested
from router.domain.config import QueueShare, Rule, SlaPolicy
from router.domain.floor import Floor
from router.domain.model import RoutingExplanation, RuleOutcome
from router.domain.relaxation import steps_of
from router.domain.requirements import Requirement, Step, ordered

MATCHED, NOT_MATCHED, ERROR = "matched", "not_matched", "error"


@dataclass(slots=True)
class Route:
    """Not frozen: one is made for every request, and setting frozen fields costs four times as much."""

    queue: str
    skills: tuple[Requirement, ...]
    steps: tuple[Step, ...]
    fallback: str | None
    priority: int
    policy: SlaPolicy | None
    preferred_agents: tuple[str, ...]
    last_agent: str | None
    rule: str | None
    explanation: RoutingExplanation


def route(floor: Floor, request: WorkRequested) -> Route:
    """The first rule that is true wins; what it leaves open, the request and then the defaults fill."""
    config = floor.config
    context = rule_context(floor, request.attributes)
    number, failed = first_match(floor, config.rules, context)
    rule = config.rules[number] if number < len(config.rules) else None
    way = _queue(floor, request, rule)
    explanation = _explanation(floor, number, way, failed)
    policy, failed_policies = policy_of(floor, rule, context)
    if failed_policies:
        explanation = replace(explanation, rules=(*explanation.rules, *failed_policies))
    last_agent = _last_agent(request, rule)
    skills, steps = _skills(floor, request, number, last_agent)
    return Route(
        queue=way[0],
        skills=steps[0].skills if steps else skills,
        steps=steps,
        fallback=rule.fallback if rule is not None and steps else None,
        priority=_priority(floor, request, rule),
        policy=policy,
        preferred_agents=rule.preferred_agents if rule is not None else (),
        last_agent=last_agent,
        rule=rule.name if rule is not None else None,
        explanation=explanation,
    )


def rule_context(floor: Floor, attributes: Mapping[str, object]) -> dict[str, object]:
    """The attributes, `now` in milliseconds, and `calendar` as {name: {"open": bool}}."""
    calendars = {name: {"open": calendar.is_open(floor.now)} for name, calendar in floor.config.calendars.items()}
    return {**attributes, "now": floor.now, "calendar": calendars}


def first_match(
    floor: Floor, rules: Sequence[Rule], context: Mapping[str, object]
) -> tuple[int, dict[int, RuleOutcome]]:
    """The number of the first rule that is true, or how many there are; and by number those that failed before it."""
    failed: dict[int, RuleOutcome] = {}
    for number, rule in enumerate(rules):
        try:
            if rule.condition is None or rule.condition(context):
                return number, failed
        except Exception as error:  # noqa: BLE001 (a tenant's own text: it must not stop the routing of a customer's work)
            failed[number] = _failed(floor, rule, error)
    return len(rules), failed


def _failed(floor: Floor, rule: Rule | SlaPolicy, error: Exception) -> RuleOutcome:
    """Counted and shown."""
    floor.rule_errors[rule.name] = floor.rule_errors.get(rule.name, 0) + 1
    return RuleOutcome(rule.name, ERROR, _in_words(error))


def _in_words(error: Exception) -> str:
    """For whoever wrote the rule: of a key that is missing the library says nothing but the key."""
    return f"there is no {error}" if isinstance(error, KeyError) else str(error) or type(error).__name__


def _explanation(floor: Floor, number: int, way: tuple[str, str], failed: dict[int, RuleOutcome]) -> RoutingExplanation:
    """Work that came the same way shares one, unless a rule failed on it."""
    if failed:
        return _explained(floor.config.rules, number, way, failed)
    known = floor.explanations.get((number, way))
    if known is None:
        known = floor.explanations[number, way] = _explained(floor.config.rules, number, way, failed)
    return known


def _explained(
    rules: Sequence[Rule], number: int, way: tuple[str, str], failed: Mapping[int, RuleOutcome]
) -> RoutingExplanation:
    tried = [failed.get(at) or RuleOutcome(rule.name, NOT_MATCHED) for at, rule in enumerate(rules[:number])]
    matched = [RuleOutcome(rule.name, MATCHED) for rule in rules[number : number + 1]]
    queue, why = way
    return RoutingExplanation((*tried, *matched), why.format(queue=queue, rule=matched[0].rule if matched else ""))


def _queue(floor: Floor, request: WorkRequested, rule: Rule | None) -> tuple[str, str]:
    """And a sentence that says why, of `{rule}` and `{queue}`."""
    config = floor.config
    if request.queue is not None and request.queue in config.queues:
        return request.queue, "The request names queue {queue!r}."
    if rule is None:
        return config.default_queue, "No rule matched: default queue {queue!r}."
    if rule.split:
        return _share(floor, rule.name, rule.split), "Rule {rule!r} splits work; it is the turn of queue {queue!r}."
    if rule.queue is None:
        return config.default_queue, "Rule {rule!r} names no queue: default queue {queue!r}."
    return rule.queue, "Rule {rule!r} chose queue {queue!r}."


def _last_agent(request: WorkRequested, rule: Rule | None) -> str | None:
    """The case's own; in a new case the customer's, if the rule asks for the last agent."""
    sticks = rule is not None and rule.last_agent is not None
    return request.last_agent or (request.customers_last_agent if sticks else None)


def _skills(
    floor: Floor, request: WorkRequested, number: int, last_agent: str | None
) -> tuple[tuple[Requirement, ...], tuple[Step, ...]]:
    """Skills that the request names outrank the rule's, and nothing relaxes them."""
    if request.skills is not None:
        return ordered(request.skills), ()
    if number == len(floor.config.rules):
        return (), ()
    rule = floor.config.rules[number]
    skills = ordered(rule.skills)
    return skills, steps_of(rule, floor.relaxing[number], last_agent, skills)


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
        try:
            if policy.condition is None or policy.condition(context):
                return policy, errors
        except Exception as error:  # noqa: BLE001 (a tenant's own text: it must not stop the routing of a customer's work)
            errors.append(_failed(floor, policy, error))
    return None, errors


def _priority(floor: Floor, request: WorkRequested, rule: Rule | None) -> int:
    if request.priority is not None:
        return min(max(request.priority, 1), 9)
    if rule is not None and rule.priority is not None:
        return rule.priority
    return floor.config.default_priority
