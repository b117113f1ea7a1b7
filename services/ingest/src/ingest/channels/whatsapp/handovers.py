"""Who holds the chat beside Meta Business Agent. Source: WhatsApp, "messaging_handovers", "standby webhooks", "Thread control"."""

from collections.abc import Iterator

from contracts.inbound import ContactChange, ContactChanged
from ingest.channels.whatsapp.messages import Change, Message
from ingest.channels.whatsapp.people import sender_of
from ingest.domain.shape import Json, Unreadable, optional_part, text
from ingest.domain.webhook import Draft

_AI = "ai_agent"
_BY_TYPE = {"control_passed": ContactChange.CONTROL_GAINED, "control_taken": ContactChange.CONTROL_LOST}


def handover_of(told: Json, change: Change) -> Iterator[Draft]:
    """The roles say who holds it now; without them, what is passed is passed to us, and what is taken is taken from us."""
    kind, sender = text(told, "type") or "", optional_part(told, "sender")
    about = optional_part(told, kind)
    if text(about, "new_owner_role") == _AI:
        became = ContactChange.CONTROL_LOST
    elif text(about, "previous_owner_role") == _AI:
        became = ContactChange.CONTROL_GAINED
    elif kind in _BY_TYPE:
        became = _BY_TYPE[kind]
    else:
        raise Unreadable("a handover that this adapter doesn't know")
    person = {"from": sender.get("phone_number") or sender.get("wa_id"), "from_user_id": sender.get("user_id")}
    message = Message(told, change)
    contact = sender_of(person, change.value).contact()
    event_id = f"{contact.address.value}:{kind}:{int(message.at.timestamp())}"
    yield Draft(ContactChanged(**message.common(contact, event_id), change=became, detail=_words(kind, about)))


def _words(kind: str, about: Json) -> str:
    """What the one who passes it says of the conversation."""
    summary = text(optional_part(optional_part(about, "conversation_context"), "summary"), "text")
    said = filter(None, (text(about, "metadata"), summary))
    return ": ".join((kind, *said))
