"""A Viber callback → events. Pure; what can't be read is kept raw. Viber REST API, "Callbacks"."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from contracts.inbound import ContactChange, ContactChanged, MessageReceived, ReceiptReceived
from contracts.values import Address, AddressKind, Contact, MessageStatus
from ingest.channels.viber.contents import content_of
from ingest.domain.frame import Frame, Known, read_or_keep
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    instant,
    instant_if_any,
    mapping,
    optional_part,
    part,
    read_json,
    text,
)
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_MILLISECOND = timedelta(milliseconds=1)


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        body = mapping(read_json(webhook.body), "the body")
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    return read_or_keep(webhook, body, partial(_read, webhook, body), lambda: _known(body))


def _read(webhook: Webhook, json: Json) -> Iterator[Draft]:
    name = text(json, "event") or ""
    if name in _SILENT:
        return
    read = _READERS.get(name)
    if read is None:
        raise Unreadable("an event that this adapter doesn't know")
    at = instant(json, "timestamp", _MILLISECOND)
    yield from read(_Event(webhook, json, _token(json), name, at, _contact(json)))


def _token(json: Json) -> str:
    """A whole number of 64 bits, more than a float holds: as digits from here on."""
    found = json.get("message_token")
    digits = str(found) if isinstance(found, int | str) and not isinstance(found, bool) else ""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 20):
        raise Unreadable("message_token is not a number")
    return digits


def _contact(json: Json) -> Contact:
    person = optional_part(json, "sender") or optional_part(json, "user")
    user = identity(person, "id") if person else identity(json, "user_id")
    return Contact(
        address=Address(kind=AddressKind.VIBER_USER, value=user),
        display_name=text(person, "name"),
        language=text(person, "language"),
    )


def _known(json: Json) -> Known:
    try:
        return Known(_contact(json).address.value, _token(json), instant_if_any(json, "timestamp", _MILLISECOND))
    except Unreadable:
        return Known()


@dataclass(frozen=True, slots=True)
class _Event:
    webhook: Webhook
    json: Json
    token: str
    name: str
    at: datetime
    contact: Contact

    def common(self) -> dict[str, Any]:
        """Receipts repeat the token of the message that they are about."""
        event_id = self.token if self.name == "message" else f"{self.token}:{self.name}"
        return Frame(self.webhook, self.contact.address.value, event_id, self.at).common()


def _message(event: _Event) -> Iterator[Draft]:
    content = content_of(part(event.json, "message"))
    yield Draft(
        MessageReceived(**event.common(), contact=event.contact, provider_message_id=event.token, content=content)
    )


def _receipt(status: MessageStatus) -> Callable[[_Event], Iterator[Draft]]:
    """Viber tells of the person's own messages, too, that they were delivered: nobody waits for those."""

    def read(event: _Event) -> Iterator[Draft]:
        yield Draft(
            ReceiptReceived(
                **event.common(),
                provider_message_id=event.token,
                status=status,
                error_reason=text(event.json, "desc"),
            )
        )

    return read


def _changed(change: ContactChange) -> Callable[[_Event], Iterator[Draft]]:
    def read(event: _Event) -> Iterator[Draft]:
        yield Draft(ContactChanged(**event.common(), contact=event.contact, change=change))

    return read


def _started(event: _Event) -> Iterator[Draft]:
    """They opened the chat and may have said nothing yet; the context is what the link to it carried."""
    detail = " ".join(filter(None, ("conversation started", text(event.json, "context"))))
    yield Draft(ContactChanged(**event.common(), contact=event.contact, change=ContactChange.ACTED, detail=detail))


_SILENT = frozenset({"webhook", "client_status"})
_READERS: dict[str, Callable[[_Event], Iterator[Draft]]] = {
    "message": _message,
    "delivered": _receipt(MessageStatus.DELIVERED),
    "seen": _receipt(MessageStatus.READ),
    "failed": _receipt(MessageStatus.FAILED),
    "subscribed": _changed(ContactChange.FOLLOWED),
    "unsubscribed": _changed(ContactChange.UNFOLLOWED),
    "conversation_started": _started,
}
