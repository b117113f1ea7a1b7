"""What clients say of webhook endpoints."""

from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from contracts.base import Instant
from contracts.config import EventName
from notifier.domain.registration import LONGEST_OVERLAP
from runtime.api import Request

EVENTS: Final = "events by name, or all of a topic; /v1/webhook-events lists them"
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s#]+$", max_length=2000)]
Events = Annotated[tuple[EventName, ...], Field(min_length=1, max_length=100, description=EVENTS)]
Description = Annotated[str, StringConstraints(max_length=500)]


class RegisterEndpoint(Request):
    """`url`: https, to a public address, checked now and at every request."""

    url: Url = Field(examples=["https://crm.example.com/hooks/madoguchi"])
    events: Events = Field(examples=[["CaseOpened", "CaseResolved", "routing.events"]])
    description: Description = Field(default="", examples=["the CRM's copy of our cases"])


class ChangeEndpoint(Request):
    """What is left out or null stays as it is."""

    url: Url | None = Field(default=None, examples=["https://crm.example.com/hooks/v2"])
    events: Events | None = Field(default=None, examples=[["case.events"]])
    description: Description | None = Field(default=None, examples=["moved to the new CRM"])


class RotateSecret(Request):
    """For how long the secrets of now go on signing beside the new one."""

    overlap: Annotated[timedelta, Field(ge=timedelta(0), le=LONGEST_OVERLAP)] = Field(
        default=timedelta(hours=24), examples=["PT24H"]
    )


class Enable(Request):
    """`kept`: go on where it was, as far as events are kept (14 days). `now`: pass over what it missed."""

    resume: Literal["kept", "now"] = "kept"


class Replay(Request):
    """Events whose time is in `[from, to)`, in their order and under their old webhook-ids, before anything newer."""

    from_: Instant = Field(alias="from", examples=["2026-11-20T00:00:00.000Z"])
    to: Instant = Field(examples=["2026-11-20T06:00:00.000Z"])
