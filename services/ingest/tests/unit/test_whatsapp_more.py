"""WhatsApp beside plain messages: calls, groups, Meta's own agent, people who change; by Meta's documented payloads."""

from collections.abc import Callable
from typing import Any

import pytest

from contracts.inbound import (
    ContactChange,
    MessageEchoed,
    MessageReceived,
    ReceiptReceived,
)
from contracts.values import AddressKind, CallStatus, ContentKind, MessageStatus
from ingest.domain.identity import id_of
from ingest.domain.webhook import Draft

Parsed = Callable[..., tuple[Draft, ...]]
Sample = Callable[[str, str], dict[str, Any]]
PHONE = "+16505551234"


def events_of(drafts: tuple[Draft, ...]) -> list[Any]:
    return [draft.event for draft in drafts]


def test_what_metas_own_agent_does_is_watched(parsed: Parsed, sample: Sample) -> None:
    asked, told, template, flow, receipt, gained, lost = events_of(parsed("wa-acme", sample("whatsapp", "standby")))
    assert isinstance(asked, MessageReceived)
    assert (asked.standby, asked.content.text, asked.contact.display_name) == (True, "返品できますか?", "Test User")
    assert all(isinstance(each, MessageEchoed) for each in (told, template, flow))
    assert (told.by, told.content.text, told.conversation) == (
        "Meta Business Agent",
        "Hello! Your order #12345 has shipped.",
        PHONE,
    )
    assert template.content.template is not None
    assert (template.content.template.name, template.content.template.language) == ("summer_sale_2026", "ja")
    assert flow.content.text == "ご予約はこちら"
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.provider_message_id, receipt.status) == ("wamid.S2", MessageStatus.DELIVERED)
    assert [(each.change, each.detail, each.conversation) for each in (gained, lost)] == [
        (
            ContactChange.CONTROL_GAINED,
            "control_passed: WhatsApp user requested human agent: 返品の相談",
            PHONE,
        ),
        (ContactChange.CONTROL_LOST, "control_passed", PHONE),
    ]


def test_with_a_number_the_user_id_changes_too(parsed: Parsed) -> None:
    system = {"type": "user_changed_number", "wa_id": "972912345678", "previous_user_id": "IL.1", "user_id": "IL.2"}
    message = {"from": "972987654321", "id": "w", "timestamp": "1753851315", "type": "system", "system": system}
    (event,) = events_of(parsed("wa-acme", _told(message)))
    assert (event.change, event.contact.address.value, event.detail) == (ContactChange.NUMBER_CHANGED, "IL.1", "IL.2")
    assert [each.value for each in event.contact.alternates] == ["IL.2", "+972912345678", "+972987654321"]


def test_calls_are_entries_of_their_own(parsed: Parsed, sample: Sample) -> None:
    drafts = parsed("wa-acme", sample("whatsapp", "calls"))
    rings, missed, taken, vain, heard = events_of(drafts)
    bsuid = "US.13491208655302741918"
    assert all(isinstance(event, MessageReceived) for event in (rings, missed, taken, vain, heard))
    assert [event.content.call.status for event in (rings, missed, taken, vain, heard)] == [
        CallStatus.RINGING,
        CallStatus.MISSED,
        CallStatus.COMPLETED,
        CallStatus.FAILED,
        CallStatus.RINGING,
    ]
    assert (missed.content.call.id, missed.conversation, missed.standby) == ("wacid.in", bsuid, False)
    assert (taken.content.call.duration_ms, taken.contact.display_name) == (120_000, "Sheena Nelson")
    assert (vain.content.call.inbound, vain.standby, vain.conversation) == (False, True, bsuid)
    assert len({id_of("acme", draft) for draft in drafts}) == 5


