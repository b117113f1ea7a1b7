"""Agents who went away: a lost heartbeat, and what becomes of the work of those who are offline."""

from router.domain.commands import HeartbeatReceived
from router.domain.events import HeartbeatLost, HeartbeatRestored, Refusal
from router.domain.floor import Floor
from router.domain.timers import ShortTimer, left_behind
from router.domain.work import requeue

MAX_LEASE_MS = 3_600_000
SOURCE = "heartbeat_lost"


def heartbeat_received(floor: Floor, command: HeartbeatReceived) -> Refusal | None:
    """Within the grace period it makes up for the lost one; an agent who is offline already says so when back."""
    agent = floor.find_agent(command.agent_id)
    if isinstance(agent, Refusal):
        return agent
    if type(command.lease_ms) is not int or not 0 < command.lease_ms <= MAX_LEASE_MS:
        return Refusal("lease_invalid", f"A lease is 1 to {MAX_LEASE_MS} milliseconds.")
    agent.lease_until = floor.now + command.lease_ms
    if agent.lost_at is not None:
        agent.lost_at = None
        floor.freed.add(agent.agent_id)
        floor.emit(HeartbeatRestored(agent.agent_id, floor.now))
    floor.agent_changed(agent)
    floor.timers.arm(ShortTimer.LEASE, agent.agent_id)
    return None


def lease_ended(floor: Floor, agent_id: str) -> None:
    agent = floor.state.agents[agent_id]
    agent.lost_at = agent.lease_until
    offline_at = (agent.lost_at or floor.now) + floor.config.absence.grace_ms
    floor.emit(HeartbeatLost(agent_id, floor.now, offline_at))
    floor.agent_changed(agent)
    floor.timers.arm(ShortTimer.GRACE, agent_id)


def abandoned(floor: Floor, agent_id: str, real_time: bool) -> None:
    """Those offline for one channel class only since later keep its work until later."""
    agent, absence = floor.state.agents[agent_id], floor.config.absence
    after_ms = absence.abandon_after_ms if real_time else absence.return_after_ms or 0
    for item in left_behind(floor, agent, real_time):
        if agent.presence_fact(item.channel_class).since + after_ms <= floor.now:
            requeue(floor, item, "agent_offline")
    floor.timers.arm(ShortTimer.ABANDON if real_time else ShortTimer.RETURN, agent_id)
