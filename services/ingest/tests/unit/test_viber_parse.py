"""A raw Viber callback → events, by Viber's documented payloads."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from contracts.inbound import ContactChange, MessageReceived, ReceiptReceived, UnrecognisedReceived
from contracts.values import AddressKind, ContentKind, MessageStatus
from ingest.channels import CHANNELS
from ingest.domain.identity import id_of
from ingest.domain.signature import digest
from ingest.domain.webhook import Draft, Webhook

Parsed = Callable[..., tuple[Draft, ...]]
Sample = Callable[[str, str], Any]
PERSON = "01234567890A="


def all_of(parsed: Parsed, callbacks: list[dict[str, Any]]) -> list[Any]:
    return [draft.event for callback in callbacks for draft in parsed("viber-acme", callback)]


def test_a_text_keeps_all_digits_of_its_token(parsed: Parsed, sample: Sample) -> None:
    (event,) = all_of(parsed, [sample("viber", "text")])
    assert isinstance(event, MessageReceived)
    assert (event.channel, event.account, event.conversation) == ("viber", "viber-acme", PERSON)
    assert (event.contact.address.kind, event.contact.display_name) == (AddressKind.VIBER_USER, "山田 太郎")
    assert (event.content.text, event.contact.language) == ("配送状況を教えてください🚚", "ja")
    assert event.provider_message_id == event.provider_event_id == "4912661846655238145"
    assert event.occurred_at == datetime(2016, 3, 12, 6, 29, 57, 627000, tzinfo=UTC)


def test_every_kind_of_message_is_read(parsed: Parsed, sample: Sample) -> None:
    *events, unknown = all_of(parsed, sample("viber", "media"))
    picture, video, file, sticker, card, place, link = (event.content for event in events)
    assert (picture.kind, picture.text) == (ContentKind.IMAGE, "壊れた箱")
    assert picture.attachments[0].url == "http://www.images.com/img.jpg"
    assert (video.attachments[0].duration_ms, video.attachments[0].size_bytes) == (12_000, 10_000)
    assert (file.kind, file.attachments[0].file_name) == (ContentKind.FILE, "領収書.doc")
    assert (sticker.sticker, card.text) == ("46105", "Alex +972511123123")
    assert (place.location.latitude, place.location.address) == (50.76891, "Aachen")
    assert (link.kind, link.text) == (ContentKind.TEXT, "http://www.example.com/page")
    assert isinstance(unknown, UnrecognisedReceived)
    assert unknown.conversation == PERSON


def test_receipts_and_people(parsed: Parsed, sample: Sample) -> None:
    drafts = [draft for callback in sample("viber", "events") for draft in parsed("viber-acme", callback)]
    delivered, seen, failed, followed, left, started = (draft.event for draft in drafts)
    assert all(isinstance(each, ReceiptReceived) for each in (delivered, seen, failed))
    assert [each.status for each in (delivered, seen, failed)] == [
        MessageStatus.DELIVERED,
        MessageStatus.READ,
        MessageStatus.FAILED,
    ]
    assert {each.provider_message_id for each in (delivered, seen, failed)} == {"4912661846655238145"}
    assert (failed.error_reason, delivered.conversation) == ("failure description", PERSON)
    assert [each.change for each in (followed, left)] == [ContactChange.FOLLOWED, ContactChange.UNFOLLOWED]
    assert (started.change, started.detail) == (ContactChange.ACTED, "conversation started shop-7")
    assert len({id_of("acme", draft) for draft in drafts}) == 6


def test_the_signature(webhook: Callable[..., Webhook]) -> None:
    body = b'{"event":"webhook"}'
    given = digest(b"token", body).hex()
    assert CHANNELS["viber"].verify(webhook("viber-acme", body, x_viber_content_signature=given), ["new", "token"])
    assert not CHANNELS["viber"].verify(webhook("viber-acme", body + b" ", x_viber_content_signature=given), ["token"])
