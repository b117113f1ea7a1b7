"""The words that a tenant's configuration is written in: names, levels, lengths of time, times of day."""

from datetime import timedelta
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

Name = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
SecretRef = Annotated[str, StringConstraints(pattern=r"^(file|env):.+$")]
ChannelClass = Literal["voice", "live", "messaging", "async", "task"]


def _is_text(value: object) -> object:
    if isinstance(value, int):
        raise PydanticCustomError(
            "clock_time", "write the time in quotes, as '18:00': YAML reads it as a number without"
        )
    return value


def _is_iso_8601(value: object) -> object:
    if isinstance(value, timedelta) or (isinstance(value, str) and value.lstrip("+-").startswith("P")):
        return value
    raise PydanticCustomError("duration", "write the duration as ISO 8601, as PT30S, PT4H or P7D")


_AS_ISO_8601 = BeforeValidator(_is_iso_8601)
_HOUR = timedelta(hours=1)
Language = Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Whole = Annotated[int, Field(strict=True)]
Priority = Annotated[Whole, Field(ge=1, le=9)]
PriorityKey = Annotated[int, Field(ge=1, le=9), WithJsonSchema({"type": "string", "pattern": "^[1-9]$"})]
Level = Annotated[Whole, Field(ge=1, le=10)]
Units = Annotated[Whole, Field(ge=1, le=1000)]
Positive = Annotated[timedelta, Field(gt=timedelta(0), le=timedelta(days=3650)), _AS_ISO_8601]
OfferTimeout = Annotated[timedelta, Field(gt=timedelta(0), le=_HOUR), _AS_ISO_8601]
Lease = Annotated[timedelta, Field(gt=timedelta(0), le=_HOUR), _AS_ISO_8601]
WrapUp = Annotated[timedelta, Field(ge=timedelta(0), le=_HOUR), _AS_ISO_8601]
Wait = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=30)), _AS_ISO_8601]
ReopenWithin = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=365)), _AS_ISO_8601]
Grace = Annotated[timedelta, Field(ge=timedelta(0), le=timedelta(days=7)), _AS_ISO_8601]
PauseReason = Annotated[str, StringConstraints(pattern=r"^(tag:.{1,64}|[a-z][a-z0-9_]{0,62})$")]
HolidayRegion = Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}(-[A-Z0-9]{1,3})?$")]
Opening = Annotated[str, BeforeValidator(_is_text), StringConstraints(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Closing = Annotated[str, BeforeValidator(_is_text), StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
