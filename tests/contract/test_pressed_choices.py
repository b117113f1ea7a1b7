"""What notifier offers, a person presses in the provider's program, and ingest reads: the payload comes back as it was given."""

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given, settings
from hypothesis import strategies as st

import ingest.channels
import notifier.channels.table
from contracts.config import ChannelAccount
from contracts.inbound import MessageReceived
from contracts.values import Address, AddressKind, Author, AuthorKind, Content, ContentKind, QuickReply
from ingest.domain.webhook import Webhook
from notifier.channels.provider import Outgoing, ProviderRequest, Sender
from notifier.domain.choose_path import Method
from runtime.testing.clock import ManualClock
from sandbox.app import create_app
from sandbox.settings import SandboxSettings

NOW = datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
ACCOUNT = Sender("main", "4711", {}, {"access_token": ("t",), "bot_token": ("t",)})
Json = dict[str, Any]
LABELS = st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=12)
CHOICES = st.lists(
    st.builds(QuickReply, label=LABELS, payload=LABELS), min_size=1, max_size=3, unique_by=lambda c: c.payload
)


def line(seen: Json) -> Iterator[Json]:
    for item in seen["quickReply"]["items"]:
        source = {"type": "user", "userId": "U1"}
        event = {"type": "postback", "mode": "active", "timestamp": 1, "source": source, "webhookEventId": "e"}
        yield {"destination": "4711", "events": [{**event, "postback": {"data": item["action"]["data"]}}]}


def whatsapp(seen: Json) -> Iterator[Json]:
    for button in seen["action"]["buttons"]:
        pressed = {"type": "button_reply", "button_reply": button["reply"]}
        message = {
            "from": "819012345678",
            "id": "wamid.1",
            "timestamp": "1",
            "type": "interactive",
            "interactive": pressed,
        }
        value = {"messaging_product": "whatsapp", "metadata": {"phone_number_id": "4711"}, "messages": [message]}
        yield {"object": "whatsapp_business_account", "entry": [{"changes": [{"field": "messages", "value": value}]}]}


def messenger(seen: Json) -> Iterator[Json]:
    for one in seen["quick_replies"]:
        message = {"mid": "m1", "text": one["title"], "quick_reply": {"payload": one["payload"]}}
        said = {"sender": {"id": "17"}, "recipient": {"id": "4711"}, "timestamp": 1, "message": message}
        yield {"object": "page", "entry": [{"id": "4711", "time": 1, "messaging": [said]}]}


def telegram(seen: Json) -> Iterator[Json]:
    chat = {"id": 17, "type": "private", "first_name": "A"}
    for (button,) in seen["reply_markup"]["inline_keyboard"]:
        shown = {"message_id": 5, "date": 1, "chat": chat, "text": seen["text"], "reply_markup": seen["reply_markup"]}
        person = {"id": 17, "is_bot": False, "first_name": "A"}
        pressed = {"id": "1", "from": person, "message": shown, "chat_instance": "1", "data": button["callback_data"]}
        yield {"update_id": 1, "callback_query": pressed}


def slack(seen: Json) -> Iterator[Json]:
    for action in seen["blocks"][-1]["elements"]:
        person, place = {"id": "U17", "team_id": "4711"}, {"id": "C9"}
        about = {"type": "block_actions", "team": {"id": "4711"}, "user": person, "channel": place, "trigger_id": "1"}
        message = {"type": "message", "text": seen["text"], "ts": "1548261231.000200"}
        about["container"] = {"type": "message", "message_ts": message["ts"], "channel_id": "C9"}
        yield {**about, "message": message, "actions": [{**action, "block_id": "b", "action_ts": "1548426417.840180"}]}


def discord(seen: Json) -> Iterator[Json]:
    for row in seen["components"]:
        for button in row["components"]:
            data = {"custom_id": button["custom_id"], "component_type": 2}
            message = {"id": "5", "channel_id": "9", "content": seen["content"], "components": seen["components"]}
            about = {"id": "6", "application_id": "4711", "channel_id": "9", "type": 3, "token": "t", "version": 1}
            yield {**about, "user": {"id": "17", "username": "a"}, "data": data, "message": message}


