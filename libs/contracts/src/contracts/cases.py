"""`case.events`: what happened to a case, for everyone who shows or counts cases."""

from uuid import UUID

from contracts.base import Contract, Instant, Int, OpenEnum
from contracts.values import Attachment, Author, Content, MessageStatus


class CaseOpened(Contract):
    case_id: UUID
    customer_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    opened_at: Instant


class MessageAdded(Contract):
    """A message joined a case's history as number `seq` (from 1, no gaps). The customer never sees an `internal` one."""

    case_id: UUID
    message_id: UUID
    seq: Int
    customer_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    author: Author
    content: Content
    automatic: bool = False
    internal: bool = False
    added_at: Instant


class HistoryAmendment(OpenEnum):
    EDITED = "edited"
    UNSENT = "unsent"
    REACTED = "reacted"
    ATTACHED = "attached"
    UNKNOWN = "unknown"


class HistoryAmended(Contract):
    """An edit, a take-back or a reaction on a message that is already in the history; or its attachment number `attachment_index`
    (from 0) is here now, or can't be had.
    """

    case_id: UUID
    message_id: UUID
    amendment: HistoryAmendment
    content: Content | None = None
    emoji: str | None = None
    attachment_index: Int | None = None
    attachment: Attachment | None = None
    author: Author
    amended_at: Instant


class MessageStatusChanged(Contract):
    case_id: UUID
    message_id: UUID
    status: MessageStatus
    error_code: str | None = None
    changed_at: Instant


class CaseResolved(Contract):
    case_id: UUID
    customer_id: UUID
    by: Author
    reason: str = "resolved"
    resolved_at: Instant


class CaseReopened(Contract):
    case_id: UUID
    customer_id: UUID
    by: Author
    reopened_at: Instant


class CustomerLinked(Contract):
    """A contact point now belongs to `customer_id`; it belonged to `previous_customer_id` before, if it was known."""

    customer_id: UUID
    contact_point_id: UUID
    channel: str
    account: str
    previous_customer_id: UUID | None = None
    linked_at: Instant


class CasesMerged(Contract):
    """`case_id` ended; its history goes on in `into_case_id`."""

    case_id: UUID
    into_case_id: UUID
    merged_at: Instant


class CaseChanged(Contract):
    """The case's facts as they are now. `changed` names those that are new."""

    case_id: UUID
    customer_id: UUID
    changed: tuple[str, ...]
    subject: str | None = None
    tags: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    priority: Int | None = None
    by: Author
    changed_at: Instant


class CasePaused(Contract):
    """Somebody said that the case waits, for `waiting_on_customer`, `on_hold` or a tenant's own word.

    An agent's answer makes a case wait for its customer, and the customer's next message ends it: MessageAdded says so.
    """

    case_id: UUID
    customer_id: UUID
    reason: str
    by: Author
    paused_at: Instant


class CaseResumed(Contract):
    case_id: UUID
    customer_id: UUID
    reason: str
    by: Author
    resumed_at: Instant


class SupervisorNotified(Contract):
    """A policy says that `whom` should know: an SLA clock of the case reached `trigger`, as `80%` or `breach`."""

    case_id: UUID
    customer_id: UUID
    whom: str
    metric: str
    policy: str
    trigger: str
    queue: str | None = None
    agent_id: str | None = None
    notified_at: Instant


class CustomerTyped(Contract):
    """The customer is writing at this moment. It is in no history."""

    case_id: UUID
    customer_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    typed_at: Instant
