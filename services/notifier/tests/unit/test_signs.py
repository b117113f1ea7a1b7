"""Typing and read, as each provider wants to be asked. Sources: the channels' sign.py."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from channel_values import NOW, sender, shown
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from contracts.chat import ChatSignal
from contracts.values import Address, AddressKind
from notifier.channels.provider import Sign
from notifier.channels.table import CHANNELS

T, R = ChatSignal.TYPING, ChatSignal.READ
LINE_THREAD = {"message_id": "1", "mark_as_read_token": "mark-1"}
TEAMS_THREAD = {"service_url": "https://smba.trafficmanager.net/amer/", "conversation": "19:x"}
BUSINESS = {"chat_id": "5", "business_connection_id": "biz", "message_id": "77"}
WA = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.1"}
TELEGRAM = {"bot_token": ("1:AB",)}

Case = tuple[str, ChatSignal, AddressKind, dict[str, str], str, Any]
ASKED: list[Case] = [
    ("line", T, AddressKind.LINE_USER, {}, "/v2/bot/chat/loading/start", {"chatId": "P1", "loadingSeconds": 20}),
    ("line", R, AddressKind.LINE_USER, LINE_THREAD, "/v2/bot/chat/markAsRead", {"markAsReadToken": "mark-1"}),
    ("line", R, AddressKind.LINE_GROUP, LINE_THREAD, "/v2/bot/chat/markAsRead", {"markAsReadToken": "mark-1"}),
    ("whatsapp", R, AddressKind.PHONE, {"message_id": "wamid.1"}, "/1234567890/messages", WA),
    (
        "whatsapp",
        T,
        AddressKind.WHATSAPP_BSUID,
        {"message_id": "wamid.1"},
        "/1234567890/messages",
        WA | {"typing_indicator": {"type": "text"}},
    ),
    (
        "messenger",
        T,
        AddressKind.MESSENGER_USER,
        {},
        "/me/messages",
        {"recipient": {"id": "P1"}, "sender_action": "typing_on"},
    ),
    (
        "instagram",
        R,
        AddressKind.INSTAGRAM_USER,
        {},
        "/me/messages",
        {"recipient": {"id": "P1"}, "sender_action": "mark_seen"},
    ),
    (
        "telegram",
        T,
        AddressKind.TELEGRAM_CHAT,
        {"chat_id": "-100", "message_thread_id": "7"},
        "/bot1:AB/sendChatAction",
        {"chat_id": -100, "message_thread_id": 7, "action": "typing"},
    ),
    (
        "telegram",
        R,
        AddressKind.TELEGRAM_CHAT,
        BUSINESS,
        "/bot1:AB/readBusinessMessage",
        {"business_connection_id": "biz", "chat_id": 5, "message_id": 77},
    ),
    (
        "teams",
        T,
        AddressKind.TEAMS_USER,
        TEAMS_THREAD,
        "https://smba.trafficmanager.net/amer/v3/conversations/19%3Ax/activities",
        {"type": "typing"},
    ),
    (
        "wechat",
        T,
        AddressKind.WECHAT_USER,
        {},
        "/cgi-bin/message/custom/typing?access_token=tok-new",
        {"touser": "P1", "command": "Typing"},
    ),
]


def asked(channel: str, signal: ChatSignal, kind: AddressKind, thread: dict[str, str], **account: Any) -> Any:
    row = CHANNELS[channel]
    assert row.sign is not None
    return row.sign(Sign(signal, Address(kind=kind, value="P1"), NOW, thread), sender(**account))


@pytest.mark.parametrize(("channel", "signal", "kind", "thread", "url", "body"), ASKED)
def test_a_sign_is_one_request(channel: str, signal: ChatSignal, kind: AddressKind, thread: Any, url: str, body: Any):
    account = {"secrets": TELEGRAM} if channel == "telegram" else {}
    method, where, headers, said = shown(asked(channel, signal, kind, thread, **account))
    assert (method, where, said) == ("POST", url, body)
    assert headers["Content-Type"].startswith("application/json")


def test_discord_wants_no_body() -> None:
    request = asked("discord", T, AddressKind.DISCORD_USER, {"channel": "9"}, secrets={"bot_token": ("b",)})
    assert (request.url, request.body, request.headers) == ("/channels/9/typing", b"", {"Authorization": "Bot b"})


SID = "SM" + "0a" * 16


def test_twilio_is_asked_as_its_sdk_asks() -> None:
    account = {"options": {"account_sid": "AC1"}, "secrets": {"auth_token": ("tok",)}}
    request = asked("twilio_whatsapp", T, AddressKind.PHONE, {"message_id": SID}, **account)
    assert (request.url, parse_qs(request.body.decode())) == (
        "/v2/Indicators/Typing.json",
        {"messageId": [SID], "channel": ["whatsapp"]},
    )
    recorder = Recorder()
    Client("AC1", "tok", http_client=recorder).messaging.v2.typing_indicator.create(channel="whatsapp", message_id=SID)
    ((method, url, data),) = recorder.sent
    assert (method, url, data) == (
        request.method,
        "https://messaging.twilio.com" + request.url,
        {"messageId": SID, "channel": "whatsapp"},
    )
    for thread, signal in (({}, T), ({"message_id": "wamid.1"}, T), ({"message_id": SID}, R)):
        assert asked("twilio_whatsapp", signal, AddressKind.PHONE, thread, **account) is None


class Recorder(HttpClient):
    """What the SDK would send."""

    def __init__(self) -> None:
        super().__init__(None, False, None)
        self.sent: list[tuple[str, str, Any]] = []

    def request(self, method: str, url: str, params: Any = None, data: Any = None, *rest: Any, **more: Any) -> Response:
        self.sent.append((method, url, data))
        return Response(202, '{"success": true}')


@pytest.mark.parametrize(
    ("signal", "path", "query"),
    [
        (T, "/1.1/direct_messages/indicate_typing.json", {"recipient_id": ["44"]}),
        (R, "/1.1/direct_messages/mark_read.json", {"recipient_id": ["44"], "last_read_event_id": ["e1"]}),
    ],
)
def test_x_is_asked_by_its_old_api(signal: ChatSignal, path: str, query: Any) -> None:
    keys = {name: (name,) for name in ("consumer_key", "consumer_secret", "access_token", "access_token_secret")}
    thread = {"participant": "44", "message_id": "e1"}
    request = asked("x", signal, AddressKind.X_USER, thread, secrets=keys)
    place = urlsplit(request.url)
    assert (place.path, parse_qs(place.query)) == (path, query)
    assert request.headers["Authorization"].startswith("OAuth ")
    assert asked("x", signal, AddressKind.X_USER, thread) is None, "a bearer of OAuth 2.0 opens nothing there"


@pytest.mark.parametrize(
    ("channel", "signal", "kind", "thread"),
    [
        ("line", R, AddressKind.LINE_USER, {}),
        ("line", T, AddressKind.LINE_GROUP, {}),
        ("whatsapp", R, AddressKind.PHONE, {}),
        ("whatsapp", T, AddressKind.PHONE, {"message_id": "wamid.1", "group_id": "g"}),
        ("messenger", R, AddressKind.EXTERNAL, {}),
        ("telegram", R, AddressKind.TELEGRAM_CHAT, {"chat_id": "5"}),
        ("discord", R, AddressKind.DISCORD_USER, {"channel": "9"}),
        ("teams", R, AddressKind.TEAMS_USER, TEAMS_THREAD),
        ("teams", T, AddressKind.TEAMS_USER, TEAMS_THREAD | {"service_url": "https://evil.example"}),
        ("x", R, AddressKind.X_USER, {"post": "1"}),
    ],
)
def test_where_it_can_not_be_shown_nothing_is_asked(
    channel: str, signal: ChatSignal, kind: AddressKind, thread: Any
) -> None:
    tokens = dict.fromkeys(("access_token", "bot_token", "consumer_key", "consumer_secret"), ("t",))
    assert asked(channel, signal, kind, thread, secrets=tokens) is None


def test_the_table_tells_what_the_rows_can() -> None:
    for name, channel in CHANNELS.items():
        shows = channel.sign is not None or name == "webchat"
        assert shows == bool(channel.capability.signs), name
