"""Files into the miniature providers' stores: bytes first, then the message that names them; and what becomes of refusals."""

from typing import Any

import pytest
from channel_values import PHONE, outgoing, sender
from sandbox_talk import Talk, talking

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind
from notifier.adapters.uploads import Uploads
from notifier.channels.messenger import MESSENGER
from notifier.channels.provider import Channel, Outgoing, Sender
from notifier.channels.slack import SLACK
from notifier.channels.wechat import WECHAT
from notifier.channels.whatsapp import WHATSAPP
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Outcome
from runtime.clock import SystemClock

KEY = "files/acme/ab/abcd"
LINK = "https://files.example/files/t/a.png"
PICTURE = Attachment(kind=ContentKind.IMAGE, object_key=KEY, file_name="a.png", mime="image/png", url=LINK)
CONTENT = Content(kind=ContentKind.IMAGE, text="見て", attachments=(PICTURE,))
BOT = sender(secrets={"bot_token": ("xoxb-1",)})
WECHAT_ACCOUNT = sender(external_id="wx1", secrets={"app_secret": ("s",)})


def message(kind: AddressKind, method: Method = Method.FREE_FORM, **values: Any) -> Outgoing:
    address = PHONE if kind is AddressKind.PHONE else Address(kind=kind, value="1")
    return outgoing(CONTENT, address, method, files={KEY: b"\x89PNG"}, **values)


SLACK_MESSAGE = message(AddressKind.SLACK_USER, Method.PUSH, thread={"channel": "C1", "thread_ts": "17.5"})
CASES = [
    (SLACK, SLACK_MESSAGE, BOT, ["file", "message"]),
    (WHATSAPP, message(AddressKind.PHONE), sender(), ["image"]),
    (MESSENGER, message(AddressKind.MESSENGER_USER), sender(), ["image", "text"]),
    (WECHAT, message(AddressKind.WECHAT_USER), WECHAT_ACCOUNT, ["image", "text"]),
]


async def known(talk: Talk, account: Sender) -> Sender:
    if talk.channel.grant is None:
        return account
    granted = await talk.granted(account)
    assert isinstance(granted, Sender)
    return granted


@pytest.mark.parametrize(("channel", "asked", "account", "kinds"), CASES)
async def test_the_bytes_go_first(channel: Channel, asked: Outgoing, account: Sender, kinds: list[str]) -> None:
    async with talking(channel) as talk:
        outcomes = await talk.send(asked, await known(talk, account))
        assert [one.code for one in outcomes] == ["accepted"] * len(kinds)
        seen = await talk.visible()
        assert [one["kind"] for one in seen] == kinds
        assert LINK not in str(seen)


@pytest.mark.parametrize(("channel", "asked", "account", "kinds"), CASES)
async def test_a_provider_that_is_away_takes_the_file_later(
    channel: Channel, asked: Outgoing, account: Sender, kinds: list[str]
) -> None:
    """Nobody saw anything, so it is no doubt."""
    async with talking(channel) as talk:
        given = await known(talk, account)
        await talk.fault(status=500, body="<html>")
        (outcome,) = await talk.send(asked, given)
        assert outcome.code == "transient"
        assert await talk.visible() == []


async def test_a_file_that_is_refused_goes_as_a_link_but_not_in_the_middle_of_a_message() -> None:
    async with talking(WHATSAPP) as talk:
        asked = message(AddressKind.PHONE)
        await talk.fault(status=400, code=100)
        (outcome,) = await talk.send(asked, sender())
        assert outcome.code == "accepted"
        assert [one["content"]["link"] for one in await talk.visible()] == [LINK]
        await talk.fault(status=400, code=100)
        found = await Uploads(talk.http, SystemClock()).place(WHATSAPP, asked, sender(), begun=True)
        assert isinstance(found, Outcome)
        assert found.code == "permanent:whatsapp_100"


async def test_a_wrong_token_breaks_the_channel_before_any_message() -> None:
    async with talking(SLACK) as talk:
        (outcome,) = await talk.send(SLACK_MESSAGE, sender(secrets={"bot_token": ("nonsense",)}))
        assert outcome.code == "channel_broken"


async def test_slack_is_told_the_place_and_the_names() -> None:
    async with talking(SLACK) as talk:
        await talk.send(SLACK_MESSAGE, BOT)
        seen = (await talk.visible())[0]["content"]
        ((file,), rest) = seen.pop("files"), seen
        assert (file["title"], rest) == ("a.png", {"channel_id": "C1", "thread_ts": "17.5"})
