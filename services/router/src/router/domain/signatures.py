"""What makes waiting items alike to agents: one object per distinct demand, so that whatever is known of it is found at once."""

from collections.abc import Mapping
from json import dumps

from router.domain.model import Agent, ChannelClass, WorkItem
from router.domain.policies import CapacityPolicy
from router.domain.requirements import OneOfAgents, Requirement, SkillNeed, Step, meets, requirement_record

Ring = tuple[Requirement, ...]
NOBODY = -1


class Signature:
    """`rings` are alternatives, the earlier preferred. `needs` is the room that must be there, by class.

    Whoever has any room for the class has it for a light one. With an `agent_id` only that agent is wanted now. `origin`
    names what was asked for at first, before anything relaxed.
    """

    __slots__ = (
        "_wait_keys",
        "agent_id",
        "channel_class",
        "contested",
        "exclusive",
        "interrupts",
        "is_light",
        "needs",
        "origin",
        "rings",
        "step",
    )

    def __init__(self, item: WorkItem, policy: CapacityPolicy) -> None:
        self.channel_class = item.channel_class
        self.step = current_step(item)
        self.agent_id = self.step.agent_id if self.step is not None else None
        self.rings = _rings(item)
        self.interrupts = item.channel_class in policy.interrupts
        own = (item.channel_class, item.units)
        self.needs = (own,) if self.interrupts else (own, *item.also)
        self.exclusive = policy.exclusive
        self.contested = bool(policy.exclusive) and not self.interrupts
        self.is_light = len(self.needs) == 1 and item.units == 1 and not self.contested
        self.origin = dumps([item.channel_class.value, list(map(requirement_record, _asked_first(item)))])
        self._wait_keys: dict[str, str] = {}

    def wait_key(self, queue: str) -> str:
        """Of the answered waits in a queue; made once, as every assignment asks for it."""
        known = self._wait_keys.get(queue)
        if known is None:
            known = self._wait_keys[queue] = f"{queue}|{self.origin}"
        return known


class Signatures:
    def __init__(self, policy: CapacityPolicy) -> None:
        self._policy = policy
        self._known: dict[tuple[object, ...], Signature] = {}

    def of(self, item: WorkItem) -> Signature:
        if item.signature is None:
            demand = (item.channel_class, item.units, item.also, item.steps or item.skills, item.step)
            signature = self._known.get(demand)
            if signature is None:
                signature = self._known[demand] = Signature(item, self._policy)
            item.signature = signature
        found: Signature = item.signature
        return found


def current_step(item: WorkItem) -> Step | None:
    return item.steps[item.step] if item.step < len(item.steps) else None


def ring_of(agent: Agent, signature: Signature) -> int:
    """The first ring that the agent is in, or NOBODY."""
    ring = agent.rings.get(signature)
    if ring is None:
        ring = agent.rings[signature] = _ring(agent.agent_id, agent.skills, signature.rings)
    return ring


def has_room(agent: Agent, signature: Signature) -> bool:
    capacity, used = agent.capacity, agent.used
    for name, units in signature.needs:
        if capacity.get(name, 0) - used.get(name, 0) < units:
            return False
    return not signature.contested or shares_agent(agent, signature)


def shares_agent(agent: Agent, signature: Signature) -> bool:
    """No exclusive class is there with another."""
    others = [name for name, count in agent.active.items() if count and name is not signature.channel_class]
    return not others or (signature.channel_class not in signature.exclusive and signature.exclusive.isdisjoint(others))


def required_now(item: WorkItem) -> tuple[Requirement, ...]:
    """The skills of the present step; nothing after the last one."""
    if not item.steps:
        return item.skills
    step = current_step(item)
    return () if step is None else step.skills


def _asked_first(item: WorkItem) -> Ring:
    return next((step.skills for step in item.steps if step.agent_id is None), item.skills)


def _ring(agent_id: str, skills: Mapping[str, int], rings: tuple[Ring, ...]) -> int:
    for number, ring in enumerate(rings):
        if _is_in(agent_id, skills, ring):
            return number
    return NOBODY


def _is_in(agent_id: str, skills: Mapping[str, int], ring: Ring) -> bool:
    """Plain skills, which most work asks for, are looked at here: a generator and a call for each take four times as long."""
    for requirement in ring:
        if type(requirement) is SkillNeed:
            if not requirement.level <= skills.get(requirement.name, 0) <= requirement.at_most:
                return False
        elif not meets(agent_id, skills, requirement):
            return False
    return True


def _rings(item: WorkItem) -> tuple[Ring, ...]:
    if not item.steps:
        return (item.skills,)
    rings: list[Ring] = []
    for step in item.steps[: item.step + 1]:
        if not step.widens:
            rings = []
        rings.append(_wanted(step))
    if item.step >= len(item.steps):
        rings = [*rings, ()] if item.steps[-1].widens else [()]
    return tuple(rings)


def _wanted(step: Step) -> Ring:
    if step.agent_id is None:
        return step.skills
    named = OneOfAgents((step.agent_id,))
    return (named, *step.skills) if step.respects_skills else (named,)


def units_taken(item: WorkItem) -> tuple[tuple[ChannelClass, int], ...]:
    return ((item.channel_class, item.units), *item.also)
