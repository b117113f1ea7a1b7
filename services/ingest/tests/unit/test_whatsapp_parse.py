"""A raw WhatsApp Cloud API request → events, by Meta's documented payloads."""

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
    MessageUnsent,
    ReactionReceived,
    ReceiptReceived,
    UnrecognisedReceived,
)
from contracts.values import AddressKind, Attachment, ContentKind, MessageStatus
from ingest.channels import CHANNELS
from ingest.domain.identity import id_of, partition_key
from ingest.domain.webhook import Draft
from ingest.handlers.ports import MediaAccount

Parsed = Callable[..., tuple[Draft, ...]]
Sample = Callable[[str, str], dict[str, Any]]
WAMID = "wamid.HBgLMTY1MDM4Nzk0MzkVAgASGBQzQTRBNjU5OUFFRTAzODEwMTQ0RgA="
QUOTED = "wamid.HBgLMTQxMjU1NTA4MjkVAgASGBQzQUNCNjk5RDUwNUZGMUZEM0VBRAA="
PHONE = "+16505551234"
SHA256 = "49f227634806293b0995459bc310b593e1400f41591efcf07e9bced335f41942"


def events_of(drafts: tuple[Draft, ...]) -> list[Any]:
    return [draft.event for draft in drafts]


def test_a_text(parsed: Parsed, sample: Sample) -> None:
    (event,) = events_of(parsed("wa-acme", sample("whatsapp", "text")))
    assert isinstance(event, MessageReceived)
    assert (event.account, event.conversation, event.provider_message_id) == ("wa-acme", PHONE, WAMID)
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.PHONE, PHONE)
    assert event.contact.display_name == "Sheena Nelson"
    assert event.content.text == "Does it come in another color?"
    assert event.occurred_at == datetime(2025, 6, 8, 20, 59, 43, tzinfo=UTC)
    assert event.window_closes_at == event.occurred_at + timedelta(hours=24)


def test_media_location_and_cards(parsed: Parsed, sample: Sample) -> None:
    contents = [event.content for event in events_of(parsed("wa-acme", sample("whatsapp", "media")))]
    assert [content.kind for content in contents] == [
        ContentKind.IMAGE,
        ContentKind.VIDEO,
        ContentKind.AUDIO,
        ContentKind.FILE,
        ContentKind.STICKER,
        ContentKind.LOCATION,
        ContentKind.CONTACT_CARD,
    ]
    image, document = contents[0].attachments[0], contents[3].attachments[0]
    assert contents[0].text == "Taj Mahal"
    assert (image.provider_media_id, image.mime) == ("1003383421387256", "image/jpeg")
    assert image.sha256 == SHA256
    assert document.file_name == "1021_Lucky_Shrub_Loyalty_Program.pdf"
    assert contents[4].sticker == "1003383421387256"
    assert contents[5].location is not None
    assert contents[5].location.title == "Solomon R. Guggenheim Museum"
    assert contents[6].text == "Barbara J. Johnson +1 (415) 555-0829"
    assert json.loads(contents[6].payload)[0]["org"]["company"] == "Social Tsunami"


def test_replies_buttons_lists_forms_and_orders(parsed: Parsed, sample: Sample) -> None:
    contents = [event.content for event in events_of(parsed("wa-acme", sample("whatsapp", "replies")))]
    quoted, button, pressed, picked, form, order, unsupported = contents
    assert (quoted.kind, quoted.text, quoted.reply_to) == (ContentKind.TEXT, "Yes, that one", QUOTED)
    assert (button.kind, button.payload, button.text) == (ContentKind.POSTBACK, "Unsubscribe", "Unsubscribe")
    assert (pressed.payload, pressed.text, pressed.reply_to) == ("cancel-button", "Cancel", QUOTED)
    assert (picked.payload, picked.text) == ("priority_express", "Priority Mail Express")
    assert json.loads(form.payload) == {"flow_token": "t-1", "size": "M"}
    assert order.text == "Love these!"
    assert json.loads(order.payload)["product_items"][0]["quantity"] == 2
    assert (unsupported.kind, unsupported.text) == (ContentKind.UNKNOWN, None)
    assert unsupported.payload == "Message type is currently not supported."


