"""Users, channels and the time that an id tells."""

from datetime import UTC, datetime, timedelta

from contracts.values import Address, AddressKind, Contact
from ingest.domain.shape import Json, Unreadable, identity, one_of, optional_part, text

_EPOCH = datetime(2015, 1, 1, tzinfo=UTC)


def contact_of(user: Json, member: Json | None = None, language: str | None = None) -> Contact:
    name = one_of(member or {}, "nick") or one_of(user, "global_name", "username")
    address = Address(kind=AddressKind.DISCORD_USER, value=identity(user, "id"))
    return Contact(address=address, display_name=name, language=language)


def writer_of(message: Json) -> Contact:
    """A deletion names nobody: then the channel speaks."""
    user = optional_part(message, "author")
    if user:
        return contact_of(user, optional_part(message, "member"))
    return Contact(address=Address(kind=AddressKind.DISCORD_CHANNEL, value=place_of(message)))


def place_of(message: Json) -> str:
    """A lobby's message may be in a linked channel; the lobby's own key serves where there is none."""
    return identity(message, "channel_id" if message.get("channel_id") else "lobby_id")


def thread_of(message: Json) -> dict[str, str]:
    """`guild`: the place is a server's channel, not somebody's own."""
    guild = text(message, "guild_id")
    return {"channel": place_of(message)} | ({"guild": guild} if guild else {})


def is_machine(message: Json, application: str | None) -> bool:
    author = optional_part(message, "author")
    ours = application is not None and author.get("id") == application
    return author.get("bot") is True or bool(message.get("webhook_id")) or ours


def instant_of_id(snowflake: str) -> datetime:
    """The first 42 of its 64 bits are milliseconds since 2015."""
    if not (snowflake.isascii() and snowflake.isdigit() and len(snowflake) <= 19):
        raise Unreadable("an id is not a snowflake")
    return _EPOCH + timedelta(milliseconds=int(snowflake) >> 22)
