"""`inbound.messages` and `inbound.receipts`: what customers and providers told ingest."""

from contracts.base import Contract, Instant, OpenEnum
from contracts.values import Contact, Content, MessageStatus, ReplyHandle


class _FromProvider(Contract):
    """Where an inbound event came from.

    `conversation` is the provider's key of the thread (a LINE user, group or room; a WhatsApp user); `provider_event_id` is what a
    provider's retry repeats.
    """

    channel: str
    account: str
    conversation: str
    provider_event_id: str
    occurred_at: Instant
    received_at: Instant


class MessageReceived(_FromProvider):
    contact: Contact
    provider_message_id: str
    content: Content
    reply_handle: ReplyHandle | None = None
    window_closes_at: Instant | None = None
    standby: bool = False


class MessageEdited(_FromProvider):
    contact: Contact
    provider_message_id: str
    content: Content


class MessageUnsent(_FromProvider):
    contact: Contact
    provider_message_id: str


class ReactionReceived(_FromProvider):
    """A reaction to the message `provider_message_id`; an empty `emoji` takes the person's reaction back."""

    contact: Contact
    provider_message_id: str
    emoji: str


class ContactChange(OpenEnum):
    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    JOINED = "joined"
    LEFT = "left"
    OPTED_OUT = "opted_out"
    NUMBER_CHANGED = "number_changed"
    UNKNOWN = "unknown"


class ContactChanged(_FromProvider):
    contact: Contact
    change: ContactChange
    detail: str | None = None


class UnrecognisedReceived(_FromProvider):
    """A verified event that the adapter cannot read. Kept whole (JSON text, at most 256 KiB), counted, never dropped."""

    reason: str
    raw: str


class ReceiptReceived(_FromProvider):
    """What the provider says became of a message that we sent. `provider_message_id` is the provider's id of that message."""

    provider_message_id: str
    status: MessageStatus
    error_code: str | None = None
    error_reason: str | None = None
