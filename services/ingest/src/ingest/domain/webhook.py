"""The values that pass from a door to a channel and back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from contracts.base import value
from contracts.config import ChannelAccount
from contracts.inbound import (
    AttachmentFetched,
    ChatResumed,
    ContactChanged,
    MessageEchoed,
    MessageEdited,
    MessagePartReceived,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
    TypingReceived,
    UnrecognisedReceived,
)

InboundEvent = (
    MessageReceived
    | MessagePartReceived
    | MessageEchoed
    | AttachmentFetched
    | MessageEdited
    | MessageUnsent
    | ReactionReceived
    | ContactChanged
    | UnrecognisedReceived
    | ReceiptReceived
    | TypingReceived
    | ChatResumed
)


@value
class Webhook:
    """One request to one account's door. Header names are in lower case; `url` is the public one, as the provider called it.

    `documents` are those that the channel asked for by URL: a provider's certificates and key sets. `secrets` are the live values
    of those that its `parse` needs, the newer first.
    """

    tenant: str
    account: ChannelAccount
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: datetime
    method: str = "POST"
    url: str = field(default="", repr=False)
    query: Mapping[str, str] = field(default_factory=dict, repr=False)
    documents: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    secrets: Mapping[str, Sequence[str]] = field(default_factory=dict, repr=False)

    @property
    def media_type(self) -> str:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class InlineFile:
    """Bytes that came inside a webhook. They are in object storage before the event is produced that names the key."""

    object_key: str
    content: bytes = field(repr=False)


@value
class Draft:
    """An event on its way out. `part` tells apart the events that one provider event became (members who joined together)."""

    event: InboundEvent
    part: str = ""
    files: tuple[InlineFile, ...] = ()


@value
class Answer:
    status: int
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
