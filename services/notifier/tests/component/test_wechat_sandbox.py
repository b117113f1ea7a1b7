"""WeChat's renderer against the miniature WeChat: the token first, then the message."""

from channel_values import NOW, outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind, Content, ContentKind, QuickReply
from notifier.channels.provider import AccessToken, Sender
from notifier.channels.wechat import WECHAT
from notifier.domain.choose_path import Method

PERSON = Address(kind=AddressKind.WECHAT_USER, value="oIDrpjqASyTPnxRmpS9O_ruZGsfk")


async def test_messages_arrive_with_a_granted_token() -> None:
    async with talking(WECHAT) as talk:
        account = sender(external_id="wx1", secrets={"app_secret": ("x",)})
        message = outgoing(text("您好。" * 700), PERSON, Method.FREE_FORM)
        (early,) = await talk.send(message, account.with_token(AccessToken("old", NOW)))
        assert early.detail == "token_expired"
        granted = await talk.granted(account)
        assert isinstance(granted, Sender)
        assert [one.code for one in await talk.send(message, granted)] == ["accepted"] * 4
        choice = Content(kind=ContentKind.TEXT, text="?", quick_replies=(QuickReply(label="はい"),))
        (menu,) = await talk.send(outgoing(choice, PERSON, Method.FREE_FORM), granted)
        assert menu.code == "accepted"
        assert "".join(seen["text"] for seen in await talk.visible()) == "您好。" * 700 + "?"
        await talk.fault(status=200, code=45015)
        (closed,) = await talk.send(outgoing(text("hi"), PERSON, Method.FREE_FORM), granted)
        assert closed.code == "window_closed"
