"""Frames → events. Ids of a visitor are told apart from other visitors' by the visitor's own."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.inbound import ChatResumed, MessageReceived, ReceiptReceived, TypingReceived
from contracts.values import Content, ContentKind, MessageStatus
from ingest.channels.webchat.files import StoredFile
from ingest.channels.webchat.frames import Message, Seen
from ingest.channels.webchat.session import Session
from ingest.domain.webhook import Draft

CHANNEL = "webchat"


def message_draft(message: Message, files: Sequence[StoredFile], session: Session, now: datetime) -> Draft:
    id = _own(session, str(message.id))
    return Draft(
        MessageReceived(
            channel=CHANNEL,
            account=session.account,
            conversation=session.visitor.id,
            provider_event_id=id,
            provider_message_id=id,
            occurred_at=now,
            received_at=now,
            contact=session.visitor.contact,
            content=_content(message, files, session),
        )
    )


def seen_drafts(seen: Seen, session: Session, now: datetime) -> tuple[Draft, ...]:
    """A position of this visitor is the id that the notifier gave the message; another visitor's can't be named."""
    status = MessageStatus(seen.type)
    return tuple(
        Draft(
            ReceiptReceived(
                channel=CHANNEL,
                account=session.account,
                conversation=session.visitor.id,
                provider_event_id=_own(session, f"{position}/{status}"),
                provider_message_id=_own(session, str(position)),
                occurred_at=now,
                received_at=now,
                status=status,
            )
        )
        for position in seen.positions
    )


def typing_draft(session: Session, id: UUID, now: datetime) -> Draft:
    return Draft(
        TypingReceived(
            channel=CHANNEL,
            account=session.account,
            conversation=session.visitor.id,
            provider_event_id=str(id),
            occurred_at=now,
            received_at=now,
            contact=session.visitor.contact,
        )
    )


def resumed_draft(session: Session, after: int, id: UUID, now: datetime) -> Draft:
    return Draft(
        ChatResumed(
            channel=CHANNEL,
            account=session.account,
            conversation=session.visitor.id,
            provider_event_id=str(id),
            occurred_at=now,
            received_at=now,
            after=after,
        )
    )


def _own(session: Session, id: str) -> str:
    return f"{session.visitor.id}/{id}"


def _content(message: Message, files: Sequence[StoredFile], session: Session) -> Content:
    attachments = tuple(file.attachment for file in files)
    kind = ContentKind.TEXT
    if message.payload:
        kind = ContentKind.POSTBACK
    elif attachments:
        kind = attachments[0].kind
    return Content(
        kind=kind,
        text=message.text or None,
        attachments=attachments,
        payload=message.payload,
        reply_to=_own(session, str(message.reply_to)) if message.reply_to else None,
    )
