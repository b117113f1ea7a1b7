"""Messages, buttons, edits and take-backs of LINE → events."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

from contracts.base import value
from contracts.inbound import MessageEdited, MessageReceived, MessageUnsent
from contracts.values import Content, ReplyHandle
from ingest.channels.line.contents import content_of, postback_content
from ingest.channels.line.sources import Source
from ingest.domain.frame import Frame
from ingest.domain.shape import Json, identity, part, text
from ingest.domain.webhook import Draft, Webhook

REPLY_TOKEN_LIFE = timedelta(seconds=50)
"""LINE promises about a minute from the event; the rest is for our own way."""


@value
class Event:
    """One event object with what every kind of it has."""

    webhook: Webhook
    json: Json
    id: str
    at: datetime
    source: Source

    def common(self) -> dict[str, Any]:
        """Without the contact: of members who came together each has their own."""
        return Frame(self.webhook, self.source.conversation, self.id, self.at).common()


def _message(event: Event) -> Iterator[Draft]:
    message = part(event.json, "message")
    yield _received(event, identity(message, "id"), content_of(message), _thread(message))


def _postback(event: Event) -> Iterator[Draft]:
    yield _received(event, event.id, postback_content(part(event.json, "postback")), {})


def _received(event: Event, message_id: str, content: Content, thread: dict[str, str]) -> Draft:
    return Draft(
        MessageReceived(
            **event.common(),
            contact=event.source.contact,
            provider_message_id=message_id,
            content=content,
            reply_handle=_reply_handle(event),
            standby=event.json.get("mode") == "standby",
            thread=thread,
        )
    )


def _reply_handle(event: Event) -> ReplyHandle | None:
    token = text(event.json, "replyToken")
    return ReplyHandle(token=token, expires_at=event.at + REPLY_TOKEN_LIFE) if token else None


def _thread(message: Json) -> dict[str, str]:
    """What quoting this message, and marking it as read, will need."""
    tokens = {"quote_token": text(message, "quoteToken"), "mark_as_read_token": text(message, "markAsReadToken")}
    found = {name: token for name, token in tokens.items() if token}
    return {"message_id": identity(message, "id"), **found} if found else {}


def _edited(event: Event) -> Iterator[Draft]:
    message = part(event.json, "message")
    yield Draft(
        MessageEdited(
            **event.common(),
            contact=event.source.contact,
            provider_message_id=identity(message, "id"),
            content=content_of(message),
        )
    )


def _unsend(event: Event) -> Iterator[Draft]:
    message_id = identity(part(event.json, "unsend"), "messageId")
    yield Draft(MessageUnsent(**event.common(), contact=event.source.contact, provider_message_id=message_id))


MESSAGES: dict[str, Callable[[Event], Iterator[Draft]]] = {
    "message": _message,
    "messageEdited": _edited,
    "unsend": _unsend,
    "postback": _postback,
}
