from datetime import UTC, datetime, timedelta

from notifier.domain.account_health import BROKEN_AFTER, PROBE_EVERY, AccountHealth
from notifier.domain.outcome import Kind

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def broken() -> AccountHealth:
    health = AccountHealth()
    changes = [health.note("acme", "line", Kind.CHANNEL_BROKEN, NOW) for _ in range(BROKEN_AFTER)]
    assert changes == [False] * (BROKEN_AFTER - 1) + [True]
    return health


def test_an_account_that_stays_broken_is_paused_and_probed_once_a_minute() -> None:
    health = broken()
    assert health.pause_left("acme", "line", NOW) == PROBE_EVERY
    later = NOW + PROBE_EVERY
    assert health.pause_left("acme", "line", later) is None
    assert health.pause_left("acme", "line", later) == PROBE_EVERY
    assert health.paused() == 1


def test_one_success_opens_it_again() -> None:
    health = broken()
    assert health.note("acme", "line", Kind.ACCEPTED, NOW)
    assert health.pause_left("acme", "line", NOW) is None
    assert health.paused() == 0


def test_other_failures_and_other_accounts_do_not_count() -> None:
    health = AccountHealth()
    for _ in range(BROKEN_AFTER * 2):
        health.note("acme", "line", Kind.TRANSIENT, NOW)
        health.note("other", "line", Kind.CHANNEL_BROKEN, NOW)
    assert health.pause_left("acme", "line", NOW + timedelta(seconds=1)) is None
    assert health.pause_left("other", "line", NOW + timedelta(seconds=1)) is not None
