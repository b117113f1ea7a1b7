"""What every event of one provider message shares, and reading that spoils no neighbour."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from contracts.base import value
from ingest.domain.shape import MAX_ID_CHARS, Unreadable, write_json
from ingest.domain.unrecognised import content_id, keep
from ingest.domain.webhook import Draft, Webhook


@value
class Frame:
    """`id` is what the provider's retry repeats; `account` is told where one door serves several."""

    webhook: Webhook
    conversation: str
    id: str
    at: datetime
    account: str | None = None

    def common(self) -> dict[str, Any]:
        """The fields that every inbound event has."""
        return {
            "channel": self.webhook.account.channel,
            "account": self.account or self.webhook.account.id,
            "conversation": self.conversation,
            "provider_event_id": self.id,
            "occurred_at": self.at,
            "received_at": self.webhook.received_at,
        }


@dataclass(frozen=True, slots=True)
class Known:
    """What can be said of an element even when it can't be read."""

    conversation: str = ""
    id: str | None = None
    at: datetime | None = None
    account: str | None = None


def read_or_keep(
    webhook: Webhook, value: object, read: Callable[[], Iterable[Draft]], known: Callable[[], Known] = Known
) -> tuple[Draft, ...]:
    """What `read` yields. Where it says Unreadable, or makes an event that our contracts don't allow: `value` whole, with what is known."""
    try:
        return tuple(read())
    except Unreadable as error:
        reason = error.reason
    except ValidationError as error:
        reason = f"{error.title}.{'.'.join(map(str, error.errors()[0]['loc']))} has no legal value"
    about = known()
    kept = keep(
        webhook,
        reason,
        value,
        account=about.account,
        conversation=about.conversation,
        occurred_at=about.at,
        provider_event_id=about.id,
    )
    return (kept,)


def short_id(found: str | None, otherwise: Mapping[str, object]) -> str:
    """An id that indexes can hold: the provider's, else the content's."""
    if found and len(found) <= MAX_ID_CHARS:
        return found
    return content_id(write_json(dict(otherwise)))
