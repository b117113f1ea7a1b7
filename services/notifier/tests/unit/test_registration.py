"""The life of an endpoint's secrets, on a clock of the test's own."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from notifier.domain.registration import MOST_SECRETS, Registration, SigningSecret, TooManySecrets, rotated

NOW = datetime(2026, 11, 22, tzinfo=UTC)
HOUR = timedelta(hours=1)
MADE = Registration(UUID(int=1), "https://a.example/", ("CaseOpened",), "", (SigningSecret("first", NOW),), "it", NOW)


def live(registration: Registration, now: datetime) -> list[str]:
    return [one.sealed for one in registration.live_secrets(now)]


def test_the_old_secret_lives_for_the_overlap_and_no_longer() -> None:
    changed = rotated(MADE, "second", 2 * HOUR, NOW)
    assert live(changed, NOW) == live(changed, NOW + 2 * HOUR - timedelta(milliseconds=1)) == ["second", "first"]
    assert live(changed, NOW + 2 * HOUR) == ["second"]
    assert changed.revision == 2


def test_what_was_promised_is_kept_but_a_shorter_overlap_holds_for_all() -> None:
    twice = rotated(rotated(MADE, "second", HOUR, NOW), "third", 3 * HOUR, NOW)
    assert live(twice, NOW + HOUR) == ["third", "second"]
    assert live(rotated(twice, "fourth", timedelta(0), NOW), NOW) == ["fourth"]


def test_never_more_than_three_sign() -> None:
    many = MADE
    for n in range(MOST_SECRETS - 1):
        many = rotated(many, f"s{n}", HOUR, NOW)
    with pytest.raises(TooManySecrets):
        rotated(many, "one too many", HOUR, NOW)
    assert len(live(rotated(many, "later", HOUR, NOW + HOUR), NOW + HOUR)) == 2
