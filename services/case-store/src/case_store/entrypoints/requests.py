"""Bodies of `/v1`. Unknown fields, NUL, lone surrogates and wrong types are refused with a pointer."""

from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, Field, model_validator

from case_store.handlers.examples import INTO, shown
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
FieldValue = Annotated[Storable, Field(max_length=2_000)]
PauseReason = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,62}$", examples=["on_hold"])]
MessageText = Annotated[Storable, AfterValidator(_written), Field(min_length=1, max_length=MAX_TEXT)]


class AuthorBody(Request):
    """Who speaks: the token's agent, a bot, or with the scope `agents:write` any agent."""

    kind: Literal["agent", "bot"]
    id: Word


class SaidBody(Request):
    """Either `text` or `content`."""

    text: MessageText | None = None
    content: Content | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if (self.text is None) == (self.content is None):
            raise ValueError("send either text or content")
        if self.content is not None:
            check_content(self.content)
        return self

    def said(self) -> Content:
        return self.content or Content(kind=ContentKind.TEXT, text=self.text)


class ReplyBody(SaidBody):
    """Either `text` or `content`. Without `conversation_id` or `channel` it leaves where the customer wrote last.

    `automatic` is an answer that nobody wrote for this customer, as an out-of-office notice; no SLA clock stops for it.
    """

    model_config = shown({"text": "ご返金いたします。"}, {"text": "営業時間は9時からです。", "automatic": True})

    conversation_id: UUID | None = None
    channel: Word | None = None
    author: AuthorBody | None = None
    automatic: bool = False


class SignalBody(Request):
    """`typing` lasts some seconds: say it again while it is so. `read`: all that the customer wrote until now."""

    model_config = shown({"signal": "typing"})

    signal: Literal["typing", "read"]


class NoteBody(Request):
    model_config = shown({"text": "配送業者に確認中。"})

    text: MessageText
    author: AuthorBody | None = None


class ResolveBody(Request):
    model_config = shown({"reason": "refunded"})

    reason: Word = "resolved"


class ReopenBody(Request):
    model_config = shown({})


class CaseBody(Request):
    """Fields that are left out stay. `tags` replaces all of them; of `fields` each is set, or removed by null.

    Work that waits or runs follows a new `priority`; without one of its own it keeps what it has.
    """

    model_config = shown({"priority": 2, "tags": ["refund", "vip"], "fields": {"order": "A-1001", "courier": None}})

    subject: Annotated[Storable, Field(min_length=1, max_length=500)] | None = None
    tags: Annotated[tuple[Word, ...], Field(max_length=100)] = ()
    fields: Annotated[dict[Word, FieldValue | None], Field(max_length=100)] = {}
    priority: Annotated[int, Field(ge=1, le=9, description="1 is served first")] | None = None


class PauseBody(Request):
    """`waiting_on_customer` ends with the customer's next message, `on_hold` and a word of your own with a resume."""

    model_config = shown({"reason": "on_hold"})

    reason: PauseReason


class ResumeBody(Request):
    """Without a reason, whatever the case waits for ends."""

    model_config = shown({"reason": "on_hold"})

    reason: PauseReason | None = None


class MergeBody(Request):
    """The case goes on in `into`. `merge_customers`: the two customers are the same person."""

    model_config = shown({"into": INTO, "merge_customers": True})

    into: UUID
    merge_customers: bool = False


class CustomerBody(Request):
    """Fields that are left out stay; null clears."""

    model_config = shown({"tier": "gold", "tags": ["vip"], "organisation": None})

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

    model_config = shown(
        {"channel": "whatsapp", "account": "wa-main", "address": {"kind": "phone", "value": "+819012345678"}}
    )

    channel: Word
    account: Word
    address: AddressBody
    merge: bool = False


def check_content(content: Content) -> None:
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
