"""Who wrote, and where. In a private chat the chat's id is the person's."""

import re

from contracts.values import Address, AddressKind, Contact
from ingest.domain.shape import Json, Unreadable, optional_part, part, text

_NUMBER = re.compile(r"-?[0-9]{1,16}")


def number(parent: Json, name: str) -> str:
    """Ids are whole numbers of up to 52 bits, negative for groups and channels; relays write them in digits."""
    found = parent.get(name)
    if isinstance(found, str) and _NUMBER.fullmatch(found):
        found = int(found)
    if not isinstance(found, int) or isinstance(found, bool) or abs(found) >= 2**53:
        raise Unreadable(f"{name} is not an id")
    return str(found)


def contact_of(someone: Json) -> Contact:
    """A user or a chat."""
    full = " ".join(filter(None, (text(someone, "first_name"), text(someone, "last_name"))))
    return Contact(
        address=Address(kind=AddressKind.TELEGRAM_CHAT, value=number(someone, "id")),
        display_name=full or text(someone, "title") or text(someone, "username"),
        language=text(someone, "language_code"),
    )


def sender_of(message: Json) -> Contact:
    """Posts of channels and of anonymous administrators have a chat as their author."""
    for name in ("sender_chat", "from", "chat"):
        if optional_part(message, name).get("id") is not None:
            return contact_of(part(message, name))
    raise Unreadable("neither from nor chat is given")


def conversation_of(message: Json) -> str:
    """A topic of a forum is a conversation of its own, and so is what one person writes to a channel."""
    chat, topic = number(part(message, "chat"), "id"), optional_part(message, "direct_messages_topic")
    if topic:
        return f"{chat}:{number(topic, 'topic_id')}"
    return f"{chat}:{number(message, 'message_thread_id')}" if _in_topic(message) else chat


def thread_of(message: Json) -> dict[str, str]:
    """Where an answer has to go: it may have been said in a group, in a topic, or to a business account, which may mark it as read."""
    thread = {"chat_id": number(part(message, "chat"), "id")}
    if _in_topic(message):
        thread["message_thread_id"] = number(message, "message_thread_id")
    topic = optional_part(message, "direct_messages_topic")
    if topic:
        thread["direct_messages_topic_id"] = number(topic, "topic_id")
    business = text(message, "business_connection_id")
    if business:
        thread |= {"business_connection_id": business, "message_id": number(message, "message_id")}
    return thread


def message_id(message: Json, name: str = "message_id") -> str:
    """Telegram counts messages by chat: the number alone names none."""
    return f"{number(part(message, 'chat'), 'id')}:{number(message, name)}"


def is_private(message: Json) -> bool:
    return text(optional_part(message, "chat"), "type") == "private"


def _in_topic(message: Json) -> bool:
    return message.get("is_topic_message") is True and message.get("message_thread_id") is not None
