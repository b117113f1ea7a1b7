"""Agents on `routing.commands` and `routing.events`: what they can do, and whether they are there."""

from contracts.base import Contract, Instant, Int, OpenEnum


class ConfigureAgent(Contract):
    """The whole of an agent: skills are levels 1 to 10, capacity is units per channel class."""

    agent_id: str
    name: str
    queues: tuple[str, ...] = ()
    skills: dict[str, Int] = {}
    capacity: dict[str, Int] = {}


class ChangeAgent(Contract):
    """A part of an agent; what is None stays as it is. Each part that is given replaces the whole part."""

    agent_id: str
    name: str | None = None
    queues: tuple[str, ...] | None = None
    skills: dict[str, Int] | None = None
    capacity: dict[str, Int] | None = None


class RemoveAgent(Contract):
    agent_id: str


class Presence(OpenEnum):
    AVAILABLE = "available"
    BUSY = "busy"
    AWAY = "away"
    OFFLINE = "offline"
    UNKNOWN = "unknown"


class PresenceSource(OpenEnum):
    CONFIGURED = "configured"
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    END_OF_SHIFT = "end_of_shift"
    HEARTBEAT_LOST = "heartbeat_lost"
    MISSED_OFFERS = "missed_offers"
    UNKNOWN = "unknown"


class SetPresence(Contract):
    """`presence` is one of the four or the tenant's own name for one of them. Without a channel class it is for all, and
    forgets what was set for one.
    """

    agent_id: str
    presence: str
    source: PresenceSource = PresenceSource.AGENT
    channel_class: str | None = None


class HeartbeatReceived(Contract):
    """The agent's socket is alive and says so again within `lease_ms`."""

    agent_id: str
    lease_ms: Int


class AgentConfigured(Contract):
    agent_id: str
    configured_at: Instant


class AgentRemoved(Contract):
    agent_id: str
    removed_at: Instant


class PresenceChanged(Contract):
    """`name` is the tenant's own for it, or the same word. Without a channel class it is for all."""

    agent_id: str
    presence: Presence
    name: str = ""
    channel_class: str | None = None
    source: PresenceSource
    changed_at: Instant


class HeartbeatLost(Contract):
    """The agent gets no new work, and is offline at `offline_at` unless a heartbeat comes."""

    agent_id: str
    offline_at: Instant
    lost_at: Instant


class HeartbeatRestored(Contract):
    agent_id: str
    restored_at: Instant
