"""What `/v1` shows, and the port that reads it."""

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol
from uuid import UUID

from case_store.domain.reply_paths import Route
from case_store.handlers import examples
from case_store.handlers.examples import shown
from contracts.base import Contract, Instant
from contracts.chat import ChatSignal
from contracts.handling import Handover
from contracts.values import Address, Author, Content


class SlaView(Contract):
    """`state` is running, warned, breached, paused, fulfilled or cancelled; a breach stays in `breached_at`."""

    state: str
    policy: str
    at: Instant
    due_at: Instant | None = None
    remaining_ms: int | None = None
    breached_at: Instant | None = None


class RoutingSnapshot(Contract):
    """A copy of the router's state, for lists; the router has the truth. `as_of`: what happened to the work later is not in it."""

    as_of: Instant | None = None
    work_state: str | None = None
    queue: str | None = None
    agent_id: str | None = None
    offered_to: str | None = None
    sla: dict[str, SlaView] = {}


class CaseState(Contract):
    """`pauses` is what an open case waits for, and since when; `priority` is nobody's but the case's own."""

    model_config = shown(examples.CASE_STATE)

    id: UUID
    customer_id: UUID
    status: str
    opened_at: Instant
    resolved_at: Instant | None = None
    resolution: str | None = None
    merged_into: UUID | None = None
    subject: str | None = None
    tags: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    priority: int | None = None
    pauses: dict[str, Instant] = {}
    revision: int


class HandlingSnapshot(Contract):
    """Who talks with the customer: `bot`, `queued` (people were asked for), `agent` or `closed`. `handover` is what the bot left."""

    state: str
    version: int
    bot_id: str
    since: Instant
    reason: str
    agent_id: str | None = None
    handover: Handover | None = None


class CaseView(CaseState):
    """`priority` is the case's own, else the one that its work was queued with. `handling` is of cases that a bot has served."""

    model_config = shown(examples.CASE)

    messages: int
    routing: RoutingSnapshot
    handling: HandlingSnapshot | None = None


class QueuedView(Contract):
    model_config = shown(examples.QUEUED)

    message_id: UUID
    case_id: UUID
    seq: int
    status: str = "queued"
    conversation_id: UUID
    channel: str
    account: str
    added_at: Instant
    expires_at: Instant


class SignalledView(Contract):
    model_config = shown(examples.SIGNALLED)

    case_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    signal: ChatSignal


class NotedView(Contract):
    model_config = shown(examples.NOTED)

    message_id: UUID
    case_id: UUID
    seq: int
    added_at: Instant


class ReactionView(Contract):
    emoji: str
    at: Instant


class MessageView(Contract):
    """`direction` is in, out or note, which the customer never sees. `status` is of outgoing messages only;
    `provider_message_ids` are in the order of the message's parts. `error_code` and `error_reason` say why it failed, `held_reason` why it
    waits for somebody.
    """

    model_config = shown(examples.MESSAGE)

    id: UUID
    case_id: UUID
    seq: int
    conversation_id: UUID
    channel: str
    account: str
    direction: str
    author: Author
    author_name: str | None = None
    content: Content
    automatic: bool
    status: str | None = None
    error_code: str | None = None
    error_reason: str | None = None
    held_reason: str | None = None
    attempts: int
    provider_message_ids: tuple[str, ...] = ()
    reactions: tuple[ReactionView, ...] = ()
    occurred_at: Instant
    added_at: Instant
    edited_at: Instant | None = None
    unsent_at: Instant | None = None


class TimelineView(Contract):
    model_config = shown(examples.ENTRY)

    position: int
    event_id: UUID
    type: str
    data: dict[str, Any]
    at: Instant


class CustomerView(Contract):
    model_config = shown(examples.CUSTOMER)

    id: UUID
    kind: str
    display_name: str | None = None
    tier: str | None = None
    entitlement: str | None = None
    organisation: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    merged_into: UUID | None = None
    open_case_id: UUID | None = None
    revision: int


class ContactPointView(Contract):
    model_config = shown(examples.CONTACT_POINT)

    id: UUID
    customer_id: UUID
    channel: str
    account: str
    address: Address
    display_name: str | None = None
    state: str
    open_case_id: UUID | None = None


class ReplyPathView(Contract):
    """A conversation as a way out. `state` is open, agents_only, template_only, closed or unusable; `why` tells the agent what stands
    against it. `window_closes_at` is none where the channel has no window.
    """

    model_config = shown(examples.REPLY_PATH)

    conversation_id: UUID
    channel: str
    account: str
    address: Address
    last_inbound_at: Instant
    window_closes_at: Instant | None = None
    state: str
    why: str | None = None
    template: str | None = None


class LinkedView(Contract):
    model_config = shown(examples.LINKED)

    id: UUID
    customer_id: UUID
    channel: str
    account: str
    address: Address
    previous_customer_id: UUID | None = None


class CaseFilter(NamedTuple):
    customer_id: UUID | None = None
    status: str | None = None
    agent_id: str | None = None
    paused: str | None = None
    with_whom: str | None = None


class Reader(Protocol):
    """One consistent view of one tenant's rows."""

    async def case(self, case_id: UUID) -> CaseView | None: ...
    async def cases(self, wanted: CaseFilter, before: UUID | None, limit: int) -> Sequence[CaseView]:
        """The youngest first."""
        ...

    async def routes(self, customer_id: UUID) -> Sequence[tuple[Route, bool]]:
        """And whether the person blocked us there."""
        ...

    async def message(self, message_id: UUID) -> MessageView | None: ...
    async def messages(self, case_id: UUID, after_seq: int, limit: int) -> Sequence[MessageView]: ...
    async def timeline(self, case_id: UUID, after: int, limit: int) -> Sequence[TimelineView]: ...
    async def customer(self, customer_id: UUID) -> CustomerView | None: ...
    async def contact_points(self, customer_id: UUID) -> Sequence[ContactPointView]: ...
    async def contact_points_at(self, account: str, address: str) -> Sequence[ContactPointView]: ...
