"""One entry of `statuses` → one receipt."""

from collections.abc import Iterator
from datetime import timedelta

from contracts.inbound import ReceiptReceived
from contracts.values import MessageStatus
from ingest.channels.whatsapp.messages import Change
from ingest.channels.whatsapp.people import Person
from ingest.domain.frame import Frame
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    instant,
    items,
    mapping,
    optional_identity,
    optional_part,
    text,
)
from ingest.domain.webhook import Draft

_IGNORED = "deleted"
_PARTICIPANT = ("recipient_participant_id", "recipient_participant_user_id", "participant_recipient_id")
_STATUSES = {
    "sent": MessageStatus.SENT,
    "delivered": MessageStatus.DELIVERED,
    "read": MessageStatus.READ,
    "played": MessageStatus.READ,
    "failed": MessageStatus.FAILED,
}


def receipts_of(status: Json, change: Change) -> Iterator[Draft]:
    """The id tells one message's statuses apart, and in a group one person's from another's."""
    word = text(status, "status") or ""
    if word == _IGNORED:
        return
    if word not in _STATUSES:
        raise Unreadable("a status that this adapter doesn't know")
    message_id = identity(status, "id")
    who = next((found for name in _PARTICIPANT if (found := optional_identity(status, name))), None)
    code, reason = _error_of(status)
    event_id = ":".join(filter(None, (message_id, word, who)))
    at = instant(status, "timestamp", timedelta(seconds=1))
    yield Draft(
        ReceiptReceived(
            **Frame(change.webhook, _conversation_of(status), event_id, at, change.account).common(),
            provider_message_id=message_id,
            status=_STATUSES[word],
            error_code=code,
            error_reason=reason,
        )
    )


def _conversation_of(status: Json) -> str:
    """The same key as the person's messages have. Empty where nobody is named: the message's id says whom it was for."""
    if text(status, "recipient_type") == "group":
        return identity(status, "recipient_id")
    recipient = Person(
        user_id=optional_identity(status, "recipient_user_id"), number=optional_identity(status, "recipient_id")
    )
    return recipient.contact().address.value if recipient.user_id or recipient.number else ""


def _error_of(status: Json) -> tuple[str | None, str | None]:
    errors = items(status, "errors")
    if not errors:
        return None, None
    error = mapping(errors[0], "an error")
    code = error.get("code")
    reason = text(optional_part(error, "error_data"), "details") or text(error, "title") or text(error, "message")
    return (str(code) if isinstance(code, int | str) else None), reason
