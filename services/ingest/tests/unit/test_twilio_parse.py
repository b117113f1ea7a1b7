"""A raw Twilio request → events and TwiML, by the fields that Twilio documents."""

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as ET

import pytest

from contracts.config import ChannelAccount
from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageReceived,
    ReactionReceived,
    ReceiptReceived,
    UnrecognisedReceived,
)
from contracts.values import AddressKind, CallStatus, ContentKind, MessageStatus
from ingest.channels import CHANNELS
from ingest.domain.identity import id_of
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import MediaAccount
from runtime.errors import Refused

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
SID, CALL, CUSTOMER = "SM0123456789abcdef0123456789abcdef", "CA0123456789abcdef0123456789abcdef", "+14017122661"
ACCOUNT_SID = "AC0123456789abcdef0123456789abcdef"
URL = "https://hooks.example.com/webhooks/twilio_voice/phone"
Ask = Callable[..., Webhook]


@pytest.fixture
def asked(sample: Callable[[str, str], dict[str, Any]]) -> Ask:
    known = sample("twilio", "requests")

    def make(channel: str, name: str, options: dict[str, str] | None = None, query: str = "", **more: str) -> Webhook:
        account = ChannelAccount(id="phone", channel=channel, external_id="+15557654321", options=options or {})
        body = urlencode(known[name] | more).encode()
        headers = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
        pairs = dict(part.split("=") for part in query.split("&") if part)
        return Webhook("acme", account, headers, body, NOW, "POST", URL + (f"?{query}" if query else ""), pairs)

    return make


def parse(webhook: Webhook) -> tuple[Draft, ...]:
    numbers = {"+14155238886": "wa"}
    return CHANNELS[webhook.account.channel].parse(webhook, numbers.get)


def the_event(webhook: Webhook) -> Any:
    (draft,) = parse(webhook)
    return draft.event


def test_an_sms(asked: Ask) -> None:
    event = the_event(asked("twilio_sms", "sms"))
    assert isinstance(event, MessageReceived)
    assert (event.account, event.conversation, event.provider_message_id) == ("phone", CUSTOMER, SID)
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.PHONE, CUSTOMER)
    assert (event.content.kind, event.content.text) == (ContentKind.TEXT, "返金したいです 😮")
    assert (event.occurred_at, event.window_closes_at, event.thread) == (NOW, None, {"from": "+15557654321"})


def test_pictures_and_cards(asked: Ask) -> None:
    event = the_event(asked("twilio_sms", "mms"))
    picture, card = event.content.attachments
    assert (event.content.kind, event.content.text) == (ContentKind.IMAGE, "見てください")
    assert (picture.kind, picture.mime, picture.provider_media_id) == (ContentKind.IMAGE, "image/jpeg", "ME1")
    assert (card.kind, card.mime) == (ContentKind.FILE, "text/x-vcard")
    assert picture.url.endswith("/Media/ME1")


def test_stop_and_start_are_changes_of_mind_and_help_is_a_message(asked: Ask) -> None:
    stop, start = (the_event(asked("twilio_sms", name)) for name in ("stop", "start"))
    assert isinstance(stop, ContactChanged)
    assert (stop.change, stop.detail, stop.contact.address.value) == (ContactChange.OPTED_OUT, "STOP", CUSTOMER)
    assert isinstance(start, ContactChanged)
    assert start.change is ContactChange.OPTED_IN
    assert isinstance(the_event(asked("twilio_sms", "help")), MessageReceived)


@pytest.mark.parametrize(
    ("name", "status", "code"),
    [
        ("status_sent", MessageStatus.SENT, None),
        ("status_delivered", MessageStatus.DELIVERED, None),
        ("status_undelivered", MessageStatus.FAILED, "30003"),
        ("status_read", MessageStatus.READ, None),
        ("status_whatsapp_failed", MessageStatus.FAILED, "63016"),
    ],
)
def test_receipts(asked: Ask, name: str, status: MessageStatus, code: str | None) -> None:
    receipt = the_event(asked("twilio_whatsapp", name))
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.provider_message_id, receipt.status, receipt.error_code) == (SID, status, code)
    assert receipt.conversation in (CUSTOMER, "+819012345678")


@pytest.mark.parametrize("said", ["accepted", "scheduled", "queued", "sending"])
def test_what_has_not_left_yet_is_queued(asked: Ask, said: str) -> None:
    receipt = the_event(asked("twilio_sms", "status_sent", MessageStatus=said))
    assert receipt.status is MessageStatus.QUEUED
    assert receipt.provider_event_id == f"{SID}:{said}"


