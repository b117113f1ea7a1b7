"""Who wrote and in which thread."""

from contracts.base import value
from contracts.values import Address, AddressKind, Contact
from ingest.domain.shape import Json, Unreadable, identity, part, text


@value
class Source:
    """`conversation` is the group or room where there is one, else the user."""

    conversation: str
    contact: Contact


def source_of(event: Json) -> Source:
    source = part(event, "source")
    match text(source, "type"):
        case "user":
            user = identity(source, "userId")
            return Source(user, contact_of(user))
        case "group":
            return _shared(source, "groupId", AddressKind.LINE_GROUP)
        case "room":
            return _shared(source, "roomId", AddressKind.LINE_ROOM)
        case _:
            raise Unreadable("source.type is none of user, group, room")


def contact_of(user: str) -> Contact:
    return Contact(address=Address(kind=AddressKind.LINE_USER, value=user))


def _shared(source: Json, name: str, kind: AddressKind) -> Source:
    """LINE withholds `userId` of people who never agreed to the bot; the group itself is the contact then."""
    thread = identity(source, name)
    if source.get("userId"):
        return Source(thread, contact_of(identity(source, "userId")))
    return Source(thread, Contact(address=Address(kind=kind, value=thread)))
