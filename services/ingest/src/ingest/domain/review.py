"""Reviews of apps as every shop's pages become them: versions of a review, which may be new or changed."""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from contracts.inbound import MessageEchoed, MessageEdited, MessageReceived, ReceiptReceived
from contracts.values import Address, AddressKind, Contact, Content, ContentKind, Review
from ingest.domain.shape import Json, Unreadable, mapping
from ingest.domain.unrecognised import keep
from ingest.domain.webhook import Draft, Webhook


@dataclass(frozen=True, slots=True)
class ReviewVersion:
    """A review as it is now. `first` is its event when it's new to us, `edit` when it has changed; `beside` are our side's answers."""

    review_id: str
    version: str
    first: MessageReceived
    edit: MessageEdited
    beside: tuple[Draft, ...] = ()


@dataclass(frozen=True, slots=True)
class Page:
    """`next`: where the next page is, below the shop's API."""

    reviews: tuple[ReviewVersion, ...] = ()
    unread: tuple[Draft, ...] = ()
    next: str | None = None


def page_of(
    webhook: Webhook, values: Iterable[object], read: Callable[[Json], ReviewVersion], following: str | None
) -> Page:
    """A review that can't be read is kept and spoils no other."""
    reviews: list[ReviewVersion] = []
    unread: list[Draft] = []
    for value in values:
        try:
            reviews.append(read(mapping(value, "a review")))
        except Unreadable as error:
            unread.append(keep(webhook, error.reason, value))
        except ValidationError as error:
            unread.append(keep(webhook, f"{error.title} has no legal value", value))
    return Page(tuple(reviews), tuple(unread), following)


def review_version(
    webhook: Webhook, review_id: str, contact: Contact, content: Content, at: datetime, beside: Iterable[Draft] = ()
) -> ReviewVersion:
    """Shops don't all tell when a review was changed; its words always do."""
    told = f"{at.isoformat()}|{content.review}|{content.subject}|{content.text}"
    version = hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()[:16]
    shared: dict[str, Any] = about(webhook, review_id) | {
        "occurred_at": at,
        "contact": contact,
        "provider_message_id": review_id,
        "content": content,
    }
    first = MessageReceived(**shared, provider_event_id=review_id)
    edit = MessageEdited(**shared, provider_event_id=f"{review_id}:{version}")
    return ReviewVersion(review_id, version, first, edit, tuple(beside))


def about(webhook: Webhook, review_id: str) -> dict[str, Any]:
    return {
        "channel": webhook.account.channel,
        "account": webhook.account.id,
        "conversation": review_id,
        "received_at": webhook.received_at,
    }


def reviewer(review_id: str, name: str | None, language: str | None = None) -> Contact:
    """Shops tell nobody's address: the review is all there is of its author."""
    return Contact(
        address=Address(kind=AddressKind.APP_REVIEW, value=review_id), display_name=name, language=language or None
    )


def review_content(text: str | None, review: Review) -> Content:
    return Content(kind=ContentKind.REVIEW, text=text, subject=review.title, review=review)


def answered(webhook: Webhook, contact: Contact, answer_id: str, text: str | None, at: datetime) -> Draft:
    """An answer that stands in the shop: given there, or ours, whose id the history knows."""
    echo = MessageEchoed(
        **about(webhook, contact.address.value),
        occurred_at=at,
        contact=contact,
        provider_event_id=answer_id,
        provider_message_id=answer_id,
        content=Content(kind=ContentKind.TEXT, text=text),
        by=webhook.account.channel,
    )
    return Draft(echo)


def event_key(draft: Draft) -> tuple[str, str]:
    event = draft.event
    kind = "receipt" if isinstance(event, ReceiptReceived) else "event"
    return kind, event.provider_event_id