def test_reactions_edits_takebacks_and_new_addresses(parsed: Parsed, sample: Sample) -> None:
    liked, unliked, edited, revoked, number, user_id = events_of(parsed("wa-acme", sample("whatsapp", "changes")))
    assert isinstance(liked, ReactionReceived)
    assert (liked.provider_message_id, liked.emoji) == (QUOTED, "👍")
    assert isinstance(unliked, ReactionReceived)
    assert unliked.emoji == ""
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_message_id, edited.content.text) == (WAMID, "Does it come in black?")
    assert isinstance(revoked, MessageUnsent)
    assert revoked.provider_message_id == WAMID
    assert isinstance(number, ContactChanged)
    assert number.change is ContactChange.NUMBER_CHANGED
    assert (number.contact.address.value, number.detail) == (PHONE, "+12195555358")
    assert number.contact.alternates[0].value == "+12195555358"
    assert isinstance(user_id, ContactChanged)
    assert (user_id.contact.address.value, user_id.detail) == ("CO.1234567890", "MX.0987654321")


def test_the_business_scoped_id_comes_first_and_a_group_is_its_own_conversation(parsed: Parsed, sample: Sample) -> None:
    both, hidden, grouped = events_of(parsed("wa-acme", sample("whatsapp", "usernames")))
    bsuid = "US.13491208655302741918"
    assert (both.contact.address.kind, both.contact.address.value) == (AddressKind.WHATSAPP_BSUID, bsuid)
    assert [each.value for each in both.contact.alternates] == [PHONE, "US.ENT.11815799212886844830"]
    assert both.conversation == bsuid
    assert (hidden.contact.address.value, hidden.contact.alternates) == ("BR.1502576394655843", ())
    assert hidden.contact.display_name == "Pablo M."
    assert (grouped.conversation, grouped.contact.address.value) == ("Y2FwaV9ncm91cDox", PHONE)


def test_receipts_move_to_their_own_ids_and_share_the_conversation_of_the_messages(
    parsed: Parsed, sample: Sample
) -> None:
    drafts = parsed("wa-acme", sample("whatsapp", "statuses"))
    receipts = events_of(drafts)
    assert all(isinstance(receipt, ReceiptReceived) for receipt in receipts)
    assert [receipt.status for receipt in receipts] == [
        MessageStatus.SENT,
        MessageStatus.DELIVERED,
        MessageStatus.READ,
        MessageStatus.FAILED,
        MessageStatus.READ,
    ]
    assert receipts[3].error_code == "131049"
    assert receipts[3].error_reason.startswith("In order to maintain")
    assert receipts[4].conversation == "Y2FwaV9ncm91cDox"
    assert len({id_of("acme", draft) for draft in drafts}) == 5
    message = parsed("wa-acme", sample("whatsapp", "text"))[0]
    assert partition_key(b"k", "acme", message) == partition_key(b"k", "acme", drafts[0])


def test_each_change_goes_to_the_account_of_its_phone_number(parsed: Parsed, sample: Sample) -> None:
    second, foreign, echo, poll, text = events_of(parsed("wa-acme", sample("whatsapp", "others")))
    assert isinstance(second, MessageReceived)
    assert second.account == "wa-second"
    assert isinstance(foreign, UnrecognisedReceived)
    assert foreign.account == "wa-acme"
    assert foreign.reason == "the endpoint's id belongs to no account of this tenant"
    assert "to a number of somebody else" in foreign.raw
    assert isinstance(echo, MessageEchoed)
    assert (echo.conversation, echo.provider_message_id, echo.by) == (PHONE, "wamid.echo", "WhatsApp Business app")
    assert echo.content.text == "Here's the info you requested!"
    assert isinstance(poll, UnrecognisedReceived)
    assert poll.conversation == PHONE
    assert isinstance(text, MessageReceived)
    assert text.content.text == "beside what nobody knows"


