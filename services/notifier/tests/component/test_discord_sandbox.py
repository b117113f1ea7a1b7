"""Discord's renderer against the miniature Discord: once, again, too fast."""

from datetime import timedelta

from channel_values import outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind
from notifier.channels.discord import DISCORD
from notifier.domain.choose_path import Method

PERSON = Address(kind=AddressKind.DISCORD_USER, value="1")
ACCOUNT = sender(external_id="app1", secrets={"bot_token": ("tok",)})
THREAD = {"channel": "290926798999357250"}


async def test_a_repeated_message_is_seen_once() -> None:
    async with talking(DISCORD) as talk:
        message = outgoing(text("返金しました"), PERSON, Method.PUSH, thread=THREAD)
        first, again = [(await talk.send(message, ACCOUNT))[0] for _ in range(2)]
        assert (first.code, first.ids) == ("accepted", again.ids)
        assert [seen["text"] for seen in await talk.visible()] == ["返金しました"]
        follow_up = outgoing(text("はい"), PERSON, Method.REPLY, reply_token="tok-1")
        assert [one.code for one in await talk.send(follow_up, ACCOUNT)] == ["accepted"]


async def test_refusals() -> None:
    async with talking(DISCORD) as talk:
        message = outgoing(text("hi"), PERSON, Method.PUSH, thread=THREAD)
        await talk.fault(status=429)
        (slow,) = await talk.send(message, ACCOUNT)
        assert (slow.code, slow.retry_after) == ("throttled", timedelta(seconds=1.337))
        await talk.fault(status=403, code=50007)
        assert (await talk.send(message, ACCOUNT))[0].code == "recipient_gone"


async def test_a_file_travels_along() -> None:
    async with talking(DISCORD) as talk:
        file = Attachment(kind=ContentKind.FILE, object_key="files/acme/a/b", file_name="a.pdf", mime="application/pdf")
        content = Content(kind=ContentKind.FILE, attachments=(file,))
        given = outgoing(content, PERSON, Method.PUSH, thread=THREAD, files={"files/acme/a/b": b"%PDF"})
        assert [one.code for one in await talk.send(given, ACCOUNT)] == ["accepted"]
        (seen,) = await talk.visible()
        assert seen["content"]["attachments"] == [{"id": 0, "filename": "a.pdf"}]
