"""What every contract is made of: frozen models, open enums, instants in UTC."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self, TypeVar, dataclass_transform

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, WithJsonSchema
from typing_extensions import override

Kind = TypeVar("Kind")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(kind: type[Kind]) -> type[Kind]:
    """A dataclass frozen to mypy only, for what is made for every message: setting frozen fields takes four times as long."""
    return dataclass(slots=True, unsafe_hash=True)(kind)


class Contract(BaseModel):
    """A value that crosses a process boundary. Readers ignore fields they don't know; writers are held to the schema.

    Errors never quote what was read: it may be a customer's words.
    """

    model_config = ConfigDict(
        frozen=True, extra="ignore", ser_json_timedelta="iso8601", hide_input_in_errors=True, allow_inf_nan=False
    )


class OpenEnum(StrEnum):
    """A list of words that may grow inside a major version: a reader maps a word it doesn't know to UNKNOWN."""

    @classmethod
    @override
    def _missing_(cls, value: object) -> Self | None:
        return cls._member_map_.get("UNKNOWN") if isinstance(value, str) else None  # type: ignore[return-value]  # typeshed types the map as Enum


Int = Annotated[int, Field(ge=-(2**53) + 1, le=2**53 - 1)]
"""A whole number that every JSON reader and a BIGINT column can hold."""


def _to_utc(value: datetime) -> datetime:
    if value.tzinfo is UTC:
        return value
    try:
        return value.astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the years 1 to 9999 in UTC") from None


def format_instant(value: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as `2026-11-21T09:30:00.000Z`."""
    in_utc = value if value.tzinfo is UTC else value.astimezone(UTC)
    return in_utc.isoformat(timespec="milliseconds")[:-6] + "Z"


Instant = Annotated[
    AwareDatetime,
    AfterValidator(_to_utc),
    PlainSerializer(format_instant, return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "format": "date-time"}),
]
"""A moment: aware, in UTC, RFC 3339 with milliseconds on the wire."""
