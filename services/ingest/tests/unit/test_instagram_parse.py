"""A raw Instagram request → events, by Meta's documented payloads."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from contracts.inbound import (
    ContactChange,
    MessageEchoed,
    MessageEdited,
    MessageReceived,
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
)
from contracts.values import AddressKind, ContentKind, MessageStatus
from ingest.domain.webhook import Draft

Parsed = Callable[..., tuple[Draft, ...]]
Sample = Callable[[str, str], dict[str, Any]]
PERSON = "6017042031674321"
CDN = "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id="


def events_of(drafts: tuple[Draft, ...]) -> list[Any]:
    return [draft.event for draft in drafts]


def test_a_text(parsed: Parsed, sample: Sample) -> None:
    (event,) = events_of(parsed("ig-acme", sample("instagram", "text")))
    assert isinstance(event, MessageReceived)
    assert (event.channel, event.account, event.conversation) == ("instagram", "ig-acme", PERSON)
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.INSTAGRAM_USER, PERSON)
    assert (event.content.text, event.provider_message_id) == (
        "このワンピースの在庫はありますか?👗",
        "aWdfZAG1faXRlbToxOk1",
    )
    assert event.occurred_at == datetime(2019, 9, 23, 18, 14, 45, 349000, tzinfo=UTC)


def test_stories_shares_and_reels(parsed: Parsed, sample: Sample) -> None:
    contents = [event.content for event in events_of(parsed("ig-acme", sample("instagram", "media")))]
    image, mention, share, reel, story, quoting, unsupported, quick, template, product = contents
    assert [each.attachments[0].url for each in (image, mention, share, reel, story)] == [
        f"{CDN}{n}" for n in range(1, 6)
    ]
    assert [each.kind for each in (image, mention, reel)] == [ContentKind.IMAGE, ContentKind.FILE, ContentKind.VIDEO]
    assert (story.kind, story.text) == (ContentKind.TEXT, "素敵!")
    assert story.attachments[0].provider_media_id == "17858893269000001"
    assert (quoting.text, quoting.reply_to) == ("その通り", "ig_out_1")
    assert (unsupported.kind, unsupported.text) == (ContentKind.UNKNOWN, None)
    assert (quick.payload, template.kind) == ("YES", ContentKind.TEMPLATE)
    assert product.text == "is this available?"


def test_a_heart_is_a_sticker(parsed: Parsed, sample: Sample) -> None:
    body = sample("instagram", "text")
    body["entry"][0]["messaging"][0]["message"] = {"mid": "ig_heart", "attachments": [{"type": "like_heart"}]}
    (event,) = events_of(parsed("ig-acme", body))
    assert (event.content.kind, event.content.text, event.content.sticker) == (ContentKind.STICKER, "❤️", "like_heart")


def test_a_shared_post_that_is_told_twice_is_one(parsed: Parsed, sample: Sample) -> None:
    """Instagram Platform, "Post shares: new attachment type and transition period"."""
    post = {"ig_post_media_id": "18139494541428835", "title": "新しい机", "url": f"{CDN}18139494541428835"}
    parts = [{"type": kind, "payload": post} for kind in ("share", "ig_post")]
    body = sample("instagram", "text")
    body["entry"][0]["messaging"][0]["message"] = {"mid": "ig_post", "attachments": parts}
    (event,) = events_of(parsed("ig-acme", body))
    (file,) = event.content.attachments
    assert (file.provider_media_id, file.url, event.content.text) == ("18139494541428835", post["url"], "新しい机")


def test_a_template_says_what_is_on_it(parsed: Parsed, sample: Sample) -> None:
    card = {"type": "template", "payload": {"generic": {"elements": [{"title": "靴", "subtitle": "26 cm"}]}}}
    body = sample("instagram", "text")
    body["entry"][0]["messaging"][0]["message"] = {"mid": "ig_card", "attachments": [card]}
    (event,) = events_of(parsed("ig-acme", body))
    assert (event.content.kind, event.content.text) == (ContentKind.TEMPLATE, "靴\n26 cm")


def test_unsend_reactions_edits_reads_and_echoes(parsed: Parsed, sample: Sample) -> None:
    events = events_of(parsed("ig-acme", sample("instagram", "changes")))
    unsent, liked, unliked, edited, read, asked, came, echo = events
    assert isinstance(unsent, MessageUnsent)
    assert unsent.provider_message_id == "ig_1"
    assert isinstance(liked, ReactionReceived)
    assert (liked.provider_message_id, liked.emoji, unliked.emoji) == ("ig_out_1", "❤️", "")
    assert isinstance(edited, MessageEdited)
    assert edited.content.text == "やっぱり違います"
    assert isinstance(read, ReceiptReceived)
    assert (read.provider_message_id, read.up_to, read.status) == ("ig_out_1", None, MessageStatus.READ)
    assert (asked.content.payload, asked.content.text) == ("ICEBREAKER_HOURS", "営業時間は?")
    assert came.change is ContactChange.ACTED
    assert isinstance(echo, MessageEchoed)
    assert (echo.conversation, echo.by) == (PERSON, "instagram")
