"""What the handlers need of the store. Everything here happens inside one transaction of one tenant."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, NamedTuple, Protocol
from uuid import UUID

from case_store.domain.case import Case
from case_store.domain.customer import AddressKey, ContactPoint, Customer, KnownContact
from case_store.domain.handling import Handling
from case_store.domain.message import MessageState
from case_store.domain.reply_paths import Route
from case_store.domain.routing_view import RoutingView
from contracts.config import TenantConfig
from contracts.inbound import (
    AttachmentFetched,
    MessageEdited,
    MessagePartReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
    UnrecognisedReceived,
)
from contracts.values import Attachment, Author, Content, ContentKind, ReplyHandle
from runtime.ports import Emitter, Ids

Amendment = MessageEdited | MessageUnsent | ReactionReceived | AttachmentFetched


@dataclass(frozen=True, slots=True)
class Heard:
    """What an inbound message says about its conversation."""

    contact_point_id: UUID
    channel: str
    account: str
    key: str
    at: datetime
    received_at: datetime
    reply_handle: ReplyHandle | None = None
    window_closes_at: datetime | None = None
    thread: Mapping[str, str] = field(default_factory=dict)


Direction = Literal["in", "out", "note"]


@dataclass(frozen=True, slots=True)
class NewMessage:
    """`event_id` is the identity of what caused it: one event makes at most one message."""

    id: UUID
    event_id: UUID
    conversation_id: UUID
    channel: str
    account: str
    direction: Direction
    author: Author
    content: Content
    occurred_at: datetime
    author_name: str | None = None
    provider_message_id: str | None = None
    status: str | None = None
    automatic: bool = False


class Place(NamedTuple):
    """Where a message was said."""

    conversation_id: UUID
    channel: str
    account: str


class Appended(NamedTuple):
    """`expected`: something about this message may have come before it."""

    seq: int
    expected: bool


class Numbered(NamedTuple):
    """A message in its case's history; `command`: what the router is to be told of it."""

    seq: int
    command: int | None


class Asked(NamedTuple):
    """A locked case, and the traceparent under which the customer's last message was filed."""

    case: Case
    trace: str | None


class Part(NamedTuple):
    """A piece of a message, `number` from 1. `provider_message_id` is the piece's own."""

    number: int
    text: str
    provider_message_id: str
    received_at: datetime


@dataclass(frozen=True, slots=True)
class LastWords:
    """The customer's latest message, as much of it as the router asks for."""

    id: UUID
    channel: str
    account: str
    kind: ContentKind
    text: str


class Said(NamedTuple):
    """A message of the customer's, as its reader is told of it."""

    id: UUID
    seq: int
    conversation_id: UUID
    channel: str
    account: str
    content: Content


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a case's timeline. `data` is JSON text of ids and words of ours, never of message text."""

    event_id: UUID
    type: str
    data: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """A step of an outgoing message's life."""

    status: str
    error_code: str | None = None
    attempts: int | None = None
    conversation_id: UUID | None = None
    channel: str | None = None
    account: str | None = None
    error_reason: str | None = None


class People(Protocol):
    async def known(self, account: str, addresses: Sequence[AddressKey]) -> list[KnownContact]:
        """Locks the contact points and their customers until the end of the transaction."""
        ...

    async def add_person(self, customer: Customer, point: ContactPoint) -> bool:
        """The customer with the first contact point; neither, and False, when somebody else added the address meanwhile."""
        ...

    async def add_contact_points(self, points: Sequence[ContactPoint]) -> None:
        """An address that is known already is left alone."""
        ...

    async def rename(self, contact: KnownContact, display_name: str) -> None:
        """Of the contact point; of the customer only if nobody named them."""
        ...

    async def set_state(self, contact_point_id: UUID, *, blocked: bool, at: datetime) -> bool:
        """False when something newer is known."""
        ...

    async def owner_of(self, account: str, address: AddressKey) -> UUID | None:
        """The customer of an address, not locked."""
        ...

    async def lock_customers(self, customer_ids: Sequence[UUID]) -> dict[UUID, Customer]:
        """In id order."""
        ...

    async def read(self, customer_id: UUID) -> Customer | None:
        """Not locked: with the case locked, whoever changes the customer tells of it later."""
        ...

    async def move(self, contact_point_id: UUID, customer_id: UUID) -> int:
        """Returns how many contact points the previous customer keeps."""
        ...

    async def move_all(self, customer_id: UUID, to: UUID) -> list[ContactPoint]: ...

    async def mark_merged(self, customer_id: UUID, into: UUID) -> None: ...
    async def change_facts(self, customer: Customer) -> None: ...


class Conversations(Protocol):
    async def heard(self, heard: Heard) -> UUID:
        """The conversation, made if need be; older words change nothing of it."""
        ...

    async def known(self, account: str, key: str) -> UUID | None: ...
    async def routes(self, customer_id: UUID) -> list[Route]:
        """To contact points that are not blocked; locks the conversations."""
        ...


