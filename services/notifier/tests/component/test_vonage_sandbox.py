"""Vonage's renderer against the miniature Vonage."""

import pytest
from channel_values import PHONE, outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind
from notifier.channels.vonage_sms import VONAGE_SMS
from notifier.domain.choose_path import Method

ACCOUNT = sender(external_id="447700900000", options={"api_key": "abcd1234"}, secrets={"api_secret": ("s",)})


async def test_a_long_text_arrives_whole_and_every_segment_has_its_id() -> None:
    async with talking(VONAGE_SMS) as talk:
        outcomes = await talk.send(outgoing(text("サーバーが" * 180), PHONE, Method.PUSH), ACCOUNT)
        assert [one.code for one in outcomes] == ["accepted", "accepted"]
        assert len({provider_id for one in outcomes for provider_id in one.ids}) == 14
        assert "".join(one["text"] for one in await talk.visible()) == "サーバーが" * 180


@pytest.mark.parametrize(("number", "code"), [("+15005550004", "recipient_gone"), ("+12", "permanent:vonage_3")])
async def test_refusals(number: str, code: str) -> None:
    async with talking(VONAGE_SMS) as talk:
        to = Address(kind=AddressKind.PHONE, value=number)
        (found,) = await talk.send(outgoing(text("a"), to, Method.PUSH), ACCOUNT)
        assert found.code == code


async def test_faults() -> None:
    async with talking(VONAGE_SMS) as talk:
        await talk.fault(status=200, code=1)
        (slow,) = await talk.send(outgoing(text("a"), PHONE, Method.PUSH), ACCOUNT)
        nobody = sender(external_id="1", options={"api_key": "short"}, secrets={"api_secret": ("s",)})
        (wrong,) = await talk.send(outgoing(text("a"), PHONE, Method.PUSH), nobody)
        assert (slow.code, wrong.code) == ("throttled", "channel_broken")
        assert await talk.visible() == []
