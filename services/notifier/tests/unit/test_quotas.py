from datetime import UTC, datetime, timedelta

from notifier.domain.outcome import permanent
from notifier.domain.quotas import ASK_AGAIN, Quotas

NOW = datetime(2026, 11, 21, tzinfo=UTC)


def test_a_used_up_quota_is_known_for_its_account_until_somebody_asks_again() -> None:
    quotas, refusal = Quotas(), permanent("line_monthly_limit", "monthly limit", 429)
    quotas.note("acme", "line-main", refusal, NOW)
    quotas.note("acme", "line-shop", permanent("line_400", "no such sticker", 400), NOW)
    later = NOW + ASK_AGAIN
    assert quotas.spent("acme", "line-main", later - timedelta(seconds=1)) is refusal
    assert quotas.spent("acme", "line-main", later) is None
    assert quotas.spent("acme", "line-shop", NOW) is None
    assert quotas.spent("other", "line-main", NOW) is None
