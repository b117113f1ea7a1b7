"""X's renderer against the miniature X: private, public, refused."""

from channel_values import outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind
from notifier.channels.x import X
from notifier.domain.choose_path import Method

PERSON = Address(kind=AddressKind.X_USER, value="3001969357")
ACCOUNT = sender(secrets=dict.fromkeys(X.secrets, ("s",)))


async def test_messages_and_posts_arrive() -> None:
    async with talking(X) as talk:
        (private,) = await talk.send(outgoing(text("返金します"), PERSON, Method.PUSH), ACCOUNT)
        public = await talk.send(
            outgoing(text("こちらです。" * 30), PERSON, Method.PUSH, thread={"post": "7"}), ACCOUNT
        )
        assert [one.code for one in (private, *public)] == ["accepted"] * 3
        seen = await talk.visible()
        assert [one["recipient"] for one in seen] == ["3001969357", "public", "public"]
        assert [one["provider_id"] for one in seen] == [one.ids[0] for one in (private, *public)]
        await talk.fault(status=403)
        (closed,) = await talk.send(outgoing(text("hi"), PERSON, Method.PUSH), ACCOUNT)
        assert closed.code == "recipient_gone"
