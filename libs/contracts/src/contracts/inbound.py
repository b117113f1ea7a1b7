"""`inbound.messages` and `inbound.receipts`: what customers and providers told ingest."""

from contracts.base import Contract, Instant, Int, OpenEnum
from contracts.values import Attachment, Contact, Content, MessageStatus, ReplyHandle


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
    """`thread` is what the channel's next answer has to name (a Slack thread_ts, e-mail's References): it is kept with the
    conversation and comes back in ReplyPath. `references` are provider ids of earlier messages that this one answers.
    `automatic`: a machine wrote it (an absence note); `standby`: another application holds the chat.
    """

    contact: Contact
    provider_message_id: str
    content: Content
    reply_handle: ReplyHandle | None = None
    window_closes_at: Instant | None = None
    standby: bool = False
    automatic: bool = False
    thread: dict[str, str] = {}
    references: tuple[str, ...] = ()


class MessagePartReceived(_FromProvider):
    """Part `index` (from 1) of `total` of one message that came in pieces, all with the same `reference` (concatenated SMS)."""

    contact: Contact
    provider_message_id: str
    reference: str
    index: Int
    total: Int
    content: Content


class MessageEchoed(_FromProvider):
    """Our side wrote this elsewhere (the provider's own app, another application): the customer has it. `by` says where."""

    contact: Contact
    provider_message_id: str
    content: Content
    by: str


class AttachmentFetched(_FromProvider):
    """The bytes of attachment `index` (from 0) of a message are in our object storage, or can't be had: then it has a `failure`."""

    provider_message_id: str
    index: Int
    attachment: Attachment


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
    """What became of a person or of our place with them.

    `acted`: they did something that is no message (came by an advertisement, near a beacon, watched a video); the detail says what.
    `linked`: they proved who they are to the tenant's own system. `control_*`: another application holds the chat, or we do again.
    """

    FOLLOWED = "followed"
    UNFOLLOWED = "unfollowed"
    JOINED = "joined"
    LEFT = "left"
    OPTED_OUT = "opted_out"
    OPTED_IN = "opted_in"
    NUMBER_CHANGED = "number_changed"
    ACTED = "acted"
    LINKED = "linked"
    CONTROL_GAINED = "control_gained"
    CONTROL_LOST = "control_lost"
    UNKNOWN = "unknown"


class ContactChanged(_FromProvider):
    contact: Contact
    change: ContactChange
    detail: str | None = None


class UnrecognisedReceived(_FromProvider):
    """A verified event that the adapter cannot read. Kept whole, counted, never dropped.

    `raw` is JSON text of at most 256 KiB; of what is longer it names the file: `{"object_key", "size_bytes"}`.
    """

    reason: str
    raw: str


class ReceiptReceived(_FromProvider):
    """What the provider says became of a message that we sent. `provider_message_id` is the provider's id of that message.

    With `up_to` it is empty: the status is of every message that we sent in this conversation until then.
    """

    provider_message_id: str
    up_to: Instant | None = None
    status: MessageStatus
    error_code: str | None = None
    error_reason: str | None = None


class TypingReceived(_FromProvider):
    """The person is writing at this moment. Nothing is kept of it."""

    contact: Contact


class ChatResumed(_FromProvider):
    """A visitor of the web chat is here, having all that they were told up to position `after`: what follows is wanted."""

    after: Int
