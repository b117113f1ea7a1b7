"""Slack's renderer against the miniature Slack: accepted, refused, throttled."""

from datetime import timedelta

from channel_values import outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind, Content, ContentKind, QuickReply
from notifier.channels.slack import SLACK
from notifier.domain.choose_path import Method

PERSON = Address(kind=AddressKind.SLACK_USER, value="U2147483697")
ACCOUNT = sender(secrets={"bot_token": ("xoxb-1",)})
THREAD = {"channel": "C123ABC456", "thread_ts": "1515449522.000016"}


async def test_messages_arrive_and_are_named_as_ingest_names_them() -> None:
    async with talking(SLACK) as talk:
        content = Content(kind=ContentKind.TEXT, text="返金は可能ですか", quick_replies=(QuickReply(label="はい"),))
        (posted,) = await talk.send(outgoing(content, PERSON, Method.PUSH, thread=THREAD), ACCOUNT)
        (direct,) = await talk.send(outgoing(text("hi"), PERSON, Method.PUSH), ACCOUNT)
        assert posted.ids[0].startswith("C123ABC456:")
        assert direct.ids[0].startswith("D2147483697:")
        first, second = await talk.visible()
        assert (first["recipient"], first["text"], second["recipient"]) == (
            "C123ABC456",
            "返金は可能ですか",
            "U2147483697",
        )


async def test_refusals() -> None:
    async with talking(SLACK) as talk:
        (wrong,) = await talk.send(
            outgoing(text("hi"), PERSON, Method.PUSH), sender(secrets={"bot_token": ("nonsense",)})
        )
        assert wrong.code == "channel_broken"
        await talk.fault(status=429, retry_after=30)
        (slow,) = await talk.send(outgoing(text("hi"), PERSON, Method.PUSH), ACCOUNT)
        assert (slow.code, slow.retry_after) == ("throttled", timedelta(seconds=30))
        assert await talk.visible() == []
