"""Which threads belong to no single person: groups, rooms, channels. What is said there is the thread's, whoever of its members says it,
so that nobody's words end in somebody else's case.
"""

from collections.abc import Callable, Iterable, Mapping
from types import MappingProxyType
from typing import Final

from case_store.domain.customer import AddressKey, CustomerKind

Thread = Mapping[str, str]
"""What ingest says an answer has to name; some channels tell only there where something was said."""

GROUP_ADDRESSES: Final = frozenset(
    {
        "line_group",
        "line_room",
        "whatsapp_group",
        "slack_channel",
        "discord_channel",
        "teams_conversation",
        "kakao_group",
    }
)


def kind_of(address: AddressKey) -> CustomerKind:
    """Telegram's chats are of one kind of address; groups and channels have negative numbers there."""
    is_chat_of_many = address.kind == "telegram_chat" and address.value.startswith("-")
    return CustomerKind.GROUP if is_chat_of_many or address.kind in GROUP_ADDRESSES else CustomerKind.PERSON


def shared_thread(speaker: AddressKey, conversation: str, thread: Thread) -> AddressKey | None:
    """The group, room or channel in which this person spoke, if it was one; a thread or topic of it is one of its own."""
    find = _FINDERS.get(speaker.kind)
    if find is None or speaker.value == conversation:
        return None
    return find(conversation, thread)


def addresses_of_one(first: AddressKey, alternates: Iterable[AddressKey]) -> tuple[AddressKey, ...]:
    """The addresses that name the same customer as the first: a member of a group is not the group."""
    kind = kind_of(first)
    return tuple(dict.fromkeys((first, *(other for other in alternates if kind_of(other) is kind))))


def _line(conversation: str, thread: Thread) -> AddressKey | None:
    """LINE's ids say what they are: U… (a user), C… (a group), R… (a room)."""
    kind = {"C": "line_group", "R": "line_room"}.get(conversation[:1])
    return AddressKey(kind, conversation) if kind else None


def _whatsapp(conversation: str, thread: Thread) -> AddressKey | None:
    return AddressKey("whatsapp_group", conversation) if thread.get("group_id") == conversation else None


def _telegram(conversation: str, thread: Thread) -> AddressKey | None:
    """What somebody writes to a channel directly is between the two."""
    is_shared = conversation.startswith("-") and "direct_messages_topic_id" not in thread
    return AddressKey("telegram_chat", conversation) if is_shared else None


def _slack(conversation: str, thread: Thread) -> AddressKey | None:
    """C… is a channel, G… a private one or a talk of several; D… is a direct talk."""
    return AddressKey("slack_channel", conversation) if conversation[:1] in ("C", "G") else None


def _discord(conversation: str, thread: Thread) -> AddressKey | None:
    """A channel's number doesn't say whose it is; only a server's has a guild."""
    return AddressKey("discord_channel", conversation) if "guild" in thread else None


def _teams(conversation: str, thread: Thread) -> AddressKey | None:
    """A group's talk or a channel's thread is `19:…@thread.…`; a personal one is `a:…`."""
    return AddressKey("teams_conversation", conversation) if "@thread." in conversation else None


def _kakao(conversation: str, thread: Thread) -> AddressKey | None:
    return AddressKey("kakao_group", conversation) if thread.get("group") == conversation else None


_FINDERS: Final[Mapping[str, Callable[[str, Thread], AddressKey | None]]] = MappingProxyType(
    {
        "line_user": _line,
        "whatsapp_bsuid": _whatsapp,
        "phone": _whatsapp,
        "telegram_chat": _telegram,
        "slack_user": _slack,
        "discord_user": _discord,
        "teams_user": _teams,
        "kakao_user": _kakao,
    }
)