@pytest.mark.parametrize("said", ["failed", "canceled", "undelivered"])
def test_what_never_arrives_has_failed(asked: Ask, said: str) -> None:
    assert the_event(asked("twilio_sms", "status_sent", MessageStatus=said)).status is MessageStatus.FAILED


def test_whatsapp_goes_to_the_account_of_its_number_and_opens_its_window(asked: Ask) -> None:
    event = the_event(asked("twilio_whatsapp", "whatsapp_text"))
    assert (event.account, event.conversation) == ("wa", "+819012345678")
    assert (event.contact.display_name, event.content.text) == ("山田 花子", "こんにちは")
    assert event.content.reply_to == "SMfeed"
    assert event.window_closes_at == NOW + timedelta(hours=24)
    assert event.thread == {"from": "whatsapp:+14155238886", "message_id": event.provider_message_id}


def test_a_business_scoped_id_comes_before_the_number(asked: Ask) -> None:
    event = the_event(asked("twilio_whatsapp", "whatsapp_username"))
    assert (event.contact.address.kind, event.conversation) == (AddressKind.WHATSAPP_BSUID, "US.13491208655302741918")
    assert [each.value for each in event.contact.alternates] == ["+819012345678"]


def test_whatsapp_kinds(asked: Ask) -> None:
    names = ("button", "list", "location", "sticker", "voice", "card")
    button, row, place, sticker, voice, card = (
        the_event(asked("twilio_whatsapp", f"whatsapp_{name}")).content for name in names
    )
    assert (button.kind, button.payload, button.text) == (ContentKind.POSTBACK, "confirm-1", "はい")
    assert (row.payload, row.text) == ("osaka", "大阪店")
    assert (place.kind, place.location.latitude, place.location.title) == (ContentKind.LOCATION, 35.681236, "東京駅")
    assert place.location.address == "東京都千代田区丸の内1"
    assert (sticker.kind, sticker.sticker) == (ContentKind.STICKER, "ME3")
    assert (voice.kind, voice.attachments[0].kind) == (ContentKind.AUDIO, ContentKind.AUDIO)
    assert card.kind is ContentKind.CONTACT_CARD


def test_a_reaction(asked: Ask) -> None:
    more = {"MessageType": "reaction", "Body": "👍", "OriginalRepliedMessageSid": "SMours"}
    event = the_event(asked("twilio_whatsapp", "whatsapp_text", **more))
    assert isinstance(event, ReactionReceived)
    assert (event.provider_message_id, event.emoji) == ("SMours", "👍")


def test_another_twilio_account_is_refused(asked: Ask) -> None:
    assert the_event(asked("twilio_sms", "sms", {"account_sid": ACCOUNT_SID}))
    with pytest.raises(Refused) as refused:
        parse(asked("twilio_sms", "sms", {"account_sid": "ACother"}))
    assert refused.value.code == "wrong_destination"


@pytest.mark.parametrize(
    "more", [{"MessageSid": "", "SmsSid": "", "SmsMessageSid": ""}, {"From": ""}, {"MessageStatus": "new"}]
)
def test_what_cannot_be_read_is_kept(asked: Ask, more: dict[str, str]) -> None:
    event = the_event(asked("twilio_sms", "sms", **more))
    assert isinstance(event, UnrecognisedReceived)
    assert "返金" in json.loads(event.raw)["Body"]


@pytest.mark.parametrize(
    ("name", "status", "length"),
    [
        ("call_ringing", CallStatus.RINGING, None),
        ("call_answered", CallStatus.ANSWERED, None),
        ("call_completed", CallStatus.COMPLETED, 48_000),
        ("call_missed", CallStatus.MISSED, 0),
        ("recording_action", CallStatus.VOICEMAIL, 17_000),
        ("transcription", CallStatus.TRANSCRIBED, None),
    ],
)
def test_calls(asked: Ask, name: str, status: CallStatus, length: int | None) -> None:
    event = the_event(asked("twilio_voice", name))
    assert isinstance(event, MessageReceived)
    assert (event.content.kind, event.content.call.id, event.content.call.status) == (ContentKind.CALL, CALL, status)
    assert (event.standby, event.content.call.inbound, event.content.call.duration_ms) == (False, True, length)
    assert (event.conversation, event.contact.address.value) == (CUSTOMER, CUSTOMER)
    assert event.contact.display_name == "WILSON ANN"


def test_a_call_has_its_own_time(asked: Ask) -> None:
    assert the_event(asked("twilio_voice", "call_missed")).occurred_at == datetime(2026, 11, 21, 2, 29, 58, tzinfo=UTC)


def test_every_step_of_a_call_is_an_event_of_its_own(asked: Ask) -> None:
    names = ("call_ringing", "call_answered", "call_completed", "call_missed", "recording_action", "transcription")
    drafts = [parse(asked("twilio_voice", name))[0] for name in names]
    assert len({id_of("acme", draft) for draft in drafts}) == len(names)
    assert len({draft.event.provider_message_id for draft in drafts}) == len(names)


