"""The canonical message: what a system without an adapter of its own posts. Strict: a mistake is told, with its place.

`schemas/webhook-message.json` is this file's JSON Schema (a test holds the two together).
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, TypeAdapter, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Instant
from ingest.channels.webhook.calls import CallTold
from ingest.channels.webhook.parts import File, Id, Line, Place, Sender, Strict, Words
from ingest.domain.text import clean


class _FromPerson(Strict):
    message_id: Id
    """Your id of the message that this is about; stable over retries."""
    contact: Sender
    conversation: Id | None = None
    """Your id of the thread; the contact's id when left out."""
    occurred_at: Instant | None = None
    """The time of `webhook-timestamp` when left out."""


class _WithContent(_FromPerson):
    text: Words | None = None
    attachments: tuple[File, ...] = Field(default=(), max_length=20)
    location: Place | None = None
    payload: Words | None = None
    """What a button or a form of yours sends along; agents' tools see it, people don't."""
    reply_to: Id | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text or self.attachments or self.location or self.payload):
            raise PydanticCustomError("empty_message", "one of text, attachments, location, payload is needed")
        return self


class Received(_WithContent):
    type: Literal["message.received"]


class Edited(_WithContent):
    type: Literal["message.edited"]


class Unsent(_FromPerson):
    type: Literal["message.unsent"]


class Reaction(_FromPerson):
    type: Literal["reaction"]
    emoji: Annotated[str, Field(max_length=64), AfterValidator(clean)]
    """Empty takes the person's reaction back."""


class Receipt(Strict):
    type: Literal["receipt"]
    message_id: Id
    """The id that you answered with when we sent you the message."""
    conversation: Id
    status: Literal["sent", "delivered", "read", "failed"]
    error_code: Line | None = None
    error_reason: Line | None = None
    occurred_at: Instant | None = None


Message = Annotated[Received | Edited | Unsent | Reaction | Receipt | CallTold, Field(discriminator="type")]
MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)
