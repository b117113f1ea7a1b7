"""The state machine, as a table."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from notifier.domain.delivery import (
    Accept,
    Fail,
    Hold,
    Limits,
    Progress,
    Repeat,
    TryAgain,
    TryElsewhere,
    decide,
    expire,
)
from notifier.domain.outcome import EXHAUSTED, EXPIRED, Kind, Outcome, permanent
from notifier.domain.schedule import SPREAD, STEPS, delay

NOW = datetime(2026, 11, 21, tzinfo=UTC)
ID = UUID("01234567-89ab-7def-8123-456789abcdef")
LATER = NOW + timedelta(hours=24)
LIMITS = Limits()


def progress(**values: object) -> Progress:
    return Progress(message_id=ID, expires_at=LATER, **values)


DOUBT = {"doubtful_since": NOW - timedelta(seconds=6)}


def test_an_acceptance_accepts() -> None:
    assert decide(Outcome(Kind.ACCEPTED, ids=("1", "2")), progress(), NOW, LIMITS) == Accept(("1", "2"))


@pytest.mark.parametrize("kind", [Kind.TRANSIENT, Kind.THROTTLED, Kind.CHANNEL_BROKEN])
def test_what_may_heal_is_tried_again_on_schedule(kind: Kind) -> None:
    assert decide(Outcome(kind, "why"), progress(failures=2), NOW, LIMITS) == TryAgain(
        NOW + delay(ID, 3), str(kind), "why"
    )


@pytest.mark.parametrize(
    ("kind", "asked", "waited"),
    [
        (Kind.THROTTLED, timedelta(seconds=2), timedelta(seconds=2)),
        (Kind.THROTTLED, timedelta(0), timedelta(seconds=1)),
        (Kind.THROTTLED, timedelta(hours=5), timedelta(hours=1)),
        (Kind.TRANSIENT, timedelta(minutes=3), timedelta(minutes=3)),
        (Kind.TRANSIENT, timedelta(seconds=1), delay(ID, 1)),
    ],
)
def test_retry_after_is_honoured_and_capped(kind: Kind, asked: timedelta, waited: timedelta) -> None:
    decision = decide(Outcome(kind, retry_after=asked), progress(), NOW, LIMITS)
    assert isinstance(decision, TryAgain)
    assert decision.at == NOW + waited


def test_no_attempt_is_planned_beyond_the_expiry() -> None:
    decision = decide(Outcome(Kind.TRANSIENT), progress(failures=8), LATER - timedelta(minutes=1), LIMITS)
    assert isinstance(decision, TryAgain)
    assert decision.at == LATER


def test_expiry_fails_what_is_certain_and_holds_what_is_in_doubt() -> None:
    assert expire(progress()) == Fail(EXPIRED, "no path took the message before it expired")
    assert isinstance(expire(progress(**DOUBT)), Hold)


@pytest.mark.parametrize("kind", [Kind.WINDOW_CLOSED, Kind.RECIPIENT_GONE, Kind.REPLY_TOKEN_INVALID])
def test_a_closed_way_leads_to_the_next(kind: Kind) -> None:
    assert decide(Outcome(kind, "why"), progress(), NOW, LIMITS) == TryElsewhere(kind, "why", str(kind))


def test_content_that_one_channel_cannot_carry_may_go_by_another() -> None:
    decision = decide(permanent("unsupported_content", "why"), progress(), NOW, LIMITS)
    assert decision == TryElsewhere(Kind.PERMANENT, "why", "permanent:unsupported_content")


def test_a_permanent_refusal_fails_with_its_code() -> None:
    assert decide(permanent("line_400", "why"), progress(), NOW, LIMITS) == Fail("permanent:line_400", "why")


@pytest.mark.parametrize(
    ("repeat", "until", "expected"),
    [
        (Repeat.SAFE, None, TryAgain(NOW + delay(ID, 1), "ambiguous", "lost", doubtful=True)),
        (Repeat.SAFE, NOW + timedelta(hours=2), TryAgain(NOW + delay(ID, 1), "ambiguous", "lost", doubtful=True)),
        (Repeat.SAFE, NOW, Hold("lost; it is too late to ask again safely")),
        (
            Repeat.SINGLE_USE,
            NOW + timedelta(seconds=3),
            TryAgain(NOW + timedelta(seconds=2), "ambiguous", "lost", doubtful=True),
        ),
        (Repeat.SINGLE_USE, NOW - timedelta(seconds=1), Hold("lost; it is too late to ask again safely")),
        (Repeat.NEVER, None, Hold("lost; the provider offers no way to ask again safely")),
    ],
)
def test_an_unknown_outcome_is_repeated_only_where_that_is_safe(
    repeat: Repeat, until: datetime | None, expected: object
) -> None:
    outcome = Outcome(Kind.AMBIGUOUS, "lost")
    assert decide(outcome, progress(repeat=repeat, repeat_until=until), NOW, LIMITS) == expected


def test_a_spent_reply_token_after_a_lost_answer_proves_that_the_reply_was_taken() -> None:
    decision = decide(Outcome(Kind.REPLY_TOKEN_INVALID), progress(repeat=Repeat.SINGLE_USE, **DOUBT), NOW, LIMITS)
    assert isinstance(decision, Accept)
    assert decision.ids == ()


@pytest.mark.parametrize("outcome", [permanent("line_400", "why"), Outcome(Kind.RECIPIENT_GONE, "why")])
def test_a_refusal_after_doubt_holds_where_there_is_no_key_and_counts_where_there_is(outcome: Outcome) -> None:
    without = decide(outcome, progress(repeat=Repeat.SINGLE_USE, **DOUBT), NOW, LIMITS)
    with_key = decide(outcome, progress(repeat=Repeat.SAFE, **DOUBT), NOW, LIMITS)
    assert isinstance(without, Hold)
    assert isinstance(with_key, Fail | TryElsewhere)


def test_doubt_outlives_a_throttled_repetition() -> None:
    decision = decide(Outcome(Kind.THROTTLED), progress(repeat=Repeat.SAFE, **DOUBT), NOW, LIMITS)
    assert isinstance(decision, TryAgain)
    assert decision.doubtful


def test_a_bug_gets_three_attempts_and_then_the_dead_letter_list() -> None:
    fault = Outcome(Kind.FAULT, "KeyError")
    second = decide(fault, progress(faults=1), NOW, LIMITS)
    assert isinstance(second, TryAgain)
    assert second.fault
    assert decide(fault, progress(faults=2), NOW, LIMITS) == Fail("internal_error", "KeyError", dead=True)
    assert isinstance(decide(fault, progress(faults=2, **DOUBT), NOW, LIMITS), Hold)


def test_attempts_are_exhausted_at_the_limit() -> None:
    last = progress(failures=LIMITS.max_failures - 1)
    assert decide(Outcome(Kind.TRANSIENT, "why"), last, NOW, LIMITS) == Fail(EXHAUSTED, "why", dead=True)


@pytest.mark.parametrize("failures", range(1, 12))
def test_delays_follow_the_steps_within_their_spread_and_repeat_exactly(failures: int) -> None:
    step = STEPS[min(failures, len(STEPS)) - 1]
    assert step * (1 - SPREAD) <= delay(ID, failures) <= step * (1 + SPREAD)
    assert delay(ID, failures) == delay(ID, failures)
    assert delay(ID, failures) != delay(UUID(int=7), failures)
