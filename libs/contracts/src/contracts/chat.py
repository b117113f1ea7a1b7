"""`chat.feed`: what visitors of the web chat are told, numbered per visitor without gaps, for whoever holds their sockets."""

from uuid import UUID

from contracts.base import Contract, Instant, Int, OpenEnum
from contracts.values import Author, Content


class ChatLine(Contract):
    """A message of ours as number `position` (from 1) of what this visitor was told."""

    position: Int
    message_id: UUID
    author: Author
    content: Content
    at: Instant


class VisitorTold(Contract):
    """All that a visitor was told after position `after` up to `through`; `last` is the end of the feed by then.

    A line between the two that isn't here was forgotten by age. Who has less than `after` has to ask again (ChatResumed).
    """

    account: str
    visitor: str
    after: Int
    through: Int
    last: Int
    lines: tuple[ChatLine, ...]


class ChatSignal(OpenEnum):
    TYPING = "typing"
    READ = "read"
    UNKNOWN = "unknown"


class VisitorSignalled(Contract):
    """Somebody of ours types now, or has read what the visitor wrote until `at`. Seen by who is connected, kept by nobody."""

    account: str
    visitor: str
    signal: ChatSignal
    author: Author
    at: Instant
