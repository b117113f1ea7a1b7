"""The canonical message: what a system without an adapter of its own posts. Strict: a mistake is told, with its place.

`schemas/webhook-message.json` is this file's JSON Schema (a test holds the two together).
"""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, AnyUrl, BaseModel, ConfigDict, Field, TypeAdapter, UrlConstraints, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Instant, Int
from ingest.domain.shape import MAX_ID_CHARS
from ingest.domain.text import clean


def _clean_and_present(value: str) -> str:
    cleaned = clean(value)
    if not cleaned:
        raise PydanticCustomError("blank", "must hold more than NUL characters")
    return cleaned


Id = Annotated[str, Field(min_length=1, max_length=MAX_ID_CHARS), AfterValidator(_clean_and_present)]
Words = Annotated[str, Field(min_length=1), AfterValidator(_clean_and_present)]
Line = Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(_clean_and_present)]
HttpsUrl = Annotated[AnyUrl, UrlConstraints(allowed_schemes=["https"], max_length=2_048)]


class _Strict(BaseModel):
    model_config = ConfigDict(
        frozen=True,
        strict=True,
        extra="forbid",
        hide_input_in_errors=True,
        allow_inf_nan=False,
        use_attribute_docstrings=True,
    )


class Sender(_Strict):
    id: Id
    """Your stable id of the person."""
    name: Line | None = None
    phone: str | None = Field(default=None, pattern=r"^\+[1-9]\d{6,14}$", description="E.164")
    email: str | None = Field(default=None, pattern=r"^[^@\s\x00]+@[^@\s\x00]+$", max_length=320)
    language: str | None = Field(
        default=None, pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$", max_length=35, description="BCP 47"
    )


class File(_Strict):
    kind: Literal["image", "audio", "video", "file"]
    url: HttpsUrl
    mime: Line | None = None
    size_bytes: Int | None = Field(default=None, ge=0)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$", description="lower-case hexadecimal")
    file_name: Line | None = None
    duration_ms: Int | None = Field(default=None, ge=0)


class Place(_Strict):
    latitude: float = Field(ge=-90, le=90)
    longitude: float = Field(ge=-180, le=180)
    title: Line | None = None
    address: Line | None = None


class _FromPerson(_Strict):
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


class Receipt(_Strict):
    type: Literal["receipt"]
    message_id: Id
    """The id that you answered with when we sent you the message."""
    conversation: Id
    status: Literal["sent", "delivered", "read", "failed"]
    error_code: Line | None = None
    error_reason: Line | None = None
    occurred_at: Instant | None = None


Message = Annotated[Received | Edited | Unsent | Reaction | Receipt, Field(discriminator="type")]
MESSAGE: TypeAdapter[Message] = TypeAdapter(Message)
