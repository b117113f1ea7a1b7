"""A raw LINE request → events, by the provider's documented payloads."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReceiptReceived,
    UnrecognisedReceived,
)
from contracts.values import AddressKind, ContentKind, MessageStatus
from ingest.channels import CHANNELS
from ingest.domain.identity import id_of
from ingest.domain.webhook import Draft
from ingest.handlers.ports import MediaAccount
from runtime.errors import Refused

Parsed = Callable[..., tuple[Draft, ...]]
Sample = Callable[[str, str], dict[str, Any]]
USER, GROUP = "U4af4980629e5b5ff3bb0ed8c2f5cbb12", "Ca56f94637cc4347f90a25382909b24b9"


def events_of(drafts: tuple[Draft, ...]) -> list[Any]:
    return [draft.event for draft in drafts]


def test_a_text_in_a_group_belongs_to_the_group_and_names_its_writer(parsed: Parsed, sample: Sample) -> None:
    (event,) = events_of(parsed("line-acme", sample("line", "text")))
    assert isinstance(event, MessageReceived)
    assert (event.channel, event.account, event.conversation) == ("line", "line-acme", GROUP)
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.LINE_USER, USER)
    assert event.content.text == "@All @example Good Morning!! (love)"
    assert event.content.reply_to == "468789532432007169"
    assert event.provider_message_id == "468789577898262530"
    assert event.provider_event_id == "01H810YECXQQZ37VAXPF6H9E6T"
    assert event.occurred_at == datetime(2023, 8, 17, 5, 54, 26, 727000, tzinfo=UTC)
    assert event.reply_handle is not None
    assert event.reply_handle.token == "38ef843bde154d9b91c21320ffd17a0f"
    assert (event.reply_handle.expires_at - event.occurred_at).total_seconds() == 50
    assert not event.standby


def test_every_kind_of_message_is_read(parsed: Parsed, sample: Sample) -> None:
    contents = [event.content for event in events_of(parsed("line-acme", sample("line", "media")))]
    assert [content.kind for content in contents] == [
        ContentKind.IMAGE,
        ContentKind.IMAGE,
        ContentKind.VIDEO,
        ContentKind.AUDIO,
        ContentKind.FILE,
        ContentKind.LOCATION,
        ContentKind.STICKER,
        ContentKind.STICKER,
    ]
    image, linked, video, audio, file = (content.attachments[0] for content in contents[:5])
    assert (image.provider_media_id, image.url) == ("354718705033693859", None)
    assert (linked.provider_media_id, linked.url) == (None, "https://example.com/original.jpg")
    assert (video.url, video.duration_ms) == ("https://example.com/original.mp4", 60_000)
    assert (audio.provider_media_id, audio.duration_ms) == ("325709", 60_000)
    assert (file.provider_media_id, file.file_name, file.size_bytes) == ("325710", "file.txt", 2138)
    place, sticker, message_sticker = contents[5:]
    assert place.location is not None
    assert (place.location.title, place.location.latitude) == ("my location", 35.67966)
    assert (sticker.sticker, sticker.text) == ("11537/52002738", "cony, sally, Staring, hi")
    assert message_sticker.text == "Let's\nhang out\nthis weekend!"


def test_unsend_edit_and_postback(parsed: Parsed, sample: Sample) -> None:
    unsent, edited, postback = events_of(parsed("line-acme", sample("line", "changes")))
    assert isinstance(unsent, MessageUnsent)
    assert unsent.provider_message_id == "325708"
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_message_id, edited.content.text) == ("325709", "the corrected words")
    assert isinstance(postback, MessageReceived)
    assert postback.content.kind is ContentKind.POSTBACK
    assert (postback.content.payload, postback.content.text) == ("storeId=12345", "2017-12-25T01:00")
    assert postback.provider_message_id == postback.provider_event_id


def test_people_come_and_go(parsed: Parsed, sample: Sample) -> None:
    drafts = parsed("line-acme", sample("line", "contacts"))
    events = events_of(drafts)
    assert all(isinstance(event, ContactChanged) for event in events)
    assert [(event.change, event.contact.address.value) for event in events] == [
        (ContactChange.FOLLOWED, USER),
        (ContactChange.UNFOLLOWED, USER),
        (ContactChange.JOINED, GROUP),
        (ContactChange.LEFT, GROUP),
        (ContactChange.JOINED, USER),
        (ContactChange.JOINED, "U91eeaf62d901234567890123456789ab"),
        (ContactChange.LEFT, USER),
    ]
    assert events[0].detail == "unblocked"
    assert len({id_of("acme", draft) for draft in drafts}) == len(drafts)


def test_what_people_do_without_words(parsed: Parsed, sample: Sample) -> None:
    beacon, video, standby = events_of(parsed("line-acme", sample("line", "others")))
    assert isinstance(beacon, ContactChanged)
    assert (beacon.change, beacon.detail, beacon.conversation) == (ContactChange.ACTED, "beacon enter d41d8cd98f", USER)
    assert video.detail == "videoPlayComplete track-id"
    assert isinstance(standby, MessageReceived)
    assert standby.standby
    assert standby.contact.address.kind is AddressKind.LINE_ROOM


def test_links_memberships_control_and_what_is_told_of_the_account_itself(parsed: Parsed, sample: Sample) -> None:
    body = sample("line", "control")
    *changes, delivered, suspended, resumed, module, text = events_of(parsed("line-acme", body))
    assert [(event.change, event.detail) for event in changes] == [
        (ContactChange.LINKED, "accountLink ok 5bd8a1d2"),
        (ContactChange.ACTED, "accountLink failed 5bd8a1d2"),
        (ContactChange.ACTED, "membership joined 3189"),
        (ContactChange.CONTROL_GAINED, "until 1692338066727"),
        (ContactChange.CONTROL_LOST, None),
    ]
    assert isinstance(delivered, ReceiptReceived)
    assert delivered.provider_message_id.endswith("menu01")
    assert delivered.status is MessageStatus.DELIVERED
    for kept, event in zip((suspended, resumed, module), body["events"][6:9], strict=True):
        assert isinstance(kept, UnrecognisedReceived)
        assert json.loads(kept.raw) == event
    assert text.content.text == "@マドグチ 返金は可能ですか?(smile)"
    assert text.thread == {
        "message_id": "468789577898262531",
        "quote_token": "q3Plxr4AgKd",
        "mark_as_read_token": "30yhdy232bi",
    }


def test_a_picture_tells_its_place_in_a_set_and_is_fetched_with_the_token(parsed: Parsed, sample: Sample) -> None:
    image, linked = events_of(parsed("line-acme", sample("line", "media")))[:2]
    assert json.loads(image.content.payload)["index"] == 1
    assert CHANNELS["line"].media is not None
    account = MediaAccount(None, {}, "https://api-data.line.me", {"access_token": "tok"})
    found = CHANNELS["line"].media(image.content.attachments[0], account)
    assert found is not None
    assert found.url == "https://api-data.line.me/v2/bot/message/354718705033693859/content"
    assert (found.headers, found.then) == ({"Authorization": "Bearer tok"}, None)
    assert CHANNELS["line"].media(linked.content.attachments[0], account) is None


def test_the_consoles_verification_holds_no_event(parsed: Parsed, sample: Sample) -> None:
    assert parsed("line-acme", sample("line", "verify")) == ()


@pytest.mark.parametrize("token", ["0" * 32, "f" * 32])
def test_the_consoles_trial_messages_are_nobodys_words(parsed: Parsed, sample: Sample, token: str) -> None:
    body = sample("line", "text")
    body["events"][0] |= {"replyToken": token, "source": {"type": "user", "userId": "Udeadbeef" * 3}}
    assert parsed("line-acme", body) == ()


@pytest.mark.parametrize(
    ("message", "kind", "words"),
    [
        ({"type": "flex", "altText": "ご予約", "contents": {"type": "bubble"}}, ContentKind.TEMPLATE, "ご予約"),
        ({"type": "template", "altText": "はい?", "template": {}}, ContentKind.TEMPLATE, "はい?"),
        ({"type": "textV3", "text": "新しい形"}, ContentKind.UNKNOWN, "新しい形"),
    ],
)
def test_what_has_an_alternative_text_is_read_by_it(
    parsed: Parsed, sample: Sample, message: dict[str, Any], kind: ContentKind, words: str
) -> None:
    body = sample("line", "text")
    body["events"][0]["message"] = message | {"id": "1"}
    (event,) = events_of(parsed("line-acme", body))
    assert (event.content.kind, event.content.text) == (kind, words)
    assert json.loads(event.content.payload)["type"] == message["type"]


def test_numbers_in_digits_and_seconds_are_understood(parsed: Parsed, sample: Sample) -> None:
    body = sample("line", "text")
    body["events"][0]["timestamp"] = "1692251666"
    body["events"][0]["message"] = {"type": "file", "id": 325710, "fileName": "見積.pdf", "fileSize": "2138"}
    (event,) = events_of(parsed("line-acme", body))
    (file,) = event.content.attachments
    assert (event.provider_message_id, file.size_bytes, file.file_name) == ("325710", 2138, "見積.pdf")
    assert event.occurred_at == datetime(2023, 8, 17, 5, 54, 26, tzinfo=UTC)


def test_a_redelivery_has_the_same_id(parsed: Parsed, sample: Sample) -> None:
    body = sample("line", "text")
    first = parsed("line-acme", body)[0]
    body["events"][0]["deliveryContext"]["isRedelivery"] = True
    assert id_of("acme", parsed("line-acme", body)[0]) == id_of("acme", first)


def test_an_event_without_an_id_is_known_by_its_content(parsed: Parsed, sample: Sample) -> None:
    body = sample("line", "text")
    del body["events"][0]["webhookEventId"]
    first = parsed("line-acme", body)[0]
    body["events"][0]["deliveryContext"]["isRedelivery"] = True
    assert id_of("acme", parsed("line-acme", body)[0]) == id_of("acme", first)
    body["events"][0]["timestamp"] += 1
    assert id_of("acme", parsed("line-acme", body)[0]) != id_of("acme", first)


def test_another_bots_events_are_refused(parsed: Parsed, sample: Sample) -> None:
    body = sample("line", "text") | {"destination": "U00000000000000000000000000000000"}
    with pytest.raises(Refused) as refused:
        parsed("line-acme", body)
    assert (refused.value.code, refused.value.status) == ("wrong_destination", 403)
    assert len(parsed("line-bare", body)) == 1


@pytest.mark.parametrize(
    "change",
    [
        {"source": {"type": "user"}},
        {"source": None},
        {"timestamp": "soon"},
        {"timestamp": 2**60},
        {"message": {"type": "text", "id": "1"}},
        {"message": {"type": "hologram", "id": "1"}},
        {"message": {"type": "location", "id": "1", "latitude": "north", "longitude": 1}},
        {"message": {"type": "text", "id": "x" * 600, "text": "a"}},
    ],
)
def test_a_broken_event_is_kept_with_its_id(parsed: Parsed, sample: Sample, change: dict[str, Any]) -> None:
    body = sample("line", "text")
    body["events"][0] |= change
    (event,) = events_of(parsed("line-acme", body))
    assert isinstance(event, UnrecognisedReceived)
    assert event.provider_event_id == "01H810YECXQQZ37VAXPF6H9E6T"
    assert json.loads(event.raw) == body["events"][0]
