"""A page of reviews → their versions. Source: App Store Connect API, "CustomerReview", "CustomerReviewResponseV1"."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from functools import partial
from urllib.parse import urlsplit

from contracts.inbound import ReceiptReceived
from contracts.values import Contact, Content, MessageStatus, Review
from ingest.domain.review import Page, ReviewVersion, about, answered, page_of, review_content, review_version, reviewer
from ingest.domain.shape import (
    Json,
    Unreadable,
    count,
    identity,
    items,
    mapping,
    optional_part,
    part,
    read_json,
    required_text,
    text,
)
from ingest.domain.webhook import Draft, Webhook


def read(webhook: Webhook) -> Page:
    """Raises Unreadable for an answer that is no page."""
    body = mapping(read_json(webhook.body), "the page")
    included = [one for one in items(body, "included") if isinstance(one, dict)]
    answers = {one["id"]: one for one in included if isinstance(one.get("id"), str)}
    following = _path(text(optional_part(body, "links"), "next"))
    return page_of(webhook, items(body, "data"), partial(_review, webhook, answers), following)


def _path(url: str | None) -> str | None:
    """Only where it leads below the API, whose host is ours to say."""
    parsed = urlsplit(url or "")
    return f"{parsed.path}?{parsed.query}" if parsed.path.startswith("/v1/") else None


def _review(webhook: Webhook, answers: Mapping[str, Json], json: Json) -> ReviewVersion:
    review_id, said = identity(json, "id"), part(json, "attributes")
    contact = reviewer(review_id, text(said, "reviewerNickname"))
    at = _instant(required_text(said, "createdDate"))
    beside = _answer(webhook, contact, json, answers)
    return review_version(webhook, review_id, contact, _content(said), at, beside)


def _content(said: Json) -> Content:
    rating = count(said, "rating")
    if rating is None:
        raise Unreadable("rating is not a number")
    return review_content(text(said, "body"), Review(rating=rating, title=text(said, "title")))


def _instant(said: str) -> datetime:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        raise Unreadable("a date is not ISO 8601") from None
    if found.tzinfo is None:
        raise Unreadable("a date has no offset")
    return found


def _answer(webhook: Webhook, contact: Contact, json: Json, answers: Mapping[str, Json]) -> Iterator[Draft]:
    """The one answer that a review may have; it takes up to a day until it's published."""
    related = optional_part(optional_part(optional_part(json, "relationships"), "response"), "data").get("id")
    answer = answers.get(related) if isinstance(related, str) else None
    if answer is None:
        return
    said, answer_id = part(answer, "attributes"), identity(answer, "id")
    modified = text(said, "lastModifiedDate")
    at = _instant(modified) if modified else webhook.received_at
    yield answered(webhook, contact, answer_id, text(said, "responseBody"), at)
    if said.get("state") == "PUBLISHED":
        receipt = ReceiptReceived(
            **about(webhook, contact.address.value),
            occurred_at=at,
            provider_event_id=f"{answer_id}:{modified or ''}",
            provider_message_id=answer_id,
            status=MessageStatus.DELIVERED,
        )
        yield Draft(receipt)
