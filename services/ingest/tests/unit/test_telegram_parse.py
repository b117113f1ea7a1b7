"""A raw Telegram update → events, by the Bot API's types."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.inbound import (
    ContactChange,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
    UnrecognisedReceived,
)
from contracts.values import AddressKind, Attachment, ContentKind
from ingest.channels import CHANNELS
from ingest.domain.identity import id_of
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import MediaAccount, MediaRequest

Parsed = Callable[..., tuple[Draft, ...]]
Sample = Callable[[str, str], Any]
PERSON, GROUP = "1111111", "-1001234567890"
TELEGRAM = CHANNELS["telegram"]


def all_of(parsed: Parsed, updates: list[dict[str, Any]]) -> list[Any]:
    return [draft.event for update in updates for draft in parsed("tg-acme", update)]


def test_a_text(parsed: Parsed, sample: Sample) -> None:
    (event,) = all_of(parsed, [sample("telegram", "text")])
    assert isinstance(event, MessageReceived)
    assert (event.channel, event.account, event.conversation) == ("telegram", "tg-acme", PERSON)
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.TELEGRAM_CHAT, PERSON)
    assert (event.contact.display_name, event.contact.language) == ("花子 佐藤", "ja")
    assert event.content.text == "注文した商品がまだ届きません📦"
    assert (event.provider_message_id, event.provider_event_id) == ("1111111:1365", "10001")
    assert event.occurred_at == datetime(2015, 9, 7, 17, 5, 32, tzinfo=UTC)
    assert (event.window_closes_at, event.thread) == (None, {"chat_id": PERSON})


def test_files(parsed: Parsed, sample: Sample) -> None:
    contents = [event.content for event in all_of(parsed, sample("telegram", "media")[:8])]
    assert [content.kind for content in contents] == [
        ContentKind.IMAGE,
        ContentKind.VIDEO,
        ContentKind.VIDEO,
        ContentKind.VIDEO,
        ContentKind.AUDIO,
        ContentKind.AUDIO,
        ContentKind.FILE,
        ContentKind.STICKER,
    ]
    files = [content.attachments[0] for content in contents]
    assert [file.provider_media_id for file in files] == [f"AgAD{n}" for n in (2, 4, 5, 6, 7, 8, 9, 10)]
    assert (contents[0].text, files[2].duration_ms, files[2].mime) == ("壊れていました", 12_000, "video/mp4")
    assert (files[6].file_name, files[6].size_bytes) == ("領収書.pdf", 1009)
    assert (contents[7].sticker, contents[7].text) == ("AgAD10", "😀")


def test_other_kinds_of_content(parsed: Parsed, sample: Sample) -> None:
    contents = [event.content for event in all_of(parsed, sample("telegram", "media")[8:16])]
    place, venue, card, poll, dice, app, linked, started = contents
    assert place.location is not None
    assert (place.location.latitude, place.location.title) == (35.681236, None)
    assert venue.location is not None
    assert (venue.location.title, venue.location.address) == ("東京駅", "千代田区丸の内")
    assert (card.kind, card.text) == (ContentKind.CONTACT_CARD, "太郎 +819012345678")
    assert (poll.text, dice.text) == ("どれ?\n▸ 赤\n▸ 青", "🎲 4")
    assert (app.kind, app.text, json.loads(app.payload or "")) == (ContentKind.POSTBACK, "Order", {"size": "M"})
    assert linked.html == 'see <a href="https://example.com/?a=1&amp;b=2">here</a> 😀 now'
    assert (started.text, started.payload) == ("/start promo42", "promo42")


def test_groups_topics_and_channels(parsed: Parsed, sample: Sample) -> None:
    topic, anonymous, post = all_of(parsed, sample("telegram", "media")[16:])
    assert (topic.conversation, topic.contact.address.value) == (f"{GROUP}:77", PERSON)
    assert topic.thread == {"chat_id": GROUP, "message_thread_id": "77"}
    assert topic.content.reply_to == f"{GROUP}:3"
    assert (anonymous.contact.address.value, anonymous.contact.display_name) == (GROUP, "Support")
    assert not anonymous.automatic
    assert (post.conversation, post.contact.display_name, post.content.text) == ("-1009", "News", "a post")


def test_edits_buttons_reactions_and_people(parsed: Parsed, sample: Sample) -> None:
    edited, pressed, old, liked, unliked, *changes = all_of(parsed, sample("telegram", "changes"))
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_message_id, edited.content.text) == ("1111111:1365", "注文番号は42です")
    assert edited.occurred_at == datetime(2015, 9, 7, 17, 23, 20, tzinfo=UTC)
    assert (pressed.content.kind, pressed.content.payload, pressed.content.text) == (
        ContentKind.POSTBACK,
        "YES",
        "はい",
    )
    assert (pressed.content.reply_to, pressed.provider_message_id) == ("1111111:20", "callback:4382bfdwdsb323b2d9")
    assert (old.content.payload, old.content.text) == ("OLD", None)
    assert isinstance(liked, ReactionReceived)
    assert (liked.provider_message_id, liked.emoji, unliked.emoji) == ("1111111:20", "👍", "")
    assert [(event.change, event.contact.address.value) for event in changes] == [
        (ContactChange.UNFOLLOWED, PERSON),
        (ContactChange.FOLLOWED, PERSON),
        (ContactChange.JOINED, GROUP),
        (ContactChange.JOINED, "31"),
        (ContactChange.JOINED, "32"),
        (ContactChange.LEFT, "31"),
        (ContactChange.NUMBER_CHANGED, "-42"),
    ]
    assert changes[-1].contact.alternates[0].value == GROUP
    assert len(
        {id_of("acme", draft) for update in sample("telegram", "changes") for draft in parsed("tg-acme", update)}
    )


def test_ids_in_digits_are_ids(parsed: Parsed) -> None:
    chat = {"id": "-1001234567890", "type": "supergroup", "title": "相談"}
    message = {"message_id": "9", "date": "1441645532", "chat": chat, "from": {"id": "77", "first_name": "花子"}}
    (event,) = all_of(parsed, [{"update_id": "5", "message": message | {"text": "もしもし"}}])
    assert isinstance(event, MessageReceived)
    assert (event.provider_event_id, event.provider_message_id) == ("5", f"{GROUP}:9")
    assert (event.conversation, event.contact.address.value, event.content.text) == (GROUP, "77", "もしもし")


def test_a_business_account(parsed: Parsed, sample: Sample) -> None:
    asked, echoed, edited, first, second, connection = all_of(parsed, sample("telegram", "business"))
    assert asked.thread == {"chat_id": PERSON, "business_connection_id": "bc-1", "message_id": "30"}
    assert isinstance(echoed, MessageEchoed)
    assert (echoed.conversation, echoed.content.text, echoed.by) == (PERSON, "10時からです", "Telegram Business")
    assert edited.content.text == "今日の営業時間を教えてください"
    assert all(isinstance(each, MessageUnsent) for each in (first, second))
    assert [each.provider_message_id for each in (first, second)] == ["1111111:30", "1111111:31"]
    assert isinstance(connection, UnrecognisedReceived)


def test_what_nobody_reads_is_kept(parsed: Parsed, sample: Sample) -> None:
    query, gift = all_of(parsed, sample("telegram", "others"))
    assert all(isinstance(each, UnrecognisedReceived) for each in (query, gift))
    assert (gift.conversation, gift.provider_event_id) == (PERSON, str(sample("telegram", "others")[2]["update_id"]))


def test_a_pressed_button_is_answered_with_the_webhook(
    webhook: Callable[..., Webhook], sample: Sample, parsed: Parsed
) -> None:
    pressed = webhook("tg-acme", sample("telegram", "changes")[1])
    answer = TELEGRAM.answer(pressed, ())
    assert json.loads(answer.body) == {"method": "answerCallbackQuery", "callback_query_id": "4382bfdwdsb323b2d9"}
    assert TELEGRAM.answer(webhook("tg-acme", sample("telegram", "text")), ()).body == b""


@pytest.mark.parametrize(
    ("given", "secrets", "opens"),
    [
        ("new", ["new", "old"], True),
        ("old", ["new", "old"], True),
        ("older", ["new", "old"], False),
        ("", [""], False),
        ("é", ["é"], True),
    ],
)
def test_the_secret_token(webhook: Callable[..., Webhook], given: str, secrets: list[str], opens: bool) -> None:
    asked = webhook("tg-acme", b"{}", x_telegram_bot_api_secret_token=given)
    assert TELEGRAM.verify(asked, secrets) is opens


def test_a_file_is_fetched_in_two_steps_and_the_token_stays_here() -> None:
    account = MediaAccount(None, {}, "https://api.telegram.org", {"bot_token": "123:ABC"})
    assert TELEGRAM.media is not None
    first = TELEGRAM.media(Attachment(kind=ContentKind.IMAGE, provider_media_id="Ag/1"), account)
    assert isinstance(first, MediaRequest)
    assert first.url == "https://api.telegram.org/bot123:ABC/getFile?file_id=Ag%2F1"
    assert first.then is not None
    second = first.then(b'{"ok": true, "result": {"file_id": "Ag/1", "file_path": "photos/file_0.jpg"}}')
    assert isinstance(second, MediaRequest)
    assert second.url == "https://api.telegram.org/file/bot123:ABC/photos/file_0.jpg"
    assert "ABC" not in repr((first, second, account))
    assert first.then(b'{"ok": false}') is None