def test_a_recording_told_twice_is_one_message(asked: Ask) -> None:
    at_once, later = (
        parse(asked("twilio_voice", name, query="caller=%2B14017122661"))[0]
        for name in ("recording_action", "recording_status")
    )
    assert id_of("acme", at_once) == id_of("acme", later)
    (audio,) = at_once.event.content.attachments
    assert (audio.kind, audio.duration_ms) == (ContentKind.AUDIO, 17_000)
    assert audio.url.endswith("/Recordings/RE0123456789abcdef0123456789abcdef")


def test_a_recording_is_the_callers_whom_our_own_url_names(asked: Ask) -> None:
    webhook = asked("twilio_voice", "recording_status")
    named = replace(webhook, query={"caller": CUSTOMER})
    assert the_event(named).conversation == CUSTOMER
    assert the_event(webhook).conversation == CALL


def test_words_as_they_are_spoken(asked: Ask) -> None:
    assert the_event(asked("twilio_voice", "transcription_live")).content.text == "返金をお願いします"
    assert parse(asked("twilio_voice", "transcription_live", Final="false")) == ()
    assert parse(asked("twilio_voice", "transcription_live", TranscriptionEvent="transcription-started")) == ()


def test_an_outbound_call_is_the_other_partys_and_asks_nobody(asked: Ask) -> None:
    event = the_event(asked("twilio_voice", "call_outbound"))
    assert (event.conversation, event.content.call.inbound, event.standby) == (CUSTOMER, False, True)


def test_callers_without_a_number_are_not_one_person(asked: Ask) -> None:
    event = the_event(asked("twilio_voice", "call_anonymous"))
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.EXTERNAL, CALL)


def test_a_key_asks_for_a_call_back(asked: Ask) -> None:
    event = the_event(
        asked("twilio_voice", "call_ringing", {"callback_digit": "1"}, Digits="1", CallStatus="in-progress")
    )
    assert (event.content.call.status, event.standby) == (CallStatus.CALLBACK_REQUESTED, False)


def test_a_recording_that_is_not_ready_is_no_news(asked: Ask) -> None:
    assert parse(asked("twilio_voice", "recording_status", RecordingStatus="in-progress", RecordingUrl="")) == ()
    assert parse(asked("twilio_voice", "recording_status", RecordingStatus="absent")) == ()


def twiml(webhook: Webhook) -> ET.Element:
    answer = CHANNELS[webhook.account.channel].answer(webhook, [])
    assert (answer.status, answer.media_type) == (200, "text/xml; charset=utf-8")
    return ET.fromstring(answer.body)


def test_messages_are_answered_with_nothing(asked: Ask) -> None:
    assert len(twiml(asked("twilio_sms", "sms"))) == 0
    assert len(twiml(asked("twilio_voice", "call_ringing"))) == 0


def test_a_caller_is_greeted_and_recorded_once(asked: Ask) -> None:
    options = {"greeting": "Ann & Co <closed>", "language": "ja-JP", "callback_digit": "1", "transcribe": "yes"}
    gather, record = twiml(asked("twilio_voice", "call_ringing", options))
    assert (gather.tag, record.tag) == ("Gather", "Record")
    assert gather[0].text == "Ann & Co <closed>"
    assert gather[0].get("language") == "ja-JP"
    own = URL + "?caller=%2B14017122661"
    assert {record.get("action"), record.get("transcribeCallback"), gather.get("action")} == {own}
    assert len(twiml(asked("twilio_voice", "recording_action", options))) == 0
    assert len(twiml(asked("twilio_voice", "call_completed", options))) == 0


def test_files_are_fetched_with_the_accounts_own_name_and_from_twilio_only(asked: Ask) -> None:
    picture = the_event(asked("twilio_sms", "mms")).content.attachments[0]
    fetch = CHANNELS["twilio_sms"].media
    account = MediaAccount("+1", {}, "http://127.0.0.1:9/twilio_sms", {"auth_token": "tok"})
    request = fetch(picture, account)
    assert request.url.startswith(f"http://127.0.0.1:9/twilio_sms/2010-04-01/Accounts/{ACCOUNT_SID}/")
    assert request.headers == {"Authorization": "Basic " + base64.b64encode(f"{ACCOUNT_SID}:tok".encode()).decode()}
    foreign = picture.model_copy(update={"url": "https://api.twilio.com.evil.example/Accounts/AC/x"})
    assert fetch(foreign, account).headers == {}
    assert fetch(picture, MediaAccount("+1", {}, "http://x", {})) is None
