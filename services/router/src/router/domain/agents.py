"""Agents: what they can do, how much at once, and whether they are there."""

from router.domain.absence import SOURCE
from router.domain.commands import ChangeAgent, ConfigureAgent, EndConsult, RemoveAgent, SetPresence
from router.domain.config import MAX_SKILL_LEVEL
from router.domain.events import AgentConfigured, AgentRemoved, PresenceChanged, Refusal
from router.domain.floor import Floor
from router.domain.load import limit_excess
from router.domain.model import Agent, ChannelClass, OfferOutcome, Presence, PresenceFact, WorkItem, WorkState
from router.domain.offers import end_offer, withdraw_offer
from router.domain.signatures import NOBODY, ring_of
from router.domain.supervision import end_consult
from router.domain.work import end_wrap_up_of, requeue


def configure_agent(floor: Floor, command: ConfigureAgent) -> Refusal | None:
    refused = _refuse_agent(floor, command)
    if refused is not None:
        return refused
    agent = floor.state.agents.get(command.agent_id)
    if agent is None:
        agent = Agent(command.agent_id, command.name, (), {}, {}, idle_since=floor.now, presence_since=floor.now)
        floor.state.agents[command.agent_id] = agent
    agent.name, agent.queues = command.name, command.queues
    agent.rings, agent.served = {}, None
    agent.skills, agent.capacity = dict(command.skills), dict(command.capacity)
    skills, capacity = dict(command.skills), dict(command.capacity)
    floor.emit(AgentConfigured(agent.agent_id, floor.now, agent.name, agent.queues, skills, capacity))
    _withdraw_unfit_offers(floor, agent)
    limit_excess(agent)
    floor.freed.add(agent.agent_id)
    floor.agent_changed(agent)
    return None


def change_agent(floor: Floor, command: ChangeAgent) -> Refusal | None:
    agent = floor.find_agent(command.agent_id)
    if isinstance(agent, Refusal):
        return agent
    return configure_agent(
        floor,
        ConfigureAgent(
            agent_id=agent.agent_id,
            name=agent.name if command.name is None else command.name,
            queues=agent.queues if command.queues is None else command.queues,
            skills=agent.skills if command.skills is None else command.skills,
            capacity=agent.capacity if command.capacity is None else command.capacity,
        ),
    )


def remove_agent(floor: Floor, command: RemoveAgent) -> Refusal | None:
    agent = floor.find_agent(command.agent_id)
    if isinstance(agent, Refusal):
        return agent
    for item in _held(floor, agent):
        if item.state is WorkState.OFFERED:
            withdraw_offer(floor, item, "agent_removed")
        elif item.state is WorkState.WRAPPING:
            end_wrap_up_of(floor, item)
        else:
            requeue(floor, item, "agent_removed")
    for item in floor.state.work.values():
        if agent.agent_id in dict(item.consults):
            end_consult(floor, EndConsult(item.case_id, agent.agent_id))
    del floor.state.agents[agent.agent_id]
    floor.freed.discard(agent.agent_id)
    stop_waiting_for(floor, agent.agent_id)
    floor.agent_changed(agent)
    floor.changes.agents[agent.agent_id] = None
    floor.emit(AgentRemoved(agent.agent_id, floor.now))
    return None


def set_presence(floor: Floor, command: SetPresence) -> Refusal | None:
    agent = floor.find_agent(command.agent_id)
    if isinstance(agent, Refusal):
        return agent
    presence = _presence(floor, command.presence)
    if presence is None:
        return Refusal("presence_unknown", f"There is no presence {command.presence!r}.")
    if command.channel_class is not None and not isinstance(command.channel_class, ChannelClass):
        return Refusal("channel_class_unknown", f"There is no channel class {command.channel_class!r}.")
    if not _has_presence(agent, presence, command):
        change_presence(floor, agent, presence, command.presence, command.source, command.channel_class)
    return None


def change_presence(
    floor: Floor, agent: Agent, presence: Presence, name: str, source: str, channel_class: ChannelClass | None = None
) -> None:
    """A presence for all channel classes also forgets those set for one."""
    previous = agent.presence if channel_class is None else agent.presence_for(channel_class)
    _set(agent, presence, PresenceFact(name, source, floor.now), channel_class)
    floor.emit(PresenceChanged(agent.agent_id, floor.now, presence, name, previous, source, channel_class))
    if presence is Presence.AVAILABLE and previous is not Presence.AVAILABLE:
        agent.idle_since = floor.now
    for item in _held(floor, agent):
        if item.state is WorkState.OFFERED and agent.presence_for(item.channel_class).absent:
            withdraw_offer(floor, item, presence.value)
    if agent.presence is Presence.OFFLINE:
        agent.lost_at = agent.lease_until = None
    elif agent.lease_until is not None and agent.lost_at is None and agent.lease_until <= floor.now:
        agent.lease_until = None  # it ended while the agent was offline
    floor.timers.arm_agent(agent)
    stop_waiting_for(floor, agent.agent_id)
    floor.freed.add(agent.agent_id)
    floor.agent_changed(agent)


