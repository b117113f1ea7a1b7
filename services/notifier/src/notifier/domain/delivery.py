"""The life of one delivery: what follows from an attempt's outcome. Pure; time is an argument.

pending → sending → accepted | retry | failed | dead | ambiguous → (sent again with the same key | held | accepted)
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from notifier.domain.outcome import EXHAUSTED, EXPIRED, Kind, Outcome
from notifier.domain.schedule import RETRY_AFTER_CAP, delay


class State(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    ACCEPTED = "accepted"
    RETRY = "retry"
    AMBIGUOUS = "ambiguous"
    HELD = "held"
    FAILED = "failed"
    EXPIRED = "expired"
    DEAD = "dead"


class Repeat(StrEnum):
    """What a second identical request does when nobody knows the fate of the first."""

    SAFE = "safe"
    SINGLE_USE = "single_use"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class Repetition:
    """`known_for`: how long the provider recognises a repetition, from the first attempt; None = as long as we may try."""

    does: Repeat
    known_for: timedelta | None = None


@dataclass(frozen=True, slots=True)
class WebhookEvent:
    """What a tenant's webhook is told, instead of a person's words. `data` is of JSON values."""

    type: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Limits:
    max_failures: int = 50
    max_faults: int = 3
    retry_after_cap: timedelta = RETRY_AFTER_CAP


@dataclass(frozen=True, slots=True)
class Progress:
    """What is known of a delivery before the outcome at hand.

    `doubtful_since`: the first attempt whose fate is unknown. `repeat_until`: how long a repetition is recognised as one.
    """

    message_id: UUID
    expires_at: datetime
    failures: int = 0
    faults: int = 0
    doubtful_since: datetime | None = None
    repeat: Repeat = Repeat.SAFE
    repeat_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Accept:
    ids: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class TryAgain:
    at: datetime
    code: str
    reason: str
    doubtful: bool = False
    fault: bool = False


@dataclass(frozen=True, slots=True)
class TryElsewhere:
    """This way is closed; the next legal one may go at once."""

    kind: Kind
    reason: str
    code: str


@dataclass(frozen=True, slots=True)
class Fail:
    code: str
    reason: str
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Hold:
    """An operator decides, or somebody who may approve."""

    reason: str
    code: str = str(Kind.AMBIGUOUS)


Decision = Accept | TryAgain | TryElsewhere | Fail | Hold


def decide(outcome: Outcome, progress: Progress, now: datetime, limits: Limits) -> Decision:
    doubtful = progress.doubtful_since is not None
    match outcome.kind:
        case Kind.ACCEPTED:
            return Accept(outcome.ids)
        case Kind.REPLY_TOKEN_INVALID if doubtful:
            return Accept(reason="the reply token was spent by the earlier attempt whose answer was lost")
        case Kind.AMBIGUOUS:
            return _after_doubt(outcome, progress, now, limits)
        case Kind.FAULT if progress.faults + 1 >= limits.max_faults:
            return Hold(outcome.reason) if doubtful else Fail(outcome.code, outcome.reason, dead=True)
        case Kind.THROTTLED | Kind.TRANSIENT | Kind.CHANNEL_BROKEN | Kind.FAULT:
            return _again(outcome, progress, now, limits, doubtful=doubtful)
    return _refused(outcome, progress)


def expire(progress: Progress) -> Fail | Hold:
    """The delivery's time is over before anybody took it."""
    if progress.doubtful_since is not None:
        return Hold("its time ended while the fate of an earlier attempt was unknown")
    return Fail(EXPIRED, "no path took the message before it expired")


def _refused(outcome: Outcome, progress: Progress) -> Decision:
    """With an idempotency key a refusal proves that the doubtful attempt was not taken; without one it proves nothing."""
    if progress.doubtful_since is not None and progress.repeat is not Repeat.SAFE:
        return Hold(f"an earlier attempt may have been taken, and the next one was refused: {outcome.reason}")
    if outcome.closes_way:
        return TryElsewhere(outcome.kind, outcome.reason, outcome.code)
    return Fail(outcome.code, outcome.reason)


def _after_doubt(outcome: Outcome, progress: Progress, now: datetime, limits: Limits) -> Decision:
    if progress.repeat is Repeat.NEVER:
        return Hold(f"{outcome.reason}; the provider offers no way to ask again safely")
    return _again(outcome, progress, now, limits, doubtful=True)


def _again(outcome: Outcome, progress: Progress, now: datetime, limits: Limits, *, doubtful: bool) -> Decision:
    if progress.failures + 1 >= limits.max_failures:
        return Hold(outcome.reason) if doubtful else Fail(EXHAUSTED, outcome.reason, dead=True)
    wait = delay(progress.message_id, progress.failures + 1)
    if outcome.retry_after is not None:
        least = timedelta(seconds=1) if outcome.kind is Kind.THROTTLED else wait
        wait = max(min(outcome.retry_after, limits.retry_after_cap), least)
    at = min(now + wait, progress.expires_at)
    if doubtful and progress.repeat_until is not None:
        if now >= progress.repeat_until:
            return Hold(f"{outcome.reason}; it is too late to ask again safely")
        at = min(at, max(now, progress.repeat_until - timedelta(seconds=1)))
    return TryAgain(at, outcome.code, outcome.reason, doubtful=doubtful, fault=outcome.kind is Kind.FAULT)
