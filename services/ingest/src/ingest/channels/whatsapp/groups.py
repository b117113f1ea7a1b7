"""Who comes to a group and who goes. Source: WhatsApp, "Groups API, webhooks"."""

from collections.abc import Iterator

from contracts.inbound import ContactChange, ContactChanged
from ingest.channels.whatsapp.messages import Change, Message
from ingest.channels.whatsapp.people import sender_of
from ingest.domain.shape import Json, Unreadable, identity, items, mapping, text
from ingest.domain.webhook import Draft

_LISTS = {
    "added_participants": ContactChange.JOINED,
    "removed_participants": ContactChange.LEFT,
}


def group_of(told: Json, change: Change) -> Iterator[Draft]:
    """A request to join is told of one person, what became of the group's members of several; who failed to is no news."""
    found = [(became, one) for name, became in _LISTS.items() for one in items(told, name)]
    if told.get("wa_id") or told.get("user_id"):
        found.append((ContactChange.ACTED, told))
    if not found:
        raise Unreadable("a change of the group itself")
    for became, one in found:
        yield _changed(told, change, became, mapping(one, "a participant"))


def _changed(told: Json, change: Change, became: ContactChange, one: Json) -> Draft:
    """Who was asked for by our own call is named as we named them."""
    person = {"from": one.get("wa_id") or one.get("input"), "from_user_id": one.get("user_id")}
    contact = sender_of(person, change.value).contact()
    kind, message = text(told, "type") or "", Message(told, change)
    event_id = f"{kind}:{contact.address.value}:{int(message.at.timestamp())}"
    common = message.common(contact, event_id) | {"conversation": identity(told, "group_id")}
    return Draft(ContactChanged(**common, change=became, detail=kind or None), part=contact.address.value)
