"""Kakao's renderer against the miniature Kakao: once through the callback, later by an event."""

from channel_values import outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind
from notifier.channels.kakao import KAKAO
from notifier.domain.choose_path import Method

USER = Address(kind=AddressKind.KAKAO_USER, value="74f7")
OPTIONS = {"event": "answer", "callback_hosts": "127.0.0.1"}


async def test_a_callback_works_once() -> None:
    async with talking(KAKAO) as talk:
        account = sender(external_id="5c7c", secrets={"rest_api_key": ("k",)}, options=OPTIONS)
        callback = f"{talk.url}/kakao/v1/bots/5c7c/callback/t1"
        message = outgoing(text("네"), USER, Method.REPLY, reply_token=callback)
        (first,) = await talk.send(message, account)
        (again,) = await talk.send(message, account)
        assert (first.code, again.code) == ("accepted", "reply_token_invalid")
        (later,) = await talk.send(outgoing(text("환불했습니다"), USER, Method.PUSH), account)
        assert later.code == "accepted"
        assert [seen["text"] for seen in await talk.visible()] == ["네", "환불했습니다"]
        await talk.fault(status=500)
        (open_,) = await talk.send(outgoing(text("?"), USER, Method.PUSH), account)
        assert open_.code == "ambiguous"
