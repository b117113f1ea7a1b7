"""The nouns that several events share: contacts, content, ways to reach a person, facts for routing rules."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

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
    CALL = "call"
    REVIEW = "review"
    UNKNOWN = "unknown"


class Attachment(Contract):
    """A file that came with a message. `object_key`: its bytes are in our object storage.

    Until then they are the provider's: `provider_media_id` or `url` says where, and `failure` why they could not be fetched.
    """

    kind: ContentKind
    provider_media_id: str | None = None
    url: str | None = None
    mime: str | None = None
    size_bytes: Int | None = None
    sha256: str | None = None
    file_name: str | None = None
    duration_ms: Int | None = None
    object_key: str | None = None
    failure: str | None = None


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


class CallStatus(OpenEnum):
    RINGING = "ringing"
    ANSWERED = "answered"
    COMPLETED = "completed"
    MISSED = "missed"
    VOICEMAIL = "voicemail"
    TRANSCRIBED = "transcribed"
    CALLBACK_REQUESTED = "callback_requested"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Call(Contract):
    """What happened on the telephone. A recording is an attachment, a transcript the text."""

    id: str
    status: CallStatus
    inbound: bool = True
    duration_ms: Int | None = None


class Review(Contract):
    """A public opinion of an app: `rating` of 1 to 5 stars."""

    rating: Int
    title: str | None = None
    app_version: str | None = None
    device: str | None = None


class QuickReply(Contract):
    """A button under a message of ours. Pressing it sends `payload`, or the label where the channel has no payload."""

    label: str
    payload: str | None = None


class Content(Contract):
    """What was said. `text` is the words or the caption; a sticker's `text` is its keywords, if the provider gives any.

    Of an e-mail `text` is what is new, `full_text` all of it with what was quoted, `html` as it came (show it sanitised only).
    """

    kind: ContentKind
    text: str | None = None
    attachments: tuple[Attachment, ...] = ()
    location: Location | None = None
    sticker: str | None = None
    payload: str | None = None
    template: Template | None = None
    reply_to: str | None = None
    subject: str | None = None
    full_text: str | None = None
    html: str | None = None
    call: Call | None = None
    review: Review | None = None
    quick_replies: tuple[QuickReply, ...] = ()


class AddressKind(OpenEnum):
    LINE_USER = "line_user"
    LINE_GROUP = "line_group"
    LINE_ROOM = "line_room"
    WHATSAPP_BSUID = "whatsapp_bsuid"
    PHONE = "phone"
    EMAIL = "email"
    EXTERNAL = "external"
    MESSENGER_USER = "messenger_user"
    INSTAGRAM_USER = "instagram_user"
    WHATSAPP_GROUP = "whatsapp_group"
    TELEGRAM_CHAT = "telegram_chat"
    X_USER = "x_user"
    SLACK_USER = "slack_user"
    SLACK_CHANNEL = "slack_channel"
    DISCORD_USER = "discord_user"
    DISCORD_CHANNEL = "discord_channel"
    TEAMS_USER = "teams_user"
    TEAMS_CONVERSATION = "teams_conversation"
    VIBER_USER = "viber_user"
    WECHAT_USER = "wechat_user"
    KAKAO_USER = "kakao_user"
    KAKAO_GROUP = "kakao_group"
    APP_REVIEW = "app_review"
    VISITOR = "visitor"
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
    """One way to reach a customer: a conversation, what is known of its reply window, and what its `thread` needs of an answer."""

    conversation_id: UUID
    channel: str
    account: str
    address: Address
    reply_handle: ReplyHandle | None = None
    window_closes_at: Instant | None = None
    last_inbound_at: Instant | None = None
    thread: dict[str, str] = {}


class AuthorKind(OpenEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    BOT = "bot"
    SYSTEM = "system"
    UNKNOWN = "unknown"


class Author(Contract):
    kind: AuthorKind
    id: str


Sentiment = Annotated[float, Field(ge=-1, le=1)]
"""How a customer feels, from -1 (angry) to 1 (happy)."""


class MessageFacts(Contract):
    """What a routing rule may ask of the message; `text` holds its first 2,000 characters, `sentiment` what a bot said of the customer
    when people took over from it.
    """

    id: UUID
    channel: str
    account: str
    kind: ContentKind
    text: str = ""
    language: str | None = None
    sentiment: Sentiment | None = None


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
