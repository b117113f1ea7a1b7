"""`outbound.messages` and `outbound.results`: replies on their way to the customer, and what became of them."""

from uuid import UUID

from contracts.base import Contract, Instant, Int, OpenEnum
from contracts.values import Author, Content, ReplyPath


class SendRequested(Contract):
    """Carry this reply to the customer by the first path that is legal now; later paths are fallbacks, in order."""

    message_id: UUID
    case_id: UUID
    author: Author
    content: Content
    paths: tuple[ReplyPath, ...]
    requested_at: Instant
    expires_at: Instant


class SendMethod(OpenEnum):
    REPLY = "reply"
    PUSH = "push"
    FREE_FORM = "free_form"
    TEMPLATE = "template"
    WEBHOOK = "webhook"
    UNKNOWN = "unknown"


class SendAccepted(Contract):
    """The provider took the message. `provider_message_ids` are in the order of the message's parts."""

    message_id: UUID
    case_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    method: SendMethod
    provider_message_ids: tuple[str, ...]
    attempts: Int
    accepted_at: Instant


class SendFailed(Contract):
    """No further attempt will be made. `code` is from the closed list in the notifier's README."""

    message_id: UUID
    case_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    code: str
    reason: str
    attempts: Int
    dead_lettered: bool = False
    failed_at: Instant


class SendHeld(Contract):
    """The provider may have taken the message and offers no way to ask again safely; an operator or a receipt decides."""

    message_id: UUID
    case_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    reason: str
    held_at: Instant
