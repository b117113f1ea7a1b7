"""A telephone system's events in the canonical form: what became of a call, as entries of the caller's case.

The history tells by a call's status which of them ask for somebody; our own calls (`standby`) never do.
"""

from typing import Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Instant, Int
from contracts.values import Attachment, Call, CallStatus, Content, ContentKind
from ingest.channels.webhook.parts import File, Id, Sender, Strict, Words, attachment


class CallTold(Strict):
    """`call.voicemail` has a `recording`, `call.transcribed` the `text`."""

    type: Literal[
        "call.ringing",
        "call.answered",
        "call.completed",
        "call.missed",
        "call.voicemail",
        "call.transcribed",
        "call.callback_requested",
        "call.failed",
    ]
    call_id: Id
    """Your id of the call, the same in all its events."""
    contact: Sender
    """The other party, whoever called."""
    message_id: Id | None = None
    """The call's id with the type's last word when left out."""
    conversation: Id | None = None
    occurred_at: Instant | None = None
    inbound: bool = True
    duration_ms: Int | None = Field(default=None, ge=0)
    text: Words | None = None
    recording: File | None = None

    @model_validator(mode="after")
    def _holds_what_it_says(self) -> Self:
        if self.status is CallStatus.VOICEMAIL and self.recording is None:
            raise PydanticCustomError("no_recording", "a voicemail needs its recording")
        if self.status is CallStatus.TRANSCRIBED and self.text is None:
            raise PydanticCustomError("no_text", "a transcript needs its text")
        return self

    @property
    def status(self) -> CallStatus:
        return CallStatus(self.type.partition(".")[2])

    @property
    def id(self) -> str:
        return self.message_id or f"{self.call_id}:{self.status}"

    def content(self) -> Content:
        files: tuple[Attachment, ...] = (attachment(self.recording),) if self.recording else ()
        call = Call(id=self.call_id, status=self.status, inbound=self.inbound, duration_ms=self.duration_ms)
        return Content(kind=ContentKind.CALL, call=call, text=self.text, attachments=files)
