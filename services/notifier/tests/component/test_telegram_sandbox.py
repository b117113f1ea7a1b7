"""Telegram's renderer against the miniature Bot API: accepted, refused, throttled."""

from datetime import timedelta

import pytest
from channel_values import outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.telegram import TELEGRAM
from notifier.domain.choose_path import Method

CHAT = Address(kind=AddressKind.TELEGRAM_CHAT, value="1111111")
ACCOUNT = sender(secrets={"bot_token": ("123:ABC",)})


async def test_messages_arrive_and_are_named_as_ingest_names_them() -> None:
    async with talking(TELEGRAM) as talk:
        asked = text("よろしいですか?", quick_replies=(QuickReply(label="はい"),))
        (first,) = await talk.send(outgoing(asked, CHAT, Method.PUSH), ACCOUNT)
        picture = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg")
        pictured = Content(kind=ContentKind.IMAGE, text="見て", attachments=(picture,))
        (second,) = await talk.send(outgoing(pictured, CHAT, Method.PUSH), ACCOUNT)
        long = await talk.send(outgoing(text("あ" * 5000), CHAT, Method.PUSH), ACCOUNT)
        seen = await talk.visible()
        assert [one["provider_id"] for one in seen] == [each for one in (first, second, *long) for each in one.ids]
        assert [one["text"] for one in seen[:2]] == ["よろしいですか?", "見て"]
        assert all(one["provider_id"].startswith("1111111:") for one in seen)


@pytest.mark.parametrize(
    ("status", "expected"),
    [(403, "recipient_gone"), (400, "recipient_gone"), (401, "channel_broken"), (429, "throttled"), (500, "ambiguous")],
)
async def test_refusals(status: int, expected: str) -> None:
    async with talking(TELEGRAM) as talk:
        await talk.fault(status=status, retry_after=30 if status == 429 else None)
        (outcome,) = await talk.send(outgoing(text("hi"), CHAT, Method.PUSH), ACCOUNT)
        assert outcome.code == expected
        assert outcome.retry_after == (timedelta(seconds=30) if status == 429 else None)
        assert await talk.visible() == []


async def test_a_wrong_token_breaks_the_channel() -> None:
    async with talking(TELEGRAM) as talk:
        (outcome,) = await talk.send(outgoing(text("hi"), CHAT, Method.PUSH), sender(secrets={"bot_token": ("x",)}))
        assert outcome.code == "channel_broken"


async def test_a_file_travels_along() -> None:
    async with talking(TELEGRAM) as talk:
        file = Attachment(
            kind=ContentKind.FILE, object_key="files/acme/a/b", file_name="a.docx", mime="application/msword"
        )
        content = Content(
            kind=ContentKind.FILE, text="どうぞ", attachments=(file,), quick_replies=(QuickReply(label="はい"),)
        )
        given = outgoing(content, CHAT, Method.PUSH, files={"files/acme/a/b": b"doc"})
        (outcome,) = await talk.send(given, ACCOUNT)
        (seen,) = await talk.visible()
        assert (outcome.ids, seen["kind"], seen["text"]) == ((seen["provider_id"],), "sendDocument", "どうぞ")
        assert seen["content"]["document"] == "a.docx"
