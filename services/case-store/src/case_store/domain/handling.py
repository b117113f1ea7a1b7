"""Who talks with a customer: the bot, people who are asked for, or an agent. One row per case that a bot has served.

`version` is what a bot must have seen: it goes on with every change of hands, every word of the customer to the bot and every reply
of the bot. Nothing else ever writes to a conversation in the bot's name.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from contracts.handling import Handover

ELSEWHERE: Final = "elsewhere"
"""Stands for whoever of ours answers in the provider's own app, or through another application."""


class HandlingState(StrEnum):
    BOT = "bot"
    QUEUED = "queued"
    AGENT = "agent"
    CLOSED = "closed"


class Why(StrEnum):
    BEGAN = "began"
    CUSTOMER_ASKED = "customer_asked"
    BOT_ASKED = "bot_asked"
    LOW_CONFIDENCE = "low_confidence"
    SENTIMENT = "sentiment"
    FAILURES = "failures"
    LEASE_EXPIRED = "lease_expired"
    BOT_GONE = "bot_gone"
    CALL = "call"
    AGENT_TOOK = "agent_took"
    AGENT_WROTE = "agent_wrote"
    ECHO = "echo"
    CONTROL_LOST = "control_lost"
    CONTROL_GAINED = "control_gained"
    ASSIGNED = "assigned"
    REQUEUED = "requeued"
    CUSTOMER_WROTE = "customer_wrote"
    TAKEN_BACK = "taken_back"
    IDLE = "idle"
    RESOLVED = "resolved"
    REOPENED = "reopened"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Patience:
    """Of a bot's tenant: `lease` for one answer, `answer_within` however often the lease is renewed."""

    lease: timedelta
    answer_within: timedelta


@dataclass(frozen=True, slots=True)
class Handling:
    """`asked_at`: the customer's first words since the bot has it. `unanswered_since`: the oldest that nobody answered yet, and
    `answer_id`, `answered_at` the bot's last reply. `had_people`: somebody besides the bot had a part in the case.
    """

    case_id: UUID
    bot_id: str
    state: HandlingState
    version: int
    since: datetime
    reason: Why
    agent_id: str | None = None
    asked_at: datetime | None = None
    unanswered_since: datetime | None = None
    answered_at: datetime | None = None
    answer_id: UUID | None = None
    lease_until: datetime | None = None
    idle_at: datetime | None = None
    failures: int = 0
    had_people: bool = False
    disclosed: tuple[UUID, ...] = ()
    handover: Handover | None = None

    @property
    def is_bots(self) -> bool:
        return self.state is HandlingState.BOT


def begun(case_id: UUID, bot_id: str, at: datetime) -> Handling:
    return Handling(case_id, bot_id, HandlingState.BOT, 1, at, Why.BEGAN)


def asked(held: Handling, patience: Patience, at: datetime) -> Handling:
    """The customer wrote to the bot. A lease that runs goes on: it is of their oldest words without an answer."""
    return replace(
        held,
        version=held.version + 1,
        asked_at=held.asked_at or at,
        unanswered_since=held.unanswered_since or at,
        lease_until=held.lease_until or at + patience.lease,
    )


def answered(held: Handling, answer_id: UUID, at: datetime, *, failed: bool) -> Handling:
    """By the bot. Now it is the customer's turn, and no lease runs."""
    return replace(
        held,
        version=held.version + 1,
        unanswered_since=None,
        lease_until=None,
        answered_at=at,
        answer_id=answer_id,
        failures=held.failures + 1 if failed else 0,
    )


def renewed(held: Handling, patience: Patience, at: datetime) -> Handling:
    """A bot that owes no answer has no lease to renew."""
    if held.unanswered_since is None:
        return held
    return replace(held, lease_until=min(at + patience.lease, held.unanswered_since + patience.answer_within))


def disclosed(held: Handling, conversation_id: UUID) -> Handling:
    return replace(held, disclosed=(*held.disclosed, conversation_id))


def queued(held: Handling, why: Why, at: datetime, handover: Handover | None = None) -> Handling:
    """People are asked for."""
    moved = _moved(held, HandlingState.QUEUED, why, at)
    return replace(moved, had_people=True, handover=handover or held.handover)


def taken(held: Handling, agent_id: str, why: Why, at: datetime) -> Handling:
    """By an agent; one after another is no change of hands from the bot's point of view, but of the agent."""
    if held.state is HandlingState.AGENT:
        return replace(held, agent_id=agent_id, reason=why)
    return replace(_moved(held, HandlingState.AGENT, why, at), agent_id=agent_id, had_people=True)


def given_back(held: Handling, bot_id: str, patience: Patience, why: Why, at: datetime) -> Handling:
    """To a bot, which says anew that it is one. If the customer waits for an answer, it is asked at once."""
    moved = _moved(held, HandlingState.BOT, why, at)
    waits = held.unanswered_since is not None
    return replace(
        moved,
        bot_id=bot_id,
        asked_at=held.unanswered_since,
        lease_until=at + patience.lease if waits else None,
        answered_at=None,
        answer_id=None,
        disclosed=(),
        handover=None,
    )


def closed(held: Handling, why: Why, at: datetime) -> Handling:
    return replace(_moved(held, HandlingState.CLOSED, why, at), unanswered_since=None)


def wrote_to_people(held: Handling, at: datetime) -> Handling:
    return replace(held, unanswered_since=held.unanswered_since or at, idle_at=None)


def answered_by_people(held: Handling, at: datetime, idle_back_after: timedelta | None) -> Handling:
    """Only what an agent has can be left by people."""
    idles = held.state is HandlingState.AGENT and idle_back_after is not None
    return replace(held, unanswered_since=None, idle_at=at + idle_back_after if idles and idle_back_after else None)


def _moved(held: Handling, state: HandlingState, why: Why, at: datetime) -> Handling:
    return replace(
        held,
        state=state,
        version=held.version + 1,
        since=at,
        reason=why,
        agent_id=None,
        lease_until=None,
        idle_at=None,
        failures=0,
    )
