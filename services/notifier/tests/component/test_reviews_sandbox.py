"""Answers to reviews against the miniature shops: proof, answer, replaced answer, refusals."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from channel_values import outgoing, sender, text
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sandbox_talk import talking

from contracts.values import Address, AddressKind
from notifier.channels.app_store import APP_STORE
from notifier.channels.google_play import GOOGLE_PLAY
from notifier.channels.provider import HttpAnswer, Outgoing, Sender
from notifier.domain.choose_path import Method
from notifier.domain.outcome import Outcome

REVIEW = Address(kind=AddressKind.APP_REVIEW, value="gp:1")


def pem(key: Any) -> str:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def now_saying(words: str) -> Outgoing:
    """The shops look at the clock in our token."""
    return replace(outgoing(text(words), REVIEW, Method.PUSH), now=datetime.now(UTC))


async def test_google_play() -> None:
    key = json.dumps({"client_email": "r@example", "private_key": pem(rsa.generate_private_key(65537, 2048))})
    account = sender(external_id="com.example.app", secrets={"service_account": (key,)})
    async with talking(GOOGLE_PLAY) as talk:
        await talk.control.put("/google_play/_reviews/com.example.app", json=[{"reviewId": "gp:1"}])
        assert GOOGLE_PLAY.grant is not None
        question = GOOGLE_PLAY.grant.request(account, datetime.now(UTC))
        assert not isinstance(question, Outcome)
        answer = await talk.http.exchange("google_play", question, None)
        assert isinstance(answer, HttpAnswer)
        token = GOOGLE_PLAY.grant.read(answer, datetime.now(UTC))
        assert not isinstance(token, Outcome)
        ready: Sender = account.with_token(token)
        (first,) = await talk.send(now_saying("ありがとうございます"), ready)
        (second,) = await talk.send(now_saying("ありがとうございました"), ready)
        assert (first.code, first.ids[0][:5], second.code) == ("accepted", "gp:1:", "accepted")
        (gone,) = await talk.send(replace(now_saying("a"), address=Address(kind=REVIEW.kind, value="gp:9")), ready)
        (expired,) = await talk.send(now_saying("a"), account)
        assert (gone.code, expired.code) == ("recipient_gone", "channel_broken")
        assert [one["text"] for one in await talk.visible()] == ["ありがとうございます", "ありがとうございました"]


async def test_the_app_store() -> None:
    p8 = pem(ec.generate_private_key(ec.SECP256R1()))
    account = sender(options={"issuer_id": "i", "key_id": "k"}, secrets={"private_key": (p8,)})
    async with talking(APP_STORE) as talk:
        await talk.control.put("/app_store/_reviews/1", json=[{"id": "gp:1"}])
        (found,) = await talk.send(now_saying("はい"), account)
        assert (found.code, found.ids) == ("accepted", ("response-gp:1",))
        (stale,) = await talk.send(replace(now_saying("はい"), now=datetime(2020, 1, 1, tzinfo=UTC)), account)
        assert stale.code == "channel_broken"
        await talk.fault(status=429, retry_after=60)
        (slow,) = await talk.send(now_saying("はい"), account)
        assert slow.code == "throttled"
