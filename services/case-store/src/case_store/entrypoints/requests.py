"""Bodies of `/v1`. Unknown fields, NUL, lone surrogates and wrong types are refused with a pointer."""

from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from contracts.values import Content, ContentKind
from runtime.api import Request

MAX_TEXT: Final = 20_000


def _storable(value: str) -> str:
    if "\0" in value:
        raise ValueError("holds a NUL character")
    return value


def _written(value: str) -> str:
    if not value.strip():
        raise ValueError("is empty")
    return value


Storable = Annotated[str, AfterValidator(_storable)]
Word = Annotated[Storable, Field(min_length=1, max_length=200)]
MessageText = Annotated[Storable, AfterValidator(_written), Field(min_length=1, max_length=MAX_TEXT)]


class ReplyBody(Request):
    """Either `text` or `content`. Without `conversation_id` or `channel` it leaves where the customer wrote last."""

    text: MessageText | None = Field(default=None, examples=["ご返金いたします。"])
    content: Content | None = None
    conversation_id: UUID | None = None
    channel: Word | None = None
    automatic: bool = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.text is None) == (self.content is None):
            raise ValueError("send either text or content")
        if self.content is not None:
            _check(self.content)
        return self

    def said(self) -> Content:
        return self.content or Content(kind=ContentKind.TEXT, text=self.text)


class ResolveBody(Request):
    reason: Word = "resolved"


class ReopenBody(Request):
    pass


class CustomerBody(Request):
    """Fields that are left out stay; null clears."""

    display_name: Word | None = None
    tier: Word | None = None
    entitlement: Word | None = None
    organisation: Word | None = None
    language: Annotated[str, Field(pattern=r"^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4}$")] | None = None
    tags: Annotated[tuple[Word, ...], Field(max_length=100)] = ()


class AddressBody(Request):
    kind: Literal["line_user", "line_group", "line_room", "whatsapp_bsuid", "phone", "email", "external"]
    value: Word


class LinkBody(Request):
    """`merge`: if both customers have an open case, the linked one's goes on in this customer's."""

    channel: Word
    account: Word
    address: AddressBody
    merge: bool = False


def _check(content: Content) -> None:
    if content.kind is ContentKind.UNKNOWN:
        raise ValueError("content.kind is not a kind that we know")
    if content.kind is ContentKind.TEXT and not (content.text or "").strip():
        raise ValueError("content.text is empty")
    if len(content.text or "") > MAX_TEXT:
        raise ValueError(f"content.text is longer than {MAX_TEXT} characters")
    if _holds_nul(content.model_dump()):
        raise ValueError("content holds a NUL character")


def _holds_nul(value: Any) -> bool:
    if isinstance(value, str):
        return "\0" in value
    if isinstance(value, dict):
        return any(map(_holds_nul, value.values()))
    return isinstance(value, list | tuple) and any(map(_holds_nul, value))
