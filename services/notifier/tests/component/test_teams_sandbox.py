"""The Teams renderer against the miniature connector: the token first, then the activity."""

from channel_values import NOW, outgoing, sender, text
from sandbox_talk import talking

from contracts.values import Address, AddressKind
from notifier.channels.provider import AccessToken, Sender
from notifier.channels.teams import TEAMS
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Outcome

PERSON = Address(kind=AddressKind.TEAMS_USER, value="29:1XJ")
TOKEN_OF_YESTERDAY = AccessToken("old", NOW)
PLACE = "19:253e@thread.tacv2;messageid=1481567603816"


async def test_an_answer_arrives_with_a_granted_token() -> None:
    async with talking(TEAMS) as talk:
        account = sender(external_id="app", secrets={"app_password": ("x",)}, options={"service_hosts": "127.0.0.1"})
        thread = {"service_url": f"{talk.url}/teams/amer/", "conversation": PLACE}
        message = outgoing(text("承知しました"), PERSON, Method.PUSH, thread=thread)
        (early,) = await talk.send(message, account.with_token(TOKEN_OF_YESTERDAY))
        assert early.detail == "token_expired"
        granted = await talk.granted(account)
        assert isinstance(granted, Sender)
        (sent,) = await talk.send(message, granted)
        assert sent.ids[0].startswith(f"{PLACE}:")
        (seen,) = await talk.visible()
        assert (seen["recipient"], seen["text"]) == (PLACE, "承知しました")
        await talk.fault(status=403)
        (gone,) = await talk.send(message, granted)
        assert gone.code == "recipient_gone"


async def test_wrong_credentials_break_the_channel() -> None:
    async with talking(TEAMS) as talk:
        await talk.fault(status=401)
        refused = await talk.granted(sender(external_id="app", secrets={"app_password": ("x",)}))
        assert isinstance(refused, Outcome)
        assert refused.code == "channel_broken"
