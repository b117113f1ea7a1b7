from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Conversation:
    """A thread with one contact point. `key` is the provider's; `last_inbound_at` is the provider's time, `last_received_at` ours."""

    id: UUID
    contact_point_id: UUID
    channel: str
    account: str
    key: str
    last_inbound_at: datetime
    last_received_at: datetime
    reply_token: str | None = None
    reply_expires_at: datetime | None = None
    window_closes_at: datetime | None = None
    thread: Mapping[str, str] = field(default_factory=dict)


def after(held: Conversation, said: Conversation) -> Conversation:
    """`said` is what one message says. They may come out of order: a handle or a contact point of an older one replaces nothing."""
    is_newer = said.last_inbound_at >= held.last_inbound_at
    takes_handle = is_newer and said.reply_token is not None
    return replace(
        held,
        contact_point_id=said.contact_point_id if is_newer else held.contact_point_id,
        reply_token=said.reply_token if takes_handle else held.reply_token,
        reply_expires_at=said.reply_expires_at if takes_handle else held.reply_expires_at,
        window_closes_at=_later(held.window_closes_at, said.window_closes_at),
        thread=said.thread if is_newer and said.thread else held.thread,
        last_inbound_at=max(held.last_inbound_at, said.last_inbound_at),
        last_received_at=max(held.last_received_at, said.last_received_at),
    )


def _later(first: datetime | None, second: datetime | None) -> datetime | None:
    return max((at for at in (first, second) if at is not None), default=None)
