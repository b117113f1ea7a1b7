"""Reading a provider's JSON without trusting its shape: what is there comes out clean and typed, the rest raises Unreadable."""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic_core import from_json

from ingest.domain.text import clean

MAX_ID_CHARS = 512
"""An id goes into B-tree indexes, whose entries Postgres limits to 2,704 bytes."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LATEST = datetime(9998, 1, 1, tzinfo=UTC)  # leaves room for the windows that are added to it
_SECOND, _MILLISECOND = timedelta(seconds=1), timedelta(milliseconds=1)
_MILLISECONDS_FROM = 10**11
"""As milliseconds March 1973, as seconds the year 5138."""
_MAX_DEPTH, _MAX_DIGITS = 200, 16
Json = Mapping[str, Any]


class Unreadable(Exception):
    """The reason names a place in the provider's JSON, never its content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def read_json(body: bytes) -> object:
    """Any JSON value. The second reader is slower but takes lone surrogates."""
    try:
        return from_json(body, allow_inf_nan=False)
    except ValueError:
        pass
    try:
        value = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Unreadable("the body is not JSON") from None
    if _is_deeper(value, _MAX_DEPTH):
        raise Unreadable(f"the body is nested deeper than {_MAX_DEPTH}")
    return value


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def _is_deeper(value: object, limit: int) -> bool:
    level = [value]
    for _ in range(limit):
        level = [
            child
            for node in level
            if isinstance(node, dict | list)
            for child in (node.values() if isinstance(node, dict) else node)
        ]
        if not level:
            return False
    return True


def write_json(value: object) -> str:
    """The same value for the same input, always encodable. Lone surrogates stay visible as escapes."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":"), sort_keys=True)
    return text


def mapping(value: object, where: str) -> Json:
    if not isinstance(value, dict):
        raise Unreadable(f"{where} is not an object")
    return value


def part(parent: Json, name: str) -> Json:
    return mapping(parent.get(name), name)


def optional_part(parent: Json, name: str) -> Json:
    found = parent.get(name)
    return found if isinstance(found, dict) else {}


def items(parent: Json, name: str) -> Sequence[object]:
    """Empty when absent or null."""
    found = parent.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        raise Unreadable(f"{name} is not a list")
    return found


def text(parent: Json, name: str) -> str | None:
    """Clean; None when absent, empty or not a string."""
    found = parent.get(name)
    return (clean(found) or None) if isinstance(found, str) else None


def required_text(parent: Json, name: str) -> str:
    found = parent.get(name)
    if not isinstance(found, str):
        raise Unreadable(f"{name} is not a string")
    return clean(found)


def identity(parent: Json, name: str) -> str:
    """An id that is a number is written out."""
    whole = _whole(parent.get(name)) if not isinstance(parent.get(name), str) else None
    found = str(whole) if whole is not None else text(parent, name)
    if found is None or len(found) > MAX_ID_CHARS:
        raise Unreadable(f"{name} is not an id")
    return found


def optional_identity(parent: Json, name: str) -> str | None:
    return identity(parent, name) if parent.get(name) else None


def count(parent: Json, name: str) -> int | None:
    """A whole number of at least 0 that JSON readers agree on, in digits too."""
    found = _whole(parent.get(name))
    return found if found is not None and 0 <= found < 2**53 else None


def _whole(value: object) -> int | None:
    match value:
        case bool():
            return None
        case int():
            return value
        case float() if value.is_integer():
            return int(value)
        case str() if value.isascii() and value.isdigit() and len(value) <= _MAX_DIGITS:
            return int(value)
    return None


def instant(parent: Json, name: str, unit: timedelta) -> datetime:
    """Whole units since 1970, as a number or as digits. Milliseconds where seconds are due, and the reverse, are told by their size."""
    found = count(parent, name)
    if found is None:
        raise Unreadable(f"{name} is not a time")
    if found and unit in (_SECOND, _MILLISECOND):
        unit = _MILLISECOND if found >= _MILLISECONDS_FROM else _SECOND
    if found > (_LATEST - _EPOCH) / unit:
        raise Unreadable(f"{name} is not a time")
    return _EPOCH + found * unit


def instant_if_any(parent: Json, name: str, unit: timedelta) -> datetime | None:
    try:
        return instant(parent, name, unit)
    except Unreadable:
        return None


def iso_instant(parent: Json, name: str) -> datetime:
    """ISO 8601, to the millisecond; without an offset it is UTC."""
    found = parent.get(name)
    try:
        at = datetime.fromisoformat(found) if isinstance(found, str) else None
        at = at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at
        if at is not None and _EPOCH <= at < _LATEST:
            return at.astimezone(UTC).replace(microsecond=at.microsecond // 1000 * 1000)
    except (ValueError, OverflowError):
        pass
    raise Unreadable(f"{name} is not a time")


def iso_instant_if_any(parent: Json, name: str) -> datetime | None:
    try:
        return iso_instant(parent, name)
    except Unreadable:
        return None


def one_of(parent: Json, *names: str) -> str | None:
    """The first of these that holds text."""
    return next((found for name in names if (found := text(parent, name))), None)
