"""Instants as the domain counts them, and as people and databases write them."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from contracts.base import format_instant

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND: Final = timedelta(milliseconds=1)
_INSTANTS: Final = ("at", "until", "aged_from")


def millis(at: datetime) -> int:
    """Rounded down, so that nothing is ever early."""
    return (at - _EPOCH) // _MILLISECOND


def instant(at_ms: int) -> datetime:
    return _EPOCH + timedelta(milliseconds=at_ms)


def instant_or_none(at_ms: int | None) -> datetime | None:
    return None if at_ms is None else instant(at_ms)


def with_instants(fields: Mapping[str, Any]) -> dict[str, Any]:
    """What the domain recorded, its instants written for people."""
    return {
        name: format_instant(instant(value)) if _is_instant(name, value) else value for name, value in fields.items()
    }


def _is_instant(name: str, value: object) -> bool:
    return type(value) is int and (name in _INSTANTS or name.endswith("_at"))
