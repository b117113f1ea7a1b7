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
    conversation: str = "",
    occurred_at: datetime | None = None,
    provider_event_id: str | None = None,
) -> tuple[Draft, ...]:
    """What `read` says, or `value` whole where it says Unreadable or makes an event that our contracts don't allow."""
    try:
        return tuple(read())
    except Unreadable as error:
        reason = error.reason
    except ValidationError as error:
        reason = f"{error.title}.{'.'.join(map(str, error.errors()[0]['loc']))} has no legal value"
    kept = keep(
        webhook,
        reason,
        value,
        conversation=conversation,
        occurred_at=occurred_at,
        provider_event_id=provider_event_id,
    )
    return (kept,)
