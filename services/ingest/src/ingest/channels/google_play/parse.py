"""A page of reviews → their versions. Source: Google Play Developer API v3, "REST Resource: reviews"."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from urllib.parse import quote

from contracts.values import Contact, Content, Review
from ingest.domain.review import Page, ReviewVersion, answered, page_of, review_content, review_version, reviewer
from ingest.domain.shape import (
    Json,
    Unreadable,
    count,
    identity,
    instant,
    items,
    mapping,
    optional_part,
    part,
    read_json,
    text,
)
from ingest.domain.webhook import Draft, Webhook

_SECOND = timedelta(seconds=1)


def read(webhook: Webhook) -> Page:
    """Raises Unreadable for an answer that is no page."""
    body = mapping(read_json(webhook.body), "the page")
    token = text(optional_part(body, "tokenPagination"), "nextPageToken")
    path = webhook.url.partition("&token=")[0]
    following = f"{path}&token={quote(token, safe='')}" if token else None
    return page_of(webhook, items(body, "reviews"), partial(_review, webhook), following)


def _review(webhook: Webhook, json: Json) -> ReviewVersion:
    review_id = identity(json, "reviewId")
    comments = [mapping(one, "a comment") for one in items(json, "comments")]
    said = next((part(one, "userComment") for one in comments if "userComment" in one), None)
    if said is None:
        raise Unreadable("a review without its author's comment")
    contact = reviewer(review_id, text(json, "authorName"), text(said, "reviewerLanguage"))
    answers = (part(one, "developerComment") for one in comments if "developerComment" in one)
    beside = _echoes(webhook, contact, answers)
    return review_version(webhook, review_id, contact, _content(said), _modified(said), beside)


def _content(said: Json) -> Content:
    """A title, where there is one, comes before a tab. `originalText` is what the person wrote, where the text was translated."""
    words = text(said, "originalText") or text(said, "text") or ""
    title, tab, body = words.partition("\t")
    device = optional_part(said, "deviceMetadata")
    rating = count(said, "starRating")
    if rating is None:
        raise Unreadable("starRating is not a number")
    review = Review(
        rating=rating,
        title=(title.strip() or None) if tab else None,
        app_version=text(said, "appVersionName"),
        device=text(device, "productName") or text(said, "device"),
    )
    return review_content((body if tab else words).strip() or None, review)


def _modified(said: Json) -> datetime:
    when = part(said, "lastModified")
    return instant(when, "seconds", _SECOND) + timedelta(microseconds=(count(when, "nanos") or 0) // 1000)


def _echoes(webhook: Webhook, contact: Contact, answers: Iterator[Json]) -> Iterator[Draft]:
    """An answer has no id of its own: its review's, and its time."""
    for answer in answers:
        at = _modified(answer)
        reply_id = f"{contact.address.value}:{int(at.timestamp())}"
        yield answered(webhook, contact, reply_id, text(answer, "text"), at)
