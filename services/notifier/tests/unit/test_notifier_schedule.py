from datetime import UTC, datetime, timedelta

import pytest

from notifier.domain.schedule import parse_reset, parse_retry_after

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("120", timedelta(seconds=120)),
        (" 0 ", timedelta(0)),
        ("86400", timedelta(hours=1)),
        ("Sat, 21 Nov 2026 12:00:30 GMT", timedelta(seconds=30)),
        ("Sat, 21 Nov 2026 11:00:00 GMT", timedelta(0)),
        ("Sun, 22 Nov 2026 12:00:00 GMT", timedelta(hours=1)),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("9" * 40, None),
        ("٣", None),
    ],
)
def test_retry_after(value: str | None, expected: timedelta | None) -> None:
    assert parse_retry_after(value, NOW) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("1795262460", timedelta(minutes=1)),
        ("1795262460000", timedelta(minutes=1)),
        ("1795262399", timedelta(0)),
        ("1795299999", timedelta(hours=1)),
        ("60", None),
        ("soon", None),
        ("٣" * 10, None),
        (None, None),
    ],
)
def test_the_moment_of_a_reset(value: str | None, expected: timedelta | None) -> None:
    """SendGrid tells seconds, Mailgun milliseconds."""
    assert parse_reset(value, NOW) == expected
