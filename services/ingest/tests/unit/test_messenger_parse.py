"""A raw Messenger request → events, by Meta's documented payloads."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    ReactionReceived,
    ReceiptReceived,
    UnrecognisedReceived,
)
from contracts.values import AddressKind, ContentKind, MessageStatus
from ingest.domain.identity import id_of
from ingest.domain.webhook import Draft

Parsed = Callable[..., tuple[Draft, ...]]
Sample = Callable[[str, str], dict[str, Any]]
PERSON = "25745921838397210"
WATERMARK = datetime(2016, 3, 22, 17, 47, 36, 253000, tzinfo=UTC)


def events_of(drafts: tuple[Draft, ...]) -> list[Any]:
    return [draft.event for draft in drafts]


def test_a_text(parsed: Parsed, sample: Sample) -> None:
    (event,) = events_of(parsed("page-acme", sample("messenger", "text")))
    assert isinstance(event, MessageReceived)
    assert (event.channel, event.account, event.conversation) == ("messenger", "page-acme", PERSON)
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.MESSENGER_USER, PERSON)
    assert event.content.text == "返金したいのですが、どうすればいいですか?"
    assert event.provider_message_id == event.provider_event_id == "m_1457764197618:41d102a3e1ae206a38"
    assert event.occurred_at == datetime(2016, 3, 23, 0, 25, 52, 478000, tzinfo=UTC)
    assert event.window_closes_at == event.occurred_at + timedelta(hours=24)


def test_every_kind_of_message_is_read(parsed: Parsed, sample: Sample) -> None:
    contents = [event.content for event in events_of(parsed("page-acme", sample("messenger", "media")))]
    assert [content.kind for content in contents] == [
        ContentKind.IMAGE,
        ContentKind.VIDEO,
        ContentKind.AUDIO,
        ContentKind.FILE,
        ContentKind.STICKER,
        ContentKind.STICKER,
        ContentKind.LOCATION,
        ContentKind.TEXT,
        ContentKind.UNKNOWN,
        ContentKind.VIDEO,
        ContentKind.TEMPLATE,
        ContentKind.IMAGE,
    ]
    assert [each.url for each in contents[0].attachments] == [
        "https://scontent.xx.fbcdn.net/a.jpg?oh=1",
        "https://scontent.xx.fbcdn.net/b.jpg",
    ]
    assert contents[4].sticker == "369239263222822"
    assert (contents[5].sticker, len(contents[5].attachments)) == ("767226160478561", 1)
    assert contents[6].location is not None
    assert (contents[6].location.latitude, contents[6].location.title) == (37.483872693672, "Facebook HQ")
    assert contents[7].text == "https://www.example.com/shoes"
    assert (contents[9].text, contents[9].attachments[0].url) == ("How to wear it", "https://www.facebook.com/reel/123")
    assert contents[10].payload is not None
    assert json.loads(contents[10].payload)["payload"]["product"]["elements"][0]["retailer_id"] == "sku-1"
    assert (contents[11].text, len(contents[11].attachments)) == ("これを見て", 1)


def test_buttons_answers_and_where_a_person_came_from(parsed: Parsed, sample: Sample) -> None:
    quick, quoting, started, old, from_ad = events_of(parsed("page-acme", sample("messenger", "replies")))
    assert (quick.content.kind, quick.content.text, quick.content.payload) == (ContentKind.POSTBACK, "はい", "YES")
    assert quoting.content.reply_to == "m_1fTq8oLumEyIp3Q2MR-aY7IfLZDamVrALniheU"
    assert (started.content.payload, started.content.text) == ("GET_STARTED", "Get started")
    assert json.loads(started.thread["referral"])["ref"] == "promo-42"
    assert old.provider_message_id.startswith(f"{PERSON}:1458692752478:sha256:")
    assert json.loads(from_ad.thread["referral"])["ad_id"] == "6045246247433"


def test_edits_and_reactions(parsed: Parsed, sample: Sample) -> None:
    drafts = parsed("page-acme", sample("messenger", "changes"))
    edited, liked, unliked, sad = events_of(drafts)
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_message_id, edited.content.text) == ("m_1", "全額返金したいです")
    assert all(isinstance(each, ReactionReceived) for each in (liked, unliked, sad))
    assert [each.emoji for each in (liked, unliked, sad)] == ["❤️", "", "😢"]
    assert len({id_of("acme", draft) for draft in drafts}) == 4


def test_receipts_by_message_or_up_to_a_watermark(parsed: Parsed, sample: Sample) -> None:
    first, second, until, read = events_of(parsed("page-acme", sample("messenger", "receipts")))
    assert all(isinstance(each, ReceiptReceived) for each in (first, second, until, read))
    assert [each.provider_message_id for each in (first, second)] == ["mid.1458668856218:ed81099e15d3f4f233", "mid.2"]
    assert first.occurred_at == WATERMARK
    assert (until.provider_message_id, until.up_to, until.status) == ("", WATERMARK, MessageStatus.DELIVERED)
    assert (read.up_to, read.status, read.conversation) == (WATERMARK, MessageStatus.READ, PERSON)


def test_foreign_echoes_are_told_and_our_own_dropped(parsed: Parsed, sample: Sample) -> None:
    events = events_of(parsed("page-acme", sample("messenger", "echoes")))
    assert all(isinstance(event, MessageEchoed) for event in events)
    assert [(event.provider_message_id, event.by) for event in events] == [
        ("m_30", "app 1517776481860111"),
        ("m_31", "app 263902037430900"),
        ("m_32", "messenger"),
    ]
    assert {event.conversation for event in events} == {PERSON}


def test_what_is_no_message_and_whose_page_it_is(parsed: Parsed, sample: Sample) -> None:
    events = events_of(parsed("page-acme", sample("messenger", "others")))
    changes = [event for event in events if isinstance(event, ContactChanged)]
    assert [event.change for event in changes] == [
        ContactChange.OPTED_IN,
        ContactChange.OPTED_IN,
        ContactChange.ACTED,
        ContactChange.LINKED,
        ContactChange.ACTED,
        ContactChange.CONTROL_GAINED,
        ContactChange.CONTROL_LOST,
        ContactChange.ACTED,
    ]
    assert (changes[1].contact.address.kind, changes[1].contact.address.value) == (AddressKind.EXTERNAL, "user-ref-1")
    standby, postback, test_button, second = (event for event in events if isinstance(event, MessageReceived))
    assert standby.standby
    assert (postback.standby, postback.content.text, postback.content.payload) == (True, "Talk to a person", None)
    assert (test_button.content.text, test_button.occurred_at.year) == ("test_message", 2018)
    assert (second.account, second.content.text) == ("page-second", "to the second page")
    policy, feed, strange = (event for event in events if isinstance(event, UnrecognisedReceived))
    assert policy.conversation == PERSON
    assert "comment" in feed.raw
    assert "to a stranger's page" in strange.raw


def _told(element: dict[str, Any], about: str = "page", us: str = "682498302938465") -> dict[str, Any]:
    between = {"sender": {"id": PERSON}, "recipient": {"id": us}, "timestamp": 1701599111000}
    return {"object": about, "entry": [{"id": us, "time": 1701599116216, "messaging": [between | element]}]}


@pytest.mark.parametrize(
    ("status", "change"),
    [
        (None, ContactChange.OPTED_IN),
        ("RESUME_NOTIFICATIONS", ContactChange.OPTED_IN),
        ("STOP_NOTIFICATIONS", ContactChange.ACTED),
    ],
)
def test_notifications_are_wanted_or_not(parsed: Parsed, status: str | None, change: ContactChange) -> None:
    optin = {"type": "notification_messages", "title": "News", "notification_messages_status": status}
    (event,) = events_of(parsed("page-acme", _told({"optin": optin})))
    assert (event.change, event.contact.address.value) == (change, PERSON)


@pytest.mark.parametrize("at", [1701599111, "1701599111", 1701599111000, "2023-12-03T10:25:11+0000"])
def test_times_however_they_are_written(parsed: Parsed, at: object) -> None:
    message = {"mid": "m_1", "text": "こんにちは", "attachments": None, "quick_reply": None}
    (event,) = events_of(parsed("page-acme", _told({"message": message, "timestamp": at})))
    assert (event.content.text, event.content.attachments) == ("こんにちは", ())
    assert event.occurred_at == datetime(2023, 12, 3, 10, 25, 11, tzinfo=UTC)


def test_a_file_of_a_kind_that_meta_thinks_of_next(parsed: Parsed) -> None:
    file = {"type": "hologram", "payload": {"url": "https://cdn.fbsbx.com/h"}}
    (event,) = events_of(parsed("page-acme", _told({"message": {"mid": "m_1", "attachments": [file]}})))
    assert (event.content.kind, event.content.attachments[0].url) == (ContentKind.FILE, "https://cdn.fbsbx.com/h")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"object": "user", "entry": []},
        {"object": "page", "entry": 5},
        {"object": "page", "entry": [1]},
        {"object": "page", "entry": [{"id": "682498302938465"}]},
        {"object": "page", "entry": [{"id": "682498302938465", "messaging": [{"message": {"mid": "m"}}]}]},
        {"object": "page", "entry": [{"id": "682498302938465", "messaging": [{"sender": {"id": "1"}}]}]},
    ],
)
def test_a_shape_that_nobody_documented_is_kept(parsed: Parsed, body: dict[str, Any]) -> None:
    (event,) = events_of(parsed("page-acme", body))
    assert isinstance(event, UnrecognisedReceived)
    assert id_of("acme", parsed("page-acme", body)[0]) == id_of("acme", Draft(event))
