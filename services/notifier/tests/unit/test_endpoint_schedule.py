"""An endpoint's place after each attempt, on a clock of the test's own."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from notifier.domain.endpoint import STEPS, Endpoint, EndpointState, delivered, enabled, failed, passed
from notifier.domain.outcome import Kind, Outcome

NOW = datetime(2026, 11, 22, tzinfo=UTC)
EVENT, NEXT = UUID(int=1), UUID(int=2)
AWAY = Outcome(Kind.TRANSIENT, "away")
ENDPOINT = Endpoint("crm", EndpointState.ENABLED, cursor=4, next_attempt_at=NOW)


def test_the_waits_are_the_published_ones_and_then_the_event_is_given_up() -> None:
    endpoint, now, waits = ENDPOINT, NOW, []
    for _ in STEPS:
        endpoint, record = failed(endpoint, EVENT, 5, AWAY, now)
        assert (record.gave_up, endpoint.cursor) == (False, 4)
        waits.append(endpoint.next_attempt_at - now)
        now = endpoint.next_attempt_at
    assert tuple(waits) == STEPS
    endpoint, record = failed(endpoint, EVENT, 5, AWAY, now)
    assert (record.gave_up, record.n, endpoint.cursor, endpoint.given_up) == (True, len(STEPS) + 1, 5, 1)
    assert endpoint.failing_since == NOW
    again, record = failed(endpoint, NEXT, 6, AWAY, now)
    assert (record.n, again.next_attempt_at - now) == (1, STEPS[0])


def test_a_success_forgets_the_failures() -> None:
    endpoint, _ = failed(ENDPOINT, EVENT, 5, AWAY, NOW)
    healed = delivered(endpoint, 5, NOW + STEPS[0])
    assert (healed.cursor, healed.failures, healed.failing_since, healed.delivered) == (5, 0, None, 1)


def test_five_days_from_the_first_failure_disable_it() -> None:
    endpoint, _ = failed(ENDPOINT, EVENT, 5, AWAY, NOW)
    almost, _ = failed(endpoint, EVENT, 5, AWAY, NOW + timedelta(days=5) - timedelta(seconds=1))
    assert almost.state is EndpointState.ENABLED
    over, _ = failed(almost, EVENT, 5, AWAY, NOW + timedelta(days=5))
    assert over.state is EndpointState.DISABLED
    fresh = enabled(over, NOW + timedelta(days=6))
    assert (fresh.state, fresh.cursor, fresh.failing_since, fresh.failures) == (EndpointState.ENABLED, 4, None, 0)


def test_a_receiver_may_ask_for_a_longer_wait_only() -> None:
    longer, _ = failed(ENDPOINT, EVENT, 5, Outcome(Kind.THROTTLED, retry_after=timedelta(minutes=3)), NOW)
    assert longer.next_attempt_at == NOW + timedelta(minutes=3)
    shorter, _ = failed(ENDPOINT, EVENT, 5, Outcome(Kind.THROTTLED, retry_after=timedelta(seconds=1)), NOW)
    assert shorter.next_attempt_at == NOW + STEPS[0]


def test_a_replay_has_its_own_place_and_its_end() -> None:
    replaying = Endpoint("crm", EndpointState.ENABLED, 9, NOW, replay_cursor=2, replay_until=5)
    halfway = delivered(replaying, 3, NOW)
    assert (halfway.place, halfway.cursor) == (3, 9)
    done = passed(halfway, 5)
    assert (done.place, done.replay_until) == (9, None)
