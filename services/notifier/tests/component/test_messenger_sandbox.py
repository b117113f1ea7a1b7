"""The renderer of Messenger and Instagram against the miniature Send API: accepted, refused, throttled."""

import pytest
from channel_values import outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.instagram import INSTAGRAM
from notifier.channels.messenger import MESSENGER
from notifier.channels.provider import Channel
from notifier.domain.choose_path import Method

PSID = Address(kind=AddressKind.MESSENGER_USER, value="25745921838397210")
IGSID = Address(kind=AddressKind.INSTAGRAM_USER, value="6017042031674321")
BOTH = pytest.mark.parametrize(("channel", "person"), [(MESSENGER, PSID), (INSTAGRAM, IGSID)])


@BOTH
async def test_messages_arrive(channel: Channel, person: Address) -> None:
    async with talking(channel) as talk:
        asked = text("よろしいですか?", quick_replies=(QuickReply(label="はい", payload="YES"),))
        (first,) = await talk.send(outgoing(asked, person, Method.FREE_FORM), sender())
        picture = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg")
        pictured = Content(kind=ContentKind.IMAGE, text="見て", attachments=(picture,))
        image, words = await talk.send(outgoing(pictured, person, Method.TAGGED), sender())
        long = await talk.send(outgoing(text("あ" * 2500), person, Method.FREE_FORM), sender())
        assert {one.code for one in (first, image, words, *long)} == {"accepted"}
        seen = await talk.visible()
        assert [one["provider_id"] for one in seen] == [
            each for one in (first, image, words, *long) for each in one.ids
        ]
        assert {one["recipient"] for one in seen} == {person.value}
        assert "".join(one["text"] for one in seen[3:]) == "あ" * 2500


@BOTH
@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 10, "window_closed"),
        (400, 551, "recipient_gone"),
        (401, 190, "channel_broken"),
        (429, 613, "throttled"),
        (500, 2, "transient"),
    ],
)
async def test_refusals(channel: Channel, person: Address, status: int, code: int, expected: str) -> None:
    async with talking(channel) as talk:
        await talk.fault(status=status, code=code)
        (outcome,) = await talk.send(outgoing(text("hi"), person, Method.FREE_FORM), sender())
        assert outcome.code == expected
        assert await talk.visible() == []
