"""Who talks with a customer: a bot, people who are asked for, or an agent. A part of `case.events`."""

from uuid import UUID

from contracts.base import Contract, Instant, Int, OpenEnum
from contracts.values import Author, Content, Sentiment


class HandlingState(OpenEnum):
    BOT = "bot"
    QUEUED = "queued"
    AGENT = "agent"
    CLOSED = "closed"
    UNKNOWN = "unknown"


class Handover(Contract):
    """What a bot leaves to people. `reason` is its own word or ours; `queue` and `skills` outrank the routing rules.

    These see `sentiment`.
    """

    reason: str
    summary: str | None = None
    fields: dict[str, str] = {}
    queue: str | None = None
    skills: dict[str, Int] = {}
    priority: Int | None = None
    sentiment: Sentiment | None = None
    handed_over_at: Instant


class HandlingChanged(Contract):
    """A case that a bot serves has passed to somebody else. `bot_id` is the bot that had it, or has it now.

    `reason`: began, customer_asked, bot_asked, low_confidence, sentiment, failures, lease_expired, bot_gone, call, agent_took, agent_wrote,
    echo, control_lost, control_gained, assigned, requeued, customer_wrote, taken_back, idle, resolved, reopened, merged.
    """

    case_id: UUID
    customer_id: UUID
    version: Int
    bot_id: str
    state: HandlingState
    previous: HandlingState | None = None
    reason: str
    by: Author
    agent_id: str | None = None
    handover: Handover | None = None
    changed_at: Instant


class BotAsked(Contract):
    """It is the bot's turn: the customer wrote. A reply names this `version`; by `lease_until` the bot answers or renews its lease."""

    case_id: UUID
    customer_id: UUID
    bot_id: str
    version: Int
    message_id: UUID
    seq: Int
    conversation_id: UUID
    channel: str
    account: str
    language: str | None = None
    content: Content
    lease_until: Instant
    asked_at: Instant
