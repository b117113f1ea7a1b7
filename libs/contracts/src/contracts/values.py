"""The nouns that several events share: contacts, content, ways to reach a person, facts for routing rules."""

from uuid import UUID

from contracts.base import Contract, Instant, Int, OpenEnum


class ContentKind(OpenEnum):
    TEXT = "text"
    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    FILE = "file"
    LOCATION = "location"
    STICKER = "sticker"
    POSTBACK = "postback"
    CONTACT_CARD = "contact_card"
    TEMPLATE = "template"
    UNKNOWN = "unknown"


class Attachment(Contract):
    """A file that came with a message. Its bytes are fetched later; `provider_media_id` or `url` says from where."""

    kind: ContentKind
    provider_media_id: str | None = None
    url: str | None = None
    mime: str | None = None
    size_bytes: Int | None = None
    sha256: str | None = None
    file_name: str | None = None
    duration_ms: Int | None = None


class Location(Contract):
    latitude: float
    longitude: float
    title: str | None = None
    address: str | None = None


class Template(Contract):
    """A message text that the provider approved beforehand; `parameters` fill its body in order."""

    name: str
    language: str
    parameters: tuple[str, ...] = ()


class Content(Contract):
    """What was said. `text` is the words or the caption; a sticker's `text` is its keywords, if the provider gives any."""

    kind: ContentKind
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    location: Location | None = None
    sticker: str | None = None
    payload: str | None = None
    template: Template | None = None
    reply_to: str | None = None


class AddressKind(OpenEnum):
    LINE_USER = "line_user"
    LINE_GROUP = "line_group"
    LINE_ROOM = "line_room"
    WHATSAPP_BSUID = "whatsapp_bsuid"
    PHONE = "phone"
    EMAIL = "email"
    EXTERNAL = "external"
    UNKNOWN = "unknown"


class Address(Contract):
    kind: AddressKind
    value: str


class Contact(Contract):
    """Who wrote: the stable address first, other addresses of the same person in `alternates`."""

    address: Address
    alternates: tuple[Address, ...] = ()
    display_name: str | None = None
    language: str | None = None


class ReplyHandle(Contract):
    """A provider's short-lived, single-use permission to answer (LINE's reply token)."""

    token: str
    expires_at: Instant


class MessageStatus(OpenEnum):
    """Forwards only: queued < accepted < sent < delivered < read; failed ends it unless a later receipt says delivered."""

    QUEUED = "queued"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNKNOWN = "unknown"


class ReplyPath(Contract):
    """One way to reach a customer: a conversation and what is known of its reply window."""

    conversation_id: UUID
    channel: str
    account: str
    address: Address
    reply_handle: ReplyHandle | None = None
    window_closes_at: Instant | None = None
    last_inbound_at: Instant | None = None


class AuthorKind(OpenEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Author(Contract):
    kind: AuthorKind
    id: str


class MessageFacts(Contract):
    """What a routing rule may ask of the message; `text` holds its first 2,000 characters."""

    id: UUID
    channel: str
    account: str
    kind: ContentKind
    text: str = ""
    language: str | None = None


class CustomerFacts(Contract):
    """`last_agent_id` is whom the customer last talked to, in whichever case."""

    id: UUID
    tier: str | None = None
    entitlement: str | None = None
    organisation: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None
    last_agent_id: str | None = None


class CaseFacts(Contract):
    id: UUID
    opened_at: Instant
    tags: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    reopened: bool = False
    priority: Int | None = None
    last_agent_id: str | None = None
