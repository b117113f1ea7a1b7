"""A shop's page of reviews → what is new, what has changed, what our side answered."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.config import ChannelAccount
from contracts.inbound import MessageEchoed, ReceiptReceived, UnrecognisedReceived
from contracts.values import AddressKind, ContentKind, MessageStatus
from ingest.channels.shops import SHOPS
from ingest.domain.review import Page
from ingest.domain.shape import Unreadable
from ingest.domain.webhook import Webhook
from ingest.handlers.poll_reviews import Known

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
PLAY_PATH = "/androidpublisher/v3/applications/com.example/reviews?maxResults=100"


@pytest.fixture
def page(sample: Callable[[str, str], Any]) -> Callable[..., Page]:
    def read(shop: str, change: Callable[[Any], None] = lambda body: None) -> Page:
        body = sample(shop, "reviews")
        change(body)
        account = ChannelAccount(id="shop", channel=shop)
        return SHOPS[shop].read(Webhook("t", account, {}, json.dumps(body).encode(), NOW, "GET", PLAY_PATH))

    return read


def test_google_play(page: Callable[..., Page]) -> None:
    found = page("google_play")
    first, second = found.reviews
    event = first.first
    assert (event.provider_message_id, event.conversation) == ("gp:AOqpTOEhZuqSqqWnaKRgv-9ABYdajFUB0WugPGh-SG",) * 2
    assert (event.contact.address.kind, event.contact.display_name) == (AddressKind.APP_REVIEW, "佐藤 葵")
    assert event.contact.language == "ja"
    content = event.content
    assert (content.kind, content.subject, content.text) == (
        ContentKind.REVIEW,
        "落ちます",
        "起動すると落ちてしまいます。",
    )
    assert content.review.model_dump() == {
        "rating": 2,
        "title": "落ちます",
        "app_version": "4.1.2",
        "device": "oriole (Pixel 6)",
    }
    assert event.occurred_at == datetime(2026, 11, 21, 2, 29, 0, 123000, tzinfo=UTC)
    (echo,) = (draft.event for draft in first.beside)
    assert isinstance(echo, MessageEchoed)
    assert (echo.content.text, echo.by) == ("ご不便をおかけしております。", "google_play")
    assert echo.provider_message_id.endswith(":1795228200")
    assert (second.first.content.text, second.first.content.review.rating) == ("すごい", 5)
    (broken,) = (draft.event for draft in found.unread)
    assert isinstance(broken, UnrecognisedReceived)
    assert found.next == PLAY_PATH + "&token=next%2B1%3D"


def test_the_app_store(page: Callable[..., Page]) -> None:
    found = page("app_store")
    first, second = found.reviews
    event = first.first
    assert (event.contact.display_name, event.content.subject) == ("Anne Johnson", "Awesome!!!")
    assert (event.content.text, event.content.review.rating) == ("It's a really fantastic app!", 5)
    assert event.occurred_at == datetime(2017, 11, 15, 16, 10, 34, tzinfo=UTC)
    echo, receipt = (draft.event for draft in first.beside)
    assert isinstance(echo, MessageEchoed)
    assert (echo.provider_message_id, echo.content.text) == ("resp-1", "Thank you!")
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.provider_message_id, receipt.status) == ("resp-1", MessageStatus.DELIVERED)
    assert (second.first.content.text, second.beside) == ("返金してください", ())
    assert len(found.unread) == 1
    assert found.next == "/v1/apps/682658836/customerReviews?cursor=AQ&limit=200"


def test_a_next_page_elsewhere_is_not_followed(page: Callable[..., Page]) -> None:
    assert page("app_store", lambda body: body["links"].update(next="https://evil.example/steal?x")).next is None


@pytest.mark.parametrize("shop", sorted(SHOPS))
@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"data": 1, "reviews": 1}'])
def test_what_is_no_page_is_told(shop: str, body: bytes) -> None:
    account = ChannelAccount(id="shop", channel=shop)
    with pytest.raises(Unreadable):
        SHOPS[shop].read(Webhook("t", account, {}, body, NOW, "GET", PLAY_PATH))


def kinds(known: Known, page: Page) -> list[tuple[str, str]]:
    return [
        (type(draft.event).__name__, draft.event.provider_event_id.partition(":")[2][:3])
        for draft in known.news("t", "a", page)
    ]


def reworded(body: Any) -> None:
    body["reviews"][1]["comments"][0]["userComment"] |= {"originalText": "まあまあ", "starRating": 3}


def test_a_new_review_is_new_and_a_changed_one_is_an_edit_of_it(page: Callable[..., Page]) -> None:
    known, now, later = Known(), page("google_play"), page("google_play", reworded)
    known.looked("t", "a")
    assert [kind for kind, _ in kinds(known, now)] == ["MessageReceived"] * 2 + [
        "MessageEchoed",
        "UnrecognisedReceived",
    ]
    known.learn("t", "a", now)
    assert kinds(known, now) == []
    (edit,) = known.news("t", "a", later)
    assert type(edit.event).__name__ == "MessageEdited"
    assert (edit.event.provider_message_id, edit.event.content.text) == ("gp:second", "まあまあ")


def test_a_process_that_knows_nothing_tells_all_under_the_ids_of_before(page: Callable[..., Page]) -> None:
    told, again = Known(), Known()
    first = list(told.news("t", "a", page("google_play")))
    second = list(again.news("t", "a", page("google_play")))
    assert [type(one.event).__name__ for one in first[:4]] == ["MessageReceived", "MessageEdited"] * 2
    assert [one.event.provider_event_id for one in first] == [one.event.provider_event_id for one in second]
