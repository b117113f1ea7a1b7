"""What people do on LINE that is no message → events."""

from collections.abc import Callable, Iterator

from contracts.inbound import ContactChange, ContactChanged, ReceiptReceived
from contracts.values import Contact, MessageStatus
from ingest.channels.line.events import Event
from ingest.channels.line.sources import contact_of
from ingest.domain.shape import Unreadable, count, identity, items, mapping, optional_part, part, text
from ingest.domain.webhook import Draft

Reader = Callable[[Event], Iterator[Draft]]


def _changed(event: Event, contact: Contact, change: ContactChange, detail: str | None = None) -> ContactChanged:
    return ContactChanged(**event.common(), contact=contact, change=change, detail=detail)


def _followed(event: Event) -> Iterator[Draft]:
    unblocked = optional_part(event.json, "follow").get("isUnblocked") is True
    yield Draft(_changed(event, event.source.contact, ContactChange.FOLLOWED, "unblocked" if unblocked else None))


def _one(change: ContactChange) -> Reader:
    def read(event: Event) -> Iterator[Draft]:
        yield Draft(_changed(event, event.source.contact, change))

    return read


def _members(name: str, change: ContactChange) -> Reader:
    def read(event: Event) -> Iterator[Draft]:
        members = items(part(event.json, name), "members")
        if not members:
            raise Unreadable("members is empty")
        for member in members:
            user = identity(mapping(member, "a member"), "userId")
            yield Draft(_changed(event, contact_of(user), change), part=user)

    return read


def _did(name: str, *fields: str) -> Reader:
    """In the detail: what kind of thing, and the fields that LINE tells of it."""

    def read(event: Event) -> Iterator[Draft]:
        told = part(event.json, name)
        words = [text(told, field) or str(count(told, field) or "") for field in fields]
        detail = " ".join(filter(None, (name, *words)))
        yield Draft(_changed(event, event.source.contact, ContactChange.ACTED, detail))

    return read


def _linked(event: Event) -> Iterator[Draft]:
    """The nonce is the tenant's own: it says to which of their accounts."""
    link = part(event.json, "link")
    change = ContactChange.LINKED if text(link, "result") == "ok" else ContactChange.ACTED
    detail = f"accountLink {text(link, 'result')} {text(link, 'nonce')}"
    yield Draft(_changed(event, event.source.contact, change, detail))


def _activated(event: Event) -> Iterator[Draft]:
    """In milliseconds since 1970; -1 is for good."""
    until = optional_part(event.json, "chatControl").get("expireAt")
    detail = f"until {until}" if isinstance(until, int) else None
    yield Draft(_changed(event, event.source.contact, ContactChange.CONTROL_GAINED, detail))


def _delivered(event: Event) -> Iterator[Draft]:
    """LINE notification messages only; `data` is the sender's own tag, or the hash of the telephone number."""
    yield Draft(
        ReceiptReceived(
            **event.common(),
            provider_message_id=identity(part(event.json, "delivery"), "data"),
            status=MessageStatus.DELIVERED,
        )
    )


CHANGES: dict[str, Reader] = {
    "follow": _followed,
    "unfollow": _one(ContactChange.UNFOLLOWED),
    "join": _one(ContactChange.JOINED),
    "leave": _one(ContactChange.LEFT),
    "memberJoined": _members("joined", ContactChange.JOINED),
    "memberLeft": _members("left", ContactChange.LEFT),
    "accountLink": _linked,
    "beacon": _did("beacon", "type", "hwid", "dm"),
    "videoPlayComplete": _did("videoPlayComplete", "trackingId"),
    "membership": _did("membership", "type", "membershipId"),
    "activated": _activated,
    "deactivated": _one(ContactChange.CONTROL_LOST),
    "botSuspended": _one(ContactChange.CONTROL_LOST),
    "botResumed": _one(ContactChange.CONTROL_GAINED),
    "delivery": _delivered,
}
