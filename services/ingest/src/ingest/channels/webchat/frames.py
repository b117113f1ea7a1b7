"""What is said on the socket, and by POST where there is none. JSON texts, one object each, told apart by `type`."""

from collections.abc import Sequence
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator
from pydantic_core import PydanticCustomError, from_json

from contracts.base import format_instant
from contracts.chat import ChatLine, VisitorSignalled
from contracts.values import Attachment
from ingest.domain.text import clean
from runtime.errors import Malformed

MAX_TEXT: Final = 8_000
Frame = dict[str, Any]
Token = Annotated[str, Field(max_length=4_096)]
Positions = Annotated[tuple[Annotated[int, Field(ge=1, lt=2**53)], ...], Field(min_length=1, max_length=100)]


class _Said(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class Hello(_Said):
    """The first frame. `after` is the highest position that the page has; 0 = all that is kept."""

    type: Literal["hello"]
    token: Token
    after: int = Field(default=0, ge=0, lt=2**53)


class Message(_Said):
    """`id` is made by the page and repeated when it sends again. `reply_to`: a position of ours, or an `id` of theirs."""

    type: Literal["message"]
    id: UUID
    text: Annotated[str, Field(max_length=MAX_TEXT), AfterValidator(clean)] = ""
    files: Annotated[tuple[Token, ...], Field(max_length=10)] = ()
    payload: Annotated[str, Field(min_length=1, max_length=1_000), AfterValidator(clean)] | None = None
    reply_to: Annotated[int, Field(ge=1, lt=2**53)] | UUID | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.text.strip() or self.files or self.payload):
            raise PydanticCustomError("empty_message", "one of text, files, payload is needed")
        return self


class Typing(_Said):
    type: Literal["typing"]


class Seen(_Said):
    """Messages of ours, by position, that reached the page, or that the person saw."""

    type: Literal["delivered", "read"]
    positions: Positions


class Ping(_Said):
    type: Literal["ping"]


Said = Message | Typing | Seen | Ping
_SAID: Final[TypeAdapter[Hello | Said]] = TypeAdapter(Annotated[Hello | Said, Field(discriminator="type")])


def read_frame(text: str | bytes) -> Hello | Said:
    """Raises Malformed with a pointer into the frame; it never quotes what was said."""
    try:
        return _SAID.validate_python(from_json(text, allow_inf_nan=False))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        pointer = "/" + "/".join(map(str, first["loc"][1:]))
        raise Malformed(f"{pointer}: {first['msg']}.", code="invalid_frame", pointer=pointer) from None
    except ValueError:
        raise Malformed("The frame is not JSON.", code="invalid_frame") from None


def told_frame(line: ChatLine, links: Sequence[str]) -> Frame:
    """`links[i]` is where the page gets attachment i."""
    content = line.content
    files = [_file(one, link) for one, link in zip(content.attachments, links, strict=True)]
    location = content.location.model_dump(exclude_none=True) if content.location else None
    more = {
        "files": files,
        "location": location,
        "reply_to": (content.reply_to or "").rpartition("/")[2],
        "quick_replies": [one.model_dump(exclude_none=True) for one in content.quick_replies],
    }
    shown = {
        "type": "message",
        "position": line.position,
        "id": str(line.message_id),
        "author": str(line.author.kind),
        "text": content.text or "",
        "at": format_instant(line.at),
    }
    return shown | {name: value for name, value in more.items() if value}


def signal_frame(event: VisitorSignalled) -> Frame:
    return {"type": str(event.signal), "author": str(event.author.kind), "at": format_instant(event.at)}


def error_frame(code: str, detail: str, id: UUID | None = None) -> Frame:
    return {"type": "error", "code": code, "detail": detail} | ({"id": str(id)} if id else {})


def _file(attachment: Attachment, link: str) -> Frame:
    shown = {"url": link, "kind": str(attachment.kind), "mime": attachment.mime, "name": attachment.file_name}
    return {name: value for name, value in shown.items() if value}
