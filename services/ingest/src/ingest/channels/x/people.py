"""Users, and the time that an id tells."""

from datetime import UTC, datetime, timedelta

from contracts.values import Address, AddressKind, Contact
from ingest.domain.shape import Json, Unreadable, identity, one_of, optional_part, text

_EPOCH = datetime.fromtimestamp(1_288_834_974, UTC) + timedelta(milliseconds=657)


def contact_of(user_id: str, user: Json | None = None) -> Contact:
    name = one_of(user or {}, "name", "screen_name", "username")
    return Contact(address=Address(kind=AddressKind.X_USER, value=user_id), display_name=name)


def user_in(users: Json, user_id: str) -> Json:
    """The older payloads have the user itself, the newer ones its `data`."""
    found = optional_part(users, user_id)
    return optional_part(found, "data") or found


def included_user(includes: Json, user_id: str) -> Json:
    users = includes.get("users")
    for one in users if isinstance(users, list) else ():
        user = (optional_part(one, "data") or one) if isinstance(one, dict) else {}
        if text(user, "id") == user_id:
            return user
    return {}


def instant_of_id(snowflake: str) -> datetime:
    if not (snowflake.isascii() and snowflake.isdigit() and len(snowflake) <= 19):
        raise Unreadable("an id is not a snowflake")
    return _EPOCH + timedelta(milliseconds=int(snowflake) >> 22)


def either_id(parent: Json, name: str) -> str:
    """`id_str` beside the `id` that some readers round."""
    return identity(parent, f"{name}_str" if parent.get(f"{name}_str") else name)