def follow_presences(floor: Floor) -> None:
    """Names of the tenant's own may have come to mean another of the four; agents in them follow at once."""
    for agent_id in sorted(floor.state.agents):
        agent = floor.state.agents[agent_id]
        facts = {name: (fact, agent.presence_by_class[name]) for name, fact in agent.presence_facts.items()}
        general = PresenceFact(agent.presence_name, agent.presence_source, agent.presence_since)
        forgets = _follow(floor, agent, general, agent.presence, None)
        for channel_class, (fact, presence) in facts.items():
            _follow(floor, agent, fact, presence, channel_class, again=forgets)


def _follow(
    floor: Floor,
    agent: Agent,
    fact: PresenceFact,
    presence: Presence,
    channel_class: ChannelClass | None,
    again: bool = False,
) -> bool:
    """`again`: it was forgotten, as that for all classes changed."""
    meant = floor.config.presences.get(fact.name, presence)
    if meant is not presence or again:
        change_presence(floor, agent, meant, fact.name, fact.source, channel_class)
    return meant is not presence


def heartbeat_gone(floor: Floor, agent_id: str) -> None:
    """The grace period is over."""
    change_presence(floor, floor.state.agents[agent_id], Presence.OFFLINE, Presence.OFFLINE.value, SOURCE)


def stop_waiting_for(floor: Floor, agent_id: str) -> None:
    """Work that waits for this agent alone looks again whether it still should."""
    for case_id in sorted(floor.waiting.awaiting.get(agent_id, ())):
        floor.reorder(floor.state.work[case_id])


def miss_offer(floor: Floor, item: WorkItem) -> None:
    """The offer expired unanswered."""
    agent = floor.state.agents[item.offers[-1].agent_id]
    presence = floor.queue_of(item).presence_on_missed_offer
    floor.figures.missed(item.queue, floor.now)
    end_offer(floor, item, OfferOutcome.TIMED_OUT, "")
    floor.enqueue(item)
    if presence is not None and agent.presence is not presence:
        change_presence(floor, agent, presence, presence.value, "missed_offers")


def _set(agent: Agent, presence: Presence, fact: PresenceFact, channel_class: ChannelClass | None) -> None:
    if channel_class is not None:
        agent.presence_by_class[channel_class], agent.presence_facts[channel_class] = presence, fact
        return
    agent.presence_by_class.clear()
    agent.presence_facts.clear()
    agent.presence, agent.presence_name = presence, fact.name
    agent.presence_source, agent.presence_since = fact.source, fact.since


def _has_presence(agent: Agent, presence: Presence, command: SetPresence) -> bool:
    if command.channel_class is not None:
        is_named_so = agent.presence_fact(command.channel_class).name == command.presence
        return is_named_so and agent.presence_for(command.channel_class) is presence
    known = (agent.presence, agent.presence_name, agent.presence_by_class)
    return known == (presence, command.presence, {})


def _presence(floor: Floor, name: str) -> Presence | None:
    if name in floor.config.presences:
        return floor.config.presences[name]
    return next((presence for presence in Presence if presence.value == name), None)


def _held(floor: Floor, agent: Agent) -> list[WorkItem]:
    return [floor.state.work[case_id] for case_id in sorted(agent.held)]


def _withdraw_unfit_offers(floor: Floor, agent: Agent) -> None:
    """Assigned work stays with the agent; an offer must suit the agent as now configured."""
    offered = [item for item in _held(floor, agent) if item.state is WorkState.OFFERED]
    for item in sorted(offered, key=lambda item: (-item.offers[-1].offered_at, item.case_id)):
        signature = floor.signatures.of(item)
        step = signature.step if signature.agent_id is not None else None
        serves = item.queue in agent.queues or (step is not None and not step.respects_skills)
        is_over = any(agent.room(name) < 0 for name, _ in signature.needs) and (step is None or step.respects_capacity)
        if not serves or ring_of(agent, signature) == NOBODY or is_over:
            withdraw_offer(floor, item, "agent_configured")


def _refuse_agent(floor: Floor, command: ConfigureAgent) -> Refusal | None:
    for queue in command.queues:
        if queue not in floor.config.queues:
            return Refusal("unknown_queue", f"There is no queue {queue!r}.")
    for skill, level in command.skills.items():
        if type(level) is not int or not 1 <= level <= MAX_SKILL_LEVEL:
            return Refusal("skill_level_invalid", f"The level of skill {skill!r} must be 1 to {MAX_SKILL_LEVEL}.")
    for name, units in command.capacity.items():
        if not isinstance(name, ChannelClass):
            return Refusal("channel_class_unknown", f"There is no channel class {name!r}.")
        if type(units) is not int or units < 0:
            return Refusal("capacity_invalid", f"The capacity for {name.value} must be a whole number from 0.")
    return None
