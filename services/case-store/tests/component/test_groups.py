"""What is said in a group of any channel is the group's: nobody's words end in another customer's case."""

from typing import Any

import pytest

from contracts.config import ChannelAccount
from contracts.inbound import MessageReceived
from contracts.outbound import SendRequested
from contracts.values import Address, AddressKind, Contact

pytestmark = pytest.mark.integration
GROUPS = (
    ("whatsapp", AddressKind.PHONE, "+8190", "+8180", "group-1", {"group_id": "group-1"}, "whatsapp_group"),
    ("telegram", AddressKind.TELEGRAM_CHAT, "77", "78", "-1001:5", {"chat_id": "-1001"}, "telegram_chat"),
    ("slack", AddressKind.SLACK_USER, "U1", "U2", "C1:17.1", {"channel": "C1", "thread_ts": "17.1"}, "slack_channel"),
    ("discord", AddressKind.DISCORD_USER, "1", "2", "900", {"channel": "900", "guild": "7"}, "discord_channel"),
    ("teams", AddressKind.TEAMS_USER, "29:a", "29:b", "19:x@thread.v2", {}, "teams_conversation"),
)


@pytest.mark.parametrize(("channel", "kind", "one", "other", "place", "thread", "group_kind"), GROUPS)
async def test_members_share_the_groups_case_and_keep_their_own(
    house: Any,
    channel: str,
    kind: AddressKind,
    one: str,
    other: str,
    place: str,
    thread: dict[str, str],
    group_kind: str,
) -> None:
    account = f"{channel}-acc"
    accounts = (ChannelAccount(id=account, channel=channel),)
    house.configs.accept(house.tenant_config("acme", revision=2, channel_accounts=accounts))

    def said(person: str, conversation: str, told: dict[str, str]) -> MessageReceived:
        contact = Contact(address=Address(kind=kind, value=person), display_name=person)
        stated = {"channel": channel, "account": account, "contact": contact, "reply_handle": None, "thread": told}
        message: MessageReceived = house.line_message(conversation, **stated)
        return message

    personal = await house.open_case(said(one, one, {}))
    shared = await house.open_case(said(one, place, thread))
    assert shared != personal
    assert await house.open_case(said(other, place, thread)) == shared
    elsewhere = await house.open_case(said(other, other, {}))
    assert len({personal, shared, elsewhere}) == 3
    rows = await house.fetch("SELECT kind, display_name FROM customer ORDER BY kind, display_name")
    assert {tuple(row) for row in rows} == {("group", None), ("person", one), ("person", other)}
    speakers = await house.fetch("SELECT author_name FROM message WHERE case_id = $1 ORDER BY seq", shared)
    assert [row["author_name"] for row in speakers] == [one, other]
    await house.emitted()
    assert (await house.reply(shared)).status_code == 201
    (sent,) = await house.emitted(SendRequested)
    assert [(path.address.kind, path.address.value) for path in sent.paths] == [(group_kind, place)]
    assert sent.paths[0].thread == thread