PRESSED: dict[str, tuple[AddressKind, Method, Callable[[Json], Iterator[Json]]]] = {
    "line": (AddressKind.LINE_USER, Method.PUSH, line),
    "whatsapp": (AddressKind.PHONE, Method.FREE_FORM, whatsapp),
    "messenger": (AddressKind.MESSENGER_USER, Method.FREE_FORM, messenger),
    "telegram": (AddressKind.TELEGRAM_CHAT, Method.PUSH, telegram),
    "slack": (AddressKind.SLACK_USER, Method.PUSH, slack),
    "discord": (AddressKind.DISCORD_USER, Method.PUSH, discord),
}


def offered(channel: str, choices: list[QuickReply]) -> tuple[ProviderRequest, ...]:
    kind, method, _ = PRESSED[channel]
    tokens = {"slack": "xoxb-1", "telegram": "1:A"}
    account = Sender("main", "4711", {}, {**ACCOUNT.secrets, "bot_token": (tokens.get(channel, "t"),)})
    message = Outgoing(
        message_id=UUID(int=1),
        case_id=UUID(int=2),
        conversation_id=UUID(int=3),
        key=UUID(int=4),
        author=Author(kind=AuthorKind.AGENT, id="sato"),
        content=Content(kind=ContentKind.TEXT, text="どれ?", quick_replies=tuple(choices)),
        address=Address(kind=kind, value="819012345678" if kind is AddressKind.PHONE else "17"),
        method=method,
        requested_at=NOW,
        now=NOW,
        thread={"channel": "9"} if channel == "discord" else {"channel": "C9"} if channel == "slack" else {},
    )
    rendered = notifier.channels.table.CHANNELS[channel].render(message, account)
    assert isinstance(rendered, tuple), rendered
    return rendered


@pytest.fixture(scope="module")
def miniature() -> Iterator[FastAPI]:
    app = create_app(SandboxSettings(stack="embedded"), ManualClock(NOW))
    yield app
    asyncio.run(app.state.sandbox.http.aclose())


async def shown(miniature: FastAPI, channel: str, requests: tuple[ProviderRequest, ...]) -> Json:
    """What the miniature provider shows the person."""
    base = urlsplit(notifier.channels.table.CHANNELS[channel].capability.base_url).path
    async with httpx.AsyncClient(transport=httpx.ASGITransport(miniature), base_url="http://127.0.0.1") as client:
        await client.post("/_control/reset")
        for one in requests:
            answer = await client.post(f"/{channel}{base}{one.url}", content=one.body, headers=dict(one.headers))
            assert answer.status_code == 200, answer.text
        visible = await client.get(f"/_control/visible?provider={channel}")
    (seen,) = visible.json()["items"]
    content: Json = seen["content"]
    return content


def heard(channel: str, body: Json) -> str | None:
    """The payload that ingest reads."""
    account = ChannelAccount(id="main", channel=channel, external_id="4711")
    raw, headers = json.dumps(body).encode(), {"content-type": "application/json"}
    if channel == "slack":
        raw, headers = urlencode({"payload": raw}).encode(), {"content-type": "application/x-www-form-urlencoded"}
    found = ingest.channels.CHANNELS[channel].parse(Webhook("acme", account, headers, raw, NOW), {"4711": "main"}.get)
    (event,) = [draft.event for draft in found]
    assert isinstance(event, MessageReceived)
    assert event.content.kind is ContentKind.POSTBACK or channel == "messenger"
    return event.content.payload


@pytest.mark.parametrize("channel", PRESSED)
@settings(max_examples=15, deadline=None)
@given(choices=CHOICES)
def test_a_pressed_choice_comes_back_as_it_was_given(
    miniature: FastAPI, channel: str, choices: list[QuickReply]
) -> None:
    seen = asyncio.run(shown(miniature, channel, offered(channel, choices)))
    assert [heard(channel, body) for body in PRESSED[channel][2](seen)] == [choice.payload for choice in choices]
