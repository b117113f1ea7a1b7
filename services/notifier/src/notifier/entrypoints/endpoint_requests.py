"""What clients say of webhook endpoints."""

from datetime import timedelta
from typing import Annotated, Final, Literal

from pydantic import Field, StringConstraints

from contracts.base import Instant
from contracts.config import EventName
from notifier.domain.registration import LONGEST_OVERLAP
from notifier.entrypoints import examples
from notifier.entrypoints.examples import like
from runtime.api import Request

EVENTS: Final = "events by name, or all of a topic; /v1/webhook-events lists them"
Url = Annotated[str, StringConstraints(pattern=r"^https?://[^\s#]+$", max_length=2000)]
Events = Annotated[tuple[EventName, ...], Field(min_length=1, max_length=100, description=EVENTS)]
Description = Annotated[str, StringConstraints(max_length=500)]


class RegisterEndpoint(Request):
    """`url`: https, to a public address, checked now and at every request."""

    model_config = like(examples.REGISTER)

    url: Url
    events: Events
    description: Description = ""


class ChangeEndpoint(Request):
    """What is left out or null stays as it is."""

    model_config = like(examples.CHANGE)

    url: Url | None = None
    events: Events | None = None
    description: Description | None = None


class RotateSecret(Request):
    """For how long the secrets of now go on signing beside the new one."""

    model_config = like(examples.ROTATE)

    overlap: Annotated[timedelta, Field(ge=timedelta(0), le=LONGEST_OVERLAP)] = timedelta(hours=24)


class Enable(Request):
    """`kept`: go on where it was, as far as events are kept (14 days). `now`: pass over what it missed."""

    model_config = like(examples.ENABLE)

    resume: Literal["kept", "now"] = "kept"


class Replay(Request):
    """Events whose time is in `[from, to)`, in their order and under their old webhook-ids, before anything newer."""

    model_config = like(examples.REPLAY)

    from_: Instant = Field(alias="from")
    to: Instant
