"""Waiting work becomes less choosy with time: preferred agents first, then the steps of its relaxation, then anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING

from router.domain.events import WorkOverflowed, WorkRelaxed
from router.domain.model import Presence, WorkItem
from router.domain.policies import Preference, PreferredAgent
from router.domain.requirements import Requirement, Step
from router.domain.signatures import current_step, required_now

if TYPE_CHECKING:
    from router.domain.config import Rule
    from router.domain.floor import Floor


def settle_step(floor: Floor, item: WorkItem) -> None:
    """Moves on to the step that holds now, which may be in another queue; the caller moves the work there."""
    before, reason = item.step, ""
    while (step := current_step(item)) is not None and (over := _over(floor, item, step)) is not None:
        item.step += 1
        reason = over
        _fall_back(floor, item, step)
    if item.step != before:
        item.skills, item.signature = required_now(item), None
        floor.emit(WorkRelaxed(item.case_id, floor.now, item.queue, item.step, item.skills, reason))


def relaxing_of(rule: Rule) -> tuple[Step, ...]:
    return tuple(Step(step.skills, step.until_ms, step.widens) for step in rule.relaxation)


def steps_of(
    rule: Rule, relaxing: tuple[Step, ...], last_agent: str | None, skills: tuple[Requirement, ...]
) -> tuple[Step, ...]:
    """Agents waited for, one after the other, and then what the rule relaxes. No steps means the skills for ever."""
    if rule.last_agent is None and not rule.preferred:
        return relaxing
    named = [PreferredAgent(last_agent, rule.last_agent)] if last_agent and rule.last_agent is not None else []
    named += [each for each in rule.preferred if each.agent_id != last_agent or not named]
    required = relaxing[0].skills if relaxing else skills
    steps, until = [], 0
    for each in named:
        until += each.preference.wait_ms
        if each.preference.wait_ms > 0:
            steps.append(step_for(each.agent_id, each.preference, until, required))
    return (*steps, *(relaxing or (Step(skills),))) if steps else relaxing


def step_for(agent_id: str, preference: Preference, until_ms: int, skills: tuple[Requirement, ...]) -> Step:
    return Step(
        skills=skills,
        until_ms=until_ms,
        agent_id=agent_id,
        respects_presence=preference.respects_presence,
        respects_capacity=preference.respects_capacity,
        respects_skills=preference.respects_skills,
    )


def _over(floor: Floor, item: WorkItem, step: Step) -> str | None:
    """Why the step is over; None while it holds."""
    if step.until_ms is not None and floor.now >= item.relaxing_since + step.until_ms:
        return "expired"
    if step.agent_id is None:
        return None
    agent = floor.state.agents.get(step.agent_id)
    if agent is None or agent.presence_for(item.channel_class) is Presence.OFFLINE:
        return "agent_offline"
    if step.agent_id in item.excluded_agents or item.declines.get(step.agent_id, 0) > 0:
        return "agent_declined"
    return None


def _fall_back(floor: Floor, item: WorkItem, ended: Step) -> None:
    """When the last agent waited for did not take the work, it may have another queue to go to."""
    following = current_step(item)
    target, is_last = item.step_fallback, following is None or following.agent_id is None
    if ended.agent_id is None or not is_last or target is None:
        return
    item.step_fallback = None
    if target in floor.config.queues and target != item.queue:
        floor.emit(WorkOverflowed(item.case_id, floor.now, item.queue, target, "fallback", "preferred_agents"))
        item.queue = target
