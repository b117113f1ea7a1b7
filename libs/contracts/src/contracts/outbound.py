"""`outbound.messages` and `outbound.results`: replies and webhooks on their way, and what became of them."""

from uuid import UUID

from contracts.base import Contract, Instant, Int, OpenEnum
from contracts.chat import ChatSignal
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
    TAGGED = "tagged"
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


class SlaNotice(Contract):
    """An SLA clock of a case reached `trigger`, as `80%` or `breach`; the case as it was then."""

    case_id: UUID
    customer_id: UUID
    metric: str
    policy: str
    policy_revision: Int
    trigger: str
    priority: Int | None = None
    tags: tuple[str, ...] = ()
    queue: str | None = None
    agent_id: str | None = None
    due_at: Instant | None = None


class WebhookRequested(Contract):
    """POST this event to the webhook account, signed. `request_id` is its webhook-id: a receiver drops one that it knows."""

    request_id: UUID
    case_id: UUID
    webhook: str
    type: str
    data: SlaNotice
    requested_at: Instant
    expires_at: Instant


class WebhookDelivered(Contract):
    request_id: UUID
    case_id: UUID
    webhook: str
    attempts: Int
    delivered_at: Instant


class WebhookFailed(Contract):
    """No further attempt will be made. `code` is from the closed list in the notifier's README; after `ambiguous` the
    receiver may have it.
    """

    request_id: UUID
    case_id: UUID
    webhook: str
    code: str
    reason: str
    attempts: Int
    dead_lettered: bool = False
    failed_at: Instant


class SignalRequested(Contract):
    """Show the customer on this path that somebody types, or that what they wrote until `requested_at` was read.

    Worth something at this moment only: tried once, where the channel has it, and told to nobody.
    """

    case_id: UUID
    author: Author
    signal: ChatSignal
    path: ReplyPath
    requested_at: Instant
