"""Twilio's renderer against the miniature Twilio: accepted, refused, throttled."""

from datetime import timedelta

import pytest
from channel_values import PHONE, outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.twilio import TWILIO_SMS, TWILIO_WHATSAPP
from notifier.domain.choose_path import Method

SID = "AC0123456789abcdef0123456789abcdef"
ACCOUNT = sender(external_id="+15557654321", options={"account_sid": SID}, secrets={"auth_token": ("tok",)})


async def test_messages_arrive() -> None:
    async with talking(TWILIO_SMS) as talk:
        picture = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg")
        content = Content(kind=ContentKind.IMAGE, text="あ" * 1700, attachments=(picture,))
        first, second = await talk.send(outgoing(content, PHONE, Method.PUSH), ACCOUNT)
        assert first.ids[0].startswith("MM")
        assert second.ids[0].startswith("SM")
        shown = await talk.visible()
        assert "".join(one["text"] for one in shown) == "あ" * 1700
        assert {one["recipient"] for one in shown} == {PHONE.value}


async def test_whatsapp_and_its_templates() -> None:
    async with talking(TWILIO_WHATSAPP) as talk:
        await talk.send(outgoing(text("はい"), PHONE, Method.FREE_FORM), ACCOUNT)
        (filled,) = await talk.send(outgoing(text("はい"), PHONE, Method.TEMPLATE, template="HX1"), ACCOUNT)
        assert filled.code == "accepted"
        assert [one["recipient"] for one in await talk.visible()] == ["whatsapp:" + PHONE.value] * 2


async def test_choices_of_the_accounts_template() -> None:
    async with talking(TWILIO_WHATSAPP) as talk:
        options = {"account_sid": SID, "choices_1": "HX0123456789abcdef0123456789abcdef"}
        account = sender(external_id="+15557654321", options=options, secrets={"auth_token": ("tok",)})
        asked = text("どれ?", quick_replies=(QuickReply(label="はい"),))
        (outcome,) = await talk.send(outgoing(asked, PHONE, Method.FREE_FORM), account)
        (seen,) = await talk.visible()
        assert outcome.code == "accepted"
        assert seen["content"]["ContentVariables"] == ['{"1":"どれ?","2":"はい","3":"はい"}']


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("+15005550001", "permanent:twilio_21211"),
        ("+15005550003", "permanent:twilio_21408"),
        ("+15005550004", "recipient_gone"),
        ("+15005550009", "permanent:twilio_21614"),
    ],
)
async def test_numbers_that_refuse(number: str, code: str) -> None:
    async with talking(TWILIO_SMS) as talk:
        to = Address(kind=AddressKind.PHONE, value=number)
        (found,) = await talk.send(outgoing(text("a"), to, Method.PUSH), ACCOUNT)
        assert found.code == code
        assert await talk.visible() == []


async def test_faults_and_wrong_credentials() -> None:
    async with talking(TWILIO_SMS) as talk:
        await talk.fault(status=429, retry_after=7)
        (slow,) = await talk.send(outgoing(text("a"), PHONE, Method.PUSH), ACCOUNT)
        assert (slow.code, slow.retry_after) == ("throttled", timedelta(seconds=7))
        await talk.fault(status=502, body="<html>")
        (doubt,) = await talk.send(outgoing(text("a"), PHONE, Method.PUSH), ACCOUNT)
        assert doubt.code == "ambiguous"
        nobody = sender(external_id="+1555", options={"account_sid": "AC"}, secrets={"auth_token": ("",)})
        (wrong,) = await talk.send(outgoing(text("a"), PHONE, Method.PUSH), nobody)
        assert wrong.code == "channel_broken"