def _told(message: dict[str, Any], contacts: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    return _field("messages", messages=[message], contacts=contacts or [])


def _field(field: str, **value: Any) -> dict[str, Any]:
    about = {"metadata": {"phone_number_id": "106540352242922"}}
    return {"entry": [{"id": "1", "changes": [{"field": field, "value": about | value}]}]}


GROUP = "Y2FwaV9ncm91cDoxNzA1NTU1MDEzOToxMjAzNjM0MDQ2OTQyMzM4MjAZD"


@pytest.mark.parametrize(
    ("told", "changes"),
    [
        (
            {
                "type": "group_participants_add",
                "reason": "invite_link",
                "added_participants": [{"wa_id": "16505551234", "user_id": "US.13491208655302741918"}],
            },
            [(ContactChange.JOINED, "US.13491208655302741918")],
        ),
        (
            {
                "type": "group_participants_remove",
                "initiated_by": "business",
                "removed_participants": [{"input": "16505551234"}, {"input": "US.1349"}],
                "failed_participants": [{"input": "US.2", "errors": [{"code": 131009}]}],
            },
            [(ContactChange.LEFT, PHONE), (ContactChange.LEFT, "US.1349")],
        ),
        (
            {"type": "group_join_request_created", "join_request_id": "MTIz", "wa_id": "16505551234"},
            [(ContactChange.ACTED, PHONE)],
        ),
    ],
)
def test_who_comes_to_a_group_and_who_goes(
    parsed: Parsed, told: dict[str, Any], changes: list[tuple[ContactChange, str]]
) -> None:
    """Groups API, "Webhooks"."""
    body = _field("group_participants_update", groups=[told | {"timestamp": "1750100300", "group_id": GROUP}])
    drafts = parsed("wa-acme", body)
    events = events_of(drafts)
    assert [(event.change, event.contact.address.value) for event in events] == changes
    assert {(event.conversation, event.detail) for event in events} == {(GROUP, told["type"])}
    assert len({id_of("acme", draft) for draft in drafts}) == len(changes)


def test_recordings_and_transcripts_are_files_of_their_call(parsed: Parsed) -> None:
    """Calling API, "Call recording", "Call transcription", "Call created webhook"."""
    media = {"id": "1002764438271669", "mime_type": "audio/ogg; codecs=opus", "url": "https://lookaside.fbsbx.com/x"}
    call = {"id": "wacid.1", "from": "16505551234", "timestamp": "1728932177"}
    calls = [
        call | {"event": "call_recording_available", "call_recording": {"type": "audio", "audio": media}},
        call | {"event": "call_transcription_available", "call_transcript": {"document": media}},
        call | {"event": "call_created", "direction": "BUSINESS_INITIATED", "to": "16505551234"},
    ]
    drafts = parsed("wa-acme", _field("calls", calls=calls))
    recording, transcript, created = events_of(drafts)
    assert [event.content.call.status for event in (recording, transcript, created)] == [
        CallStatus.COMPLETED,
        CallStatus.TRANSCRIBED,
        CallStatus.RINGING,
    ]
    assert recording.content.attachments[0].provider_media_id == "1002764438271669"
    assert [file.kind for file in transcript.content.attachments] == [ContentKind.FILE]
    assert len({id_of("acme", draft) for draft in drafts}) == 3


def test_a_user_id_that_changed(parsed: Parsed) -> None:
    """Business-scoped user IDs, "System messages webhooks" and, before, "user_id_update"."""
    system = {"type": "user_changed_user_id", "wa_id": "16505559876", "user_id": "US.2", "body": "User..."}
    message = {"from": "16505551234", "id": "w", "timestamp": "1750030073", "type": "system", "system": system}
    (now,) = events_of(parsed("wa-acme", _told(message)))
    assert (now.contact.address.value, now.detail) == (PHONE, "US.2")
    ids = {"user_id": {"previous": "US.1", "current": "US.2"}, "wa_id": "16505551234", "timestamp": "1750030073"}
    (then,) = events_of(parsed("wa-acme", _field("user_id_update", user_id_update=[ids])))
    assert (then.change, then.contact.address.value, then.detail) == (ContactChange.NUMBER_CHANGED, "US.1", "US.2")
    assert PHONE in [each.value for each in then.contact.alternates]


def test_an_order_without_words_says_what_is_wanted(parsed: Parsed) -> None:
    wanted = [
        {"product_retailer_id": "HAMBURGER", "quantity": 3, "item_price": 30, "currency": "ILS"},
        {"product_retailer_id": "SODA", "quantity": "2"},
    ]
    order = {"catalog_id": "354", "text": "", "product_items": wanted}
    message = {"from": "972987654321", "id": "w", "timestamp": 1697044668, "type": "order", "order": order}
    (event,) = events_of(parsed("wa-acme", _told(message)))
    assert event.content.text == "3 × HAMBURGER (30 ILS)\n2 × SODA"


def test_a_user_id_in_the_place_of_the_number_is_no_number(parsed: Parsed) -> None:
    """As nyaruka/courier recorded it."""
    message = {"from": "US.1234", "from_user_id": "US.1234", "id": "w", "timestamp": "1454119029", "type": "text"}
    contacts = [{"profile": {"username": "kfisher"}, "wa_id": "US.1234", "user_id": "US.1234"}]
    (event,) = events_of(parsed("wa-acme", _told(message | {"text": {"body": "Hello World"}}, contacts)))
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.WHATSAPP_BSUID, "US.1234")
    assert (event.contact.alternates, event.contact.display_name) == ((), "kfisher")


def test_a_message_without_its_type_is_read_by_what_it_has(parsed: Parsed) -> None:
    message = {"from": "972987654321", "id": "w", "timestamp": "1697044668", "text": {"body": "こんにちは"}}
    contacts = [{"profile": {"name": "陽葵"}, "wa_id": "9720987654321"}]
    (event,) = events_of(parsed("wa-acme", _told(message, contacts)))
    assert (event.content.text, event.contact.display_name) == ("こんにちは", "陽葵")
    assert (event.contact.address.value, event.contact.alternates) == ("+972987654321", ())
