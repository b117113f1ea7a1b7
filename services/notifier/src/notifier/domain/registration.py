"""An endpoint that an integrator registered, and the life of its signing secrets. Pure; time is an argument."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

LONGEST_OVERLAP: Final = timedelta(days=7)
MOST_SECRETS: Final = 3
"""Live at once, so that a header of signatures stays short."""


@dataclass(frozen=True, slots=True)
class SigningSecret:
    """`until`: its last moment, once a newer one was made; None while it is the newest."""

    sealed: str = field(repr=False)
    made_at: datetime
    until: datetime | None = None

    def lives(self, now: datetime) -> bool:
        return self.until is None or now < self.until


@dataclass(frozen=True, slots=True)
class Registration:
    """`url` may hold a secret of the integrator's. `secrets`: the newest first. `revision` counts the changes."""

    id: UUID
    url: str = field(repr=False)
    events: tuple[str, ...]
    description: str
    secrets: tuple[SigningSecret, ...]
    created_by: str
    created_at: datetime
    revision: int = 1

    def live_secrets(self, now: datetime) -> tuple[SigningSecret, ...]:
        return tuple(one for one in self.secrets if one.lives(now))


class TooManySecrets(Exception):
    """Another one would make more than MOST_SECRETS live ones."""


def rotated(registration: Registration, sealed: str, overlap: timedelta, now: datetime) -> Registration:
    """The newest secret lives on for `overlap`; an older one for as long as was said of it, but no longer than that.

    Raises TooManySecrets.
    """
    end = now + overlap
    older = (
        replace(one, until=end if one.until is None else min(one.until, end)) for one in registration.live_secrets(now)
    )
    kept = tuple(one for one in older if one.lives(now))
    if len(kept) >= MOST_SECRETS:
        raise TooManySecrets
    return replace(registration, secrets=(SigningSecret(sealed, now), *kept), revision=registration.revision + 1)