class Cases(Protocol):
    async def current(self, customer_id: UUID, event_id: UUID) -> tuple[Case | None, bool]:
        """The open case, else the one resolved last, locked; and whether a message of this event is filed already."""
        ...

    async def answered(
        self, customer_id: UUID, account: str, references: Sequence[str], case_ids: Sequence[UUID]
    ) -> Case | None:
        """The customer's resolved case that has a message of these provider's ids, or is one of these (or took one of them in),
        locked; the one resolved last. Never another customer's.
        """
        ...

    async def customer_of(self, case_id: UUID) -> UUID | None: ...
    async def lock(self, case_id: UUID) -> Case | None: ...
    async def lock_asked(self, case_id: UUID) -> Asked | None: ...
    async def last_agent_of(self, customer_id: UUID) -> str | None:
        """Whom the customer's work was given to last, over all cases."""
        ...

    async def open_cases_of(self, *customer_ids: UUID) -> dict[UUID, Case]:
        """By customer; locked in the order of their ids."""
        ...

    async def open(self, case: Case, entry: Entry) -> None:
        """With the first line of its timeline."""
        ...

    async def change(self, case: Case) -> None:
        """All but its name, its age and its last agent."""
        ...

    async def next_command(self, case_id: UUID) -> int:
        """The number of the next command about the (locked) case, taken."""
        ...

    async def move_resolved(self, customer_id: UUID, to: UUID) -> None: ...
    async def concerns(self, case_id: UUID, contact_point_id: UUID) -> bool:
        """Whether the contact point wrote or was written to in the case."""
        ...

    async def is_filed(self, case_id: UUID, event_id: UUID) -> bool:
        """Whether the (locked) case's timeline has it."""
        ...

    async def lock_routing(self, case_id: UUID) -> RoutingView | None: ...
    async def set_routing(self, case_id: UUID, view: RoutingView, entry: Entry) -> None:
        """With the timeline's line that tells of it, as `file` adds it."""
        ...

    async def file(self, case_id: UUID, *entries: Entry) -> None:
        """Adds lines to the timeline; one that is there already (same event) is passed over."""
        ...


class History(Protocol):
    async def append(self, case_id: UUID, message: NewMessage, entry_data: str) -> Appended:
        """Takes the next number of the (locked) case."""
        ...

    async def reply(
        self,
        case_id: UUID,
        message: NewMessage,
        entry_data: str,
        *,
        answered: Case | None,
        takes_handle: bool,
        tells: bool,
    ) -> Numbered:
        """As `append`, for words of ours. `answered`: what the case waits for from now on; `takes_handle`: the conversation's is spent;
        `tells`: the router is told of it, by a command whose number is taken.
        """
        ...

    async def lock_message(self, message_id: UUID) -> MessageState | None:
        """Locks the case, then the message."""
        ...

    async def lock_provider_message(self, account: str, provider_message_id: str) -> MessageState | None: ...
    async def expect(self, account: str, provider_message_id: str) -> UUID | None:
        """Claims the provider's id for a message that is still to come; returns the message if it came meanwhile."""
        ...

    async def name(self, message_id: UUID, account: str, provider_message_ids: Sequence[str]) -> bool:
        """The provider's names of the parts of a message of ours; whether something about one of them may have come before."""
        ...

    async def edit(self, message_id: UUID, content: Content, at: datetime) -> bool:
        """False: it said so already. Who looks at shops' reviews tells what it doesn't know to be known."""
        ...

    async def unsend(self, message_id: UUID, at: datetime) -> None:
        """Nothing of the words is kept."""
        ...

    async def react(self, message_id: UUID, reactor: str, emoji: str, at: datetime) -> bool:
        """False when a newer reaction of the same person is known."""
        ...

    async def attach(self, message_id: UUID, index: int, attachment: Attachment) -> bool:
        """False when the message has no attachment of that number."""
        ...

    async def sent_until(self, account: str, conversation: str, until: datetime) -> list[MessageState]:
        """Our messages in a provider's conversation that may still be told delivered or read; locked, oldest first."""
        ...

    async def advance(self, message_id: UUID, outcome: Outcome) -> None: ...
    async def hold(self, message_id: UUID, reason: str) -> None: ...
    async def last_words(self, case_id: UUID) -> LastWords | None: ...
    async def last_said(self, case_id: UUID) -> Said | None:
        """The customer's latest message."""
        ...

    async def last_place(self, case_id: UUID) -> Place | None: ...
    async def last_trace(self, case_id: UUID) -> str | None:
        """The traceparent under which the customer's last message was filed."""
        ...

    async def merge(self, source: UUID, target: UUID) -> int:
        """Renumbers the source's messages after the target's last; returns the number of the first one moved."""
        ...


class Handlings(Protocol):
    async def of(self, case_id: UUID) -> Handling | None:
        """Of a (locked) case; none if no bot ever served it."""
        ...

    async def save(self, handling: Handling, before: Handling | None) -> None:
        """Raises DependencyDown when the store has another version than `before`."""
        ...


class Parked(Protocol):
    async def park_receipt(self, event_id: UUID, receipt: ReceiptReceived) -> None: ...
    async def take_receipts(self, account: str, provider_message_ids: Sequence[str]) -> list[ReceiptReceived]:
        """Oldest first, and removes them."""
        ...

    async def park_amendment(self, event_id: UUID, amendment: Amendment) -> None: ...
    async def take_amendments(self, account: str, provider_message_id: str) -> list[Amendment]: ...
    async def keep_part(self, event: MessagePartReceived) -> list[Part]:
        """All parts of its message that are here now, this one too, in order."""
        ...

    async def keep_unrecognised(self, event_id: UUID, event: UnrecognisedReceived) -> None: ...


class TenantConfigs(Protocol):
    def tenant(self, tenant: str) -> TenantConfig | None: ...


Patterns = Callable[[str], Callable[[str], bool]]
"""A tenant's regular expression, of CEL, as a test of a text."""


@dataclass(frozen=True, slots=True)
class Work:
    """One transaction as handlers see it; committed at the edge."""

    emitter: Emitter
    people: People
    conversations: Conversations
    cases: Cases
    history: History
    handlings: Handlings
    parked: Parked
    configs: TenantConfigs
    patterns: Patterns
    ids: Ids

    @property
    def now(self) -> datetime:
        return self.emitter.now

    @property
    def config(self) -> TenantConfig | None:
        return self.configs.tenant(self.emitter.tenant)
