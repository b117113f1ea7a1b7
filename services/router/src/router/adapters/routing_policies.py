"""What queues, rules and tenants choose, from their configuration into the engine's policies."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Final

from contracts import config as contract
from router.domain import policies
from router.domain.config import QueueShare
from router.domain.model import ChannelClass
from router.domain.requirements import AllOf, AnyOf, NoneOf, OneOfAgents, Requirement, SkillNeed

_MILLISECOND: Final = timedelta(milliseconds=1)
_WHEN: Final = {
    "closed": policies.OverflowWhen.CLOSED,
    "waiting": policies.OverflowWhen.WAITING_OVER,
    "oldest": policies.OverflowWhen.OLDEST_OVER,
    "estimated_wait": policies.OverflowWhen.ESTIMATED_OVER,
}


def requirements(required: Iterable[contract.Requirement]) -> tuple[Requirement, ...]:
    return tuple(map(_requirement, required))


def relaxation(rule: contract.RoutingRule) -> tuple[policies.RelaxationStep, ...]:
    return tuple(
        policies.RelaxationStep(requirements(step.require), _ms_or_none(step.until), step.widens)
        for step in rule.relaxation
    )


def split(rule: contract.RoutingRule) -> tuple[QueueShare, ...]:
    return tuple(QueueShare(share.queue, share.percent) for share in rule.split)


def preference(chosen: contract.Preference) -> policies.Preference:
    return policies.Preference(ms(chosen.wait), chosen.respect_presence, chosen.respect_capacity, chosen.respect_skills)


def preferred(rule: contract.RoutingRule) -> tuple[policies.PreferredAgent, ...]:
    return tuple(policies.PreferredAgent(each.agent, preference(each)) for each in rule.preferred)


def asked_first(rule: contract.RoutingRule) -> tuple[str, ...]:
    """Those who are not waited for."""
    return tuple(each.agent for each in rule.preferred if not each.wait)


def overflow_before(queue: contract.Queue) -> tuple[policies.OverflowBefore, ...]:
    return tuple(
        policies.OverflowBefore(_WHEN[each.when], _overflow(each), each.over_items or _ms_or_none(each.over) or 0)
        for each in queue.overflow_before
    )


def overflow_after(queue: contract.Queue) -> tuple[policies.OverflowAfter, ...]:
    return tuple(policies.OverflowAfter(ms(each.after), _overflow(each)) for each in queue.overflow_after)


def capacity(chosen: contract.Capacity) -> policies.CapacityPolicy:
    return policies.CapacityPolicy(
        also={
            ChannelClass(name): {ChannelClass(other): units for other, units in also.items()}
            for name, also in chosen.also.items()
        },
        exclusive=frozenset(map(ChannelClass, chosen.exclusive)),
        interrupts=frozenset(map(ChannelClass, chosen.interrupts)),
    )


def absence(chosen: contract.Absence) -> policies.AbsencePolicy:
    return policies.AbsencePolicy(ms(chosen.grace), ms(chosen.abandon_after), _ms_or_none(chosen.return_after))


def ms(length: timedelta) -> int:
    return length // _MILLISECOND


def _ms_or_none(length: timedelta | None) -> int | None:
    return None if length is None else ms(length)


def _overflow(chosen: contract.OverflowBefore | contract.OverflowAfter) -> policies.Overflow:
    return policies.Overflow(policies.OverflowAction(chosen.action), chosen.queue, chosen.message)


def _requirement(required: contract.Requirement) -> Requirement:
    if required.all_of:
        return AllOf(requirements(required.all_of))
    if required.any_of:
        return AnyOf(requirements(required.any_of))
    if required.none_of:
        return NoneOf(requirements(required.none_of))
    if required.skill is None:
        return OneOfAgents(required.agents)
    return SkillNeed(required.skill, required.at_least, required.at_most)
