"""What an agent writes is what a person reads: rendered, taken by the miniature provider over HTTP, read there, joined again."""

import asyncio
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from channel_values import PHONE, USER, outgoing, sender, text
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st
from sandbox_talk import Talk, talking_within

from contracts.values import Address, AddressKind
from notifier.channels.provider import Outgoing, Sender
from notifier.channels.table import CHANNELS
from notifier.domain.choose_path import Method
from runtime.clock import SystemClock
from sandbox.app import create_app
from sandbox.settings import SandboxSettings

PEOPLE = {
    "discord": AddressKind.DISCORD_USER,
    "instagram": AddressKind.INSTAGRAM_USER,
    "messenger": AddressKind.MESSENGER_USER,
    "slack": AddressKind.SLACK_USER,
    "teams": AddressKind.TEAMS_USER,
    "telegram": AddressKind.TELEGRAM_CHAT,
    "viber": AddressKind.VIBER_USER,
    "wechat": AddressKind.WECHAT_USER,
    "x": AddressKind.X_USER,
}
MAIL = ("mailgun", "postmark", "sendgrid")
WRITABLE = [*PEOPLE, *MAIL, "line", "whatsapp", "twilio_sms", "twilio_whatsapp", "vonage_sms"]
FREE_FORM = ("whatsapp", "twilio_whatsapp", "messenger", "instagram", "wechat")
ALPHABET = st.sampled_from(
    [*"ab .\n,あ。、漢ーかแก็ำ", "<b>&amp;", "👨‍👩‍👧", "🇯🇵", "e\u0301", "@everyone", "*", "[x](y)", '"']
)
WORDS = st.lists(ALPHABET, min_size=1, max_size=12).map("".join)
TEXTS = st.tuples(WORDS, st.integers(1, 400)).map(lambda one: f"私{one[0] * one[1]}.")
"""Up to some 20,000 characters: several messages anywhere."""


def address(channel: str) -> Address:
    if channel == "line":
        return USER
    if channel in MAIL:
        return Address(kind=AddressKind.EMAIL, value="jo@example.com")
    return Address(kind=PEOPLE[channel], value="17") if channel in PEOPLE else PHONE


def written(channel: str, words: str, talk: Talk) -> Outgoing:
    thread = {"channel": "C9", "service_url": f"{talk.url}/teams/amer/", "conversation": "19:abc"}
    return outgoing(
        text(words), address(channel), Method.FREE_FORM if channel in FREE_FORM else Method.PUSH, thread=thread
    )


async def account(talk: Talk) -> Sender:
    names = ("access_token", "app_password", "app_secret", "auth_token", "api_secret", "api_key", "server_token")
    secrets = {**dict.fromkeys(names, ("secret",)), "bot_token": ("xoxb-1" if talk.name == "slack" else "1:A",)}
    options = {"account_sid": "AC1", "api_key": "abcd1234", "service_hosts": "127.0.0.1"}
    mine = "support@acme.example" if talk.name in MAIL else "15557654321"
    given_one = sender(external_id=mine, options=options, secrets=secrets)
    if talk.channel.grant is None:
        return given_one
    granted = await talk.granted(given_one)
    assert isinstance(granted, Sender)
    return granted


def read(channel: str, seen: list[dict[str, Any]]) -> str:
    """As the person's program shows it: Slack's text is HTML's entities, a body is told beside the message elsewhere."""
    said = "".join(one["text"] for one in seen)
    return unescape(said) if channel == "slack" else said


@pytest.fixture(scope="module")
def miniature() -> Iterator[FastAPI]:
    app = create_app(SandboxSettings(stack="embedded"), SystemClock())
    yield app
    asyncio.run(app.state.sandbox.http.aclose())


@pytest.mark.parametrize("channel", WRITABLE)
@settings(max_examples=8, deadline=None)
@given(texts=st.lists(TEXTS, min_size=1, max_size=3))
def test_what_is_read_is_what_was_written(miniature: FastAPI, channel: str, texts: list[str]) -> None:
    asyncio.run(_there_and_back(miniature, channel, texts))


async def _there_and_back(miniature: FastAPI, channel: str, texts: list[str]) -> None:
    async with talking_within(miniature, CHANNELS[channel]) as talk:
        ready = await account(talk)
        for words in texts:
            await talk.control.post("/_control/reset")
            outcomes = await talk.send(written(channel, words, talk), ready)
            assert {one.code for one in outcomes} == {"accepted"}
            seen = await talk.visible()
            assert read(channel, seen) == words
            if channel not in ("wechat", *MAIL, "vonage_sms"):
                assert [one["provider_id"] for one in seen] == [each for one in outcomes for each in one.ids]