def test_where_people_come_from_and_what_they_do_besides(parsed: Parsed, sample: Sample) -> None:
    from_ad, product, forwarded, opened, identity, permission, edited, unknown = events_of(
        parsed("wa-acme", sample("whatsapp", "more"))
    )
    assert json.loads(from_ad.thread["referral"])["ctwa_clid"] == "Aff-n8ZTODiE79d22KtAwQKj9e"
    assert from_ad.content.text == "これはまだありますか?"
    assert json.loads(product.content.payload)["product_retailer_id"] == "di9ozbzfi4"
    assert forwarded.content.attachments[0].sha256 == SHA256
    assert [(each.change, each.detail) for each in (opened, identity)] == [
        (ContactChange.ACTED, "opened the chat"),
        (ContactChange.ACTED, "identity changed"),
    ]
    assert json.loads(permission.content.payload)["response"] == "accept"
    assert isinstance(edited, MessageEdited)
    assert (edited.provider_message_id, edited.content.text) == ("wamid.more3", "訂正した説明")
    assert (unknown.content.kind, unknown.content.payload) == (
        ContentKind.UNKNOWN,
        "Message type is not currently supported",
    )


def test_what_the_phone_app_sends_edits_and_takes_back(parsed: Parsed, sample: Sample) -> None:
    text, image, revoked, edited, hidden = events_of(parsed("wa-acme", sample("whatsapp", "echoes")))
    assert all(isinstance(each, MessageEchoed) for each in (text, image, hidden))
    assert [each.content.text for each in (text, image)] == ["お調べします", "写真"]
    assert (image.content.attachments[0].provider_media_id, image.contact.address.value) == ("77", PHONE)
    assert isinstance(revoked, MessageUnsent)
    assert isinstance(edited, MessageEdited)
    assert (revoked.provider_message_id, edited.content.text) == ("wamid.echo1", "すぐお調べします")
    assert (hidden.contact.address.kind, hidden.conversation) == (
        AddressKind.WHATSAPP_BSUID,
        "US.13491208655302741918",
    )


def test_news_of_the_account_are_kept_and_a_stop_of_marketing_is_no_block(parsed: Parsed, sample: Sample) -> None:
    stopped, resumed, *kept = events_of(parsed("wa-acme", sample("whatsapp", "account")))
    assert [(each.change, each.detail) for each in (stopped, resumed)] == [
        (ContactChange.ACTED, "marketing_messages: stop"),
        (ContactChange.OPTED_IN, "marketing_messages: resume"),
    ]
    assert all(isinstance(each, UnrecognisedReceived) for each in kept)
    assert [each.reason.split()[3] for each in kept] == [
        "message_template_status_update",
        "phone_number_quality_update",
        "account_update",
        "history",
    ]


def test_a_group_is_answered_as_a_group(parsed: Parsed, sample: Sample) -> None:
    grouped = events_of(parsed("wa-acme", sample("whatsapp", "usernames")))[2]
    assert grouped.thread == {"message_id": grouped.provider_message_id, "group_id": "Y2FwaV9ncm91cDox"}


def test_a_medium_is_fetched_in_two_steps_with_the_token() -> None:
    account = MediaAccount(None, {}, "https://graph.facebook.com/v23.0", {"access_token": "tok"})
    media = CHANNELS["whatsapp"].media
    assert media is not None
    first = media(Attachment(kind=ContentKind.IMAGE, provider_media_id="1003383421387256"), account)
    assert first is not None
    assert first.then is not None
    assert first.url == "https://graph.facebook.com/v23.0/1003383421387256"
    second = first.then(b'{"url": "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"}')
    assert second is not None
    assert second.url == "https://lookaside.fbsbx.com/whatsapp_business/attachments/?mid=1"
    assert first.headers == second.headers == {"Authorization": "Bearer tok"}
    assert first.then(b"[]") is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"entry": {}},
        {"entry": [1]},
        {"entry": [{"id": "1"}]},
        {"entry": [{"changes": 5}]},
        {"entry": [{"changes": [{"field": "messages"}]}]},
        {
            "entry": [
                {"changes": [{"field": "messages", "value": {"metadata": {"phone_number_id": "106540352242922"}}}]}
            ]
        },
    ],
)
def test_a_shape_that_nobody_documented_is_kept(parsed: Parsed, body: dict[str, Any]) -> None:
    (event,) = events_of(parsed("wa-acme", body))
    assert isinstance(event, UnrecognisedReceived)
    assert id_of("acme", parsed("wa-acme", body)[0]) == id_of("acme", Draft(event))
