"""Buttons and lists of LINE and WhatsApp against their miniature providers, which check them as the providers do."""

from dataclasses import replace
from uuid import UUID

from channel_values import PHONE, USER, outgoing, sender, text
from sandbox_talk import talking

from contracts.values import QuickReply
from notifier.channels.line import LINE
from notifier.channels.whatsapp import WHATSAPP
from notifier.domain.choose_path import Method


def choices(count: int) -> tuple[QuickReply, ...]:
    return tuple(QuickReply(label=f"選択肢 {n}", payload=f"choice-{n}") for n in range(count))


async def test_line_takes_thirteen_buttons() -> None:
    async with talking(LINE) as talk:
        for count in (1, 13, 14):
            asked = outgoing(text("どれ?", quick_replies=choices(count)), USER, Method.PUSH)
            (outcome,) = await talk.send(replace(asked, key=UUID(int=count)), sender())
            assert outcome.code == "accepted"
        assert [len(one["content"].get("quickReply", {}).get("items", ())) for one in await talk.visible()] == [
            1,
            13,
            0,
        ]


async def test_whatsapp_takes_buttons_and_lists() -> None:
    async with talking(WHATSAPP) as talk:
        for count in (3, 10, 11):
            asked = outgoing(text("どれ?", quick_replies=choices(count)), PHONE, Method.FREE_FORM)
            (outcome,) = await talk.send(asked, sender())
            assert outcome.code == "accepted"
        seen = await talk.visible()
        assert [one["kind"] for one in seen] == ["interactive", "interactive", "text"]
        assert [one["content"].get("type") for one in seen] == ["button", "list", None]
