"""Whose workspace, which thread, who wrote."""

from datetime import UTC, datetime

from contracts.values import Address, AddressKind, Contact
from ingest.domain.shape import Json, Unreadable, identity, one_of, optional_part, text
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import AccountOf

_OWNERS = ("team_id", "context_team_id", "api_app_id", "enterprise_id", "context_enterprise_id")


def account_for(webhook: Webhook, body: Json, account_of: AccountOf) -> str:
    """An app's URL serves every workspace that installed it. Interactions name theirs in `team`."""
    named = [text(body, name) for name in _OWNERS]
    named += [text(optional_part(body, name), "id") for name in ("team", "enterprise")]
    owners = [owner for owner in named if owner]
    mine = webhook.account.external_id
    if mine is None or mine in owners:
        return webhook.account.id
    found = next((account for owner in owners if (account := account_of(owner))), None)
    if found is None:
        raise Unreadable("the workspace belongs to no account of this tenant")
    return found


def message_id(channel: str, ts: str) -> str:
    """A `ts` is unique in its channel only."""
    return f"{channel}:{ts}"


def conversation_of(channel: str, root: str) -> str:
    """A direct conversation is one thread; elsewhere each thread is a conversation, named by its first message."""
    return channel if channel.startswith("D") else f"{channel}:{root}"


def thread_of(channel: str, message: Json, ts: str) -> dict[str, str]:
    """Where the answer goes: into the thread, which a message outside of any begins, but for direct ones."""
    root = text(message, "thread_ts") or (None if channel.startswith("D") else ts)
    return {"channel": channel} | ({"thread_ts": root} if root else {})


def contact_of(user: str, name: str | None = None) -> Contact:
    return Contact(address=Address(kind=AddressKind.SLACK_USER, value=user), display_name=name)


def writer_of(message: Json) -> Contact:
    profile = optional_part(message, "user_profile")
    name = one_of(profile, "display_name", "real_name", "name")
    return contact_of(identity(message, "user"), name or text(message, "username"))


def person_of(user: Json) -> Contact:
    """As interactions describe who acted."""
    return contact_of(identity(user, "id"), one_of(user, "name", "username"))


def instant_of(ts: str | None) -> datetime:
    """`1355517523.000005`: seconds since 1970, and what tells two messages of one second apart."""
    seconds, _, fraction = (ts or "").partition(".")
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= 11):
        raise Unreadable("ts is not a time")
    micros = fraction[:6].ljust(6, "0")
    whole = datetime.fromtimestamp(int(seconds), UTC)
    return whole.replace(microsecond=int(micros)) if micros.isascii() and micros.isdigit() else whole
