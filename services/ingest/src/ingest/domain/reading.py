"""One provider event, read or kept: what can't be read spoils no other."""

from collections.abc import Callable, Iterable
from datetime import datetime

from pydantic import ValidationError

from ingest.domain.shape import Unreadable
from ingest.domain.unrecognised import keep
from ingest.domain.webhook import Draft, Webhook


def read_or_keep(
    webhook: Webhook,
    value: object,
    read: Callable[[], Iterable[Draft]],
    *,
    account: str | None = None,
    conversation: str = "",
    occurred_at: datetime | None = None,
    provider_event_id: str | None = None,
) -> tuple[Draft, ...]:
    """What `read` says, or `value` whole where it says Unreadable or makes an event that our contracts don't allow."""
    drafts, reason = attempted(read)
    if reason is None:
        return drafts
    kept = keep(
        webhook,
        reason,
        value,
        account=account,
        conversation=conversation,
        occurred_at=occurred_at,
        provider_event_id=provider_event_id,
    )
    return (kept,)


def attempted(read: Callable[[], Iterable[Draft]]) -> tuple[tuple[Draft, ...], str | None]:
    """What `read` says, and why it could not where it could not."""
    try:
        return tuple(read()), None
    except Unreadable as error:
        return (), error.reason
    except ValidationError as error:
        return (), f"{error.title}.{'.'.join(map(str, error.errors()[0]['loc']))} has no legal value"
