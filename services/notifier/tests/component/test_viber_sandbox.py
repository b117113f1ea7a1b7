"""Viber's renderer against the miniature Viber: accepted, refused, throttled."""

import pytest
from channel_values import outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind, QuickReply
from notifier.channels.viber import VIBER
from notifier.domain.choose_path import Method

PERSON = Address(kind=AddressKind.VIBER_USER, value="01234567890A=")
ACCOUNT = sender(secrets={"auth_token": ("445da6az1s345z78",)})


async def test_messages_arrive() -> None:
    async with talking(VIBER) as talk:
        asked = text("あ" * 7000 + "よろしいですか?", quick_replies=(QuickReply(label="はい"),))
        first, second = await talk.send(outgoing(asked, PERSON, Method.PUSH), ACCOUNT)
        seen = await talk.visible()
        assert [one["provider_id"] for one in seen] == [*first.ids, *second.ids]
        assert "".join(one["text"] for one in seen) == asked.text
        assert [("keyboard" in one["content"]) for one in seen] == [False, True]


@pytest.mark.parametrize(
    ("code", "expected"), [(2, "channel_broken"), (6, "recipient_gone"), (12, "throttled"), (3, "permanent:viber_3")]
)
async def test_refusals(code: int, expected: str) -> None:
    async with talking(VIBER) as talk:
        await talk.fault(status=200, code=code)
        (outcome,) = await talk.send(outgoing(text("hi"), PERSON, Method.PUSH), ACCOUNT)
        assert outcome.code == expected
        assert await talk.visible() == []
