"""The values that pass from a door to a channel and back."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from contracts.config import ChannelAccount
from contracts.inbound import (
    ContactChanged,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
    UnrecognisedReceived,
)

InboundEvent = (
    MessageReceived
    | MessageEdited
    | MessageUnsent
    | ReactionReceived
    | ContactChanged
    | UnrecognisedReceived
    | ReceiptReceived
)


@dataclass(frozen=True, slots=True)
class Webhook:
    """One verified request to one account's door. Header names are in lower case."""

    tenant: str
    account: ChannelAccount
    headers: Mapping[str, str]
    body: bytes = field(repr=False)
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Draft:
    """An event on its way out. `part` tells apart the events that one provider event became (members who joined together)."""

    event: InboundEvent
    part: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes = b""
    media_type: str = "text/plain; charset=utf-8"
