"""What every contract is made of: frozen models, open enums, instants in UTC."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, PlainSerializer
from typing_extensions import override


class Contract(BaseModel):
    """A value that crosses a process boundary. Readers ignore fields they don't know; writers are held to the schema."""

    model_config = ConfigDict(frozen=True, extra="ignore", ser_json_timedelta="iso8601")


class OpenEnum(StrEnum):
    """A list of words that may grow inside a major version: a reader maps a word it doesn't know to UNKNOWN."""

    @classmethod
    @override
    def _missing_(cls, value: object) -> Self | None:
        return cls._member_map_.get("UNKNOWN") if isinstance(value, str) else None  # type: ignore[return-value]  # typeshed types the map as Enum


def _to_utc(value: datetime) -> datetime:
    return value.astimezone(UTC)


def format_instant(value: datetime) -> str:
    """RFC 3339 in UTC with milliseconds, as `2026-11-21T09:30:00.000Z`."""
    return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"


Instant = Annotated[
    AwareDatetime, AfterValidator(_to_utc), PlainSerializer(format_instant, return_type=str, when_used="json")
]
"""A moment: aware, in UTC, RFC 3339 with milliseconds on the wire."""
