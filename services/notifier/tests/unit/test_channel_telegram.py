"""Telegram: a message → exact requests; an answer → what it means."""

import json
from datetime import timedelta
from typing import Any

import pytest
from channel_values import NOW, PHONE, outgoing, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, Location, QuickReply
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.channels.telegram import TELEGRAM
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

CHAT = Address(kind=AddressKind.TELEGRAM_CHAT, value="1111111")
ACCOUNT = sender(secrets={"bot_token": ("123:ABC",)})
PICTURE = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg")
HELD = Attachment(kind=ContentKind.FILE, provider_media_id="BQAD1")


def rendered(content: Content, **values: Any) -> tuple[ProviderRequest, ...]:
    found = TELEGRAM.render(outgoing(content, CHAT, Method.PUSH, **values), ACCOUNT)
    assert isinstance(found, tuple)
    return found


def calls(content: Content, **values: Any) -> list[tuple[str, Any]]:
    return [(one.url.removeprefix("/bot123:ABC/"), shown(one)[3]) for one in rendered(content, **values)]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (text("返金しました"), [("sendMessage", {"text": "返金しました"})]),
        (
            Content(kind=ContentKind.IMAGE, text="見て", attachments=(PICTURE,)),
            [("sendPhoto", {"photo": PICTURE.url, "caption": "見て"})],
        ),
        (
            Content(kind=ContentKind.FILE, text="あ" * 1025, attachments=(HELD,)),
            [("sendDocument", {"document": "BQAD1"}), ("sendMessage", {"text": "あ" * 1025})],
        ),
        (
            Content(kind=ContentKind.LOCATION, location=Location(latitude=35.0, longitude=139.5)),
            [("sendLocation", {"latitude": 35.0, "longitude": 139.5})],
        ),
        (
            Content(kind=ContentKind.LOCATION, text="ここ", location=Location(latitude=1.0, longitude=2.0, title="店")),
            [
                ("sendVenue", {"latitude": 1.0, "longitude": 2.0, "title": "店", "address": "店"}),
                ("sendMessage", {"text": "ここ"}),
            ],
        ),
        (Content(kind=ContentKind.STICKER, sticker="CAAD1"), [("sendSticker", {"sticker": "CAAD1"})]),
        (
            text(
                "よろしいですか?", quick_replies=(QuickReply(label="はい", payload="YES"), QuickReply(label="いいえ"))
            ),
            [
                (
                    "sendMessage",
                    {
                        "text": "よろしいですか?",
                        "reply_markup": {
                            "inline_keyboard": [
                                [{"text": "はい", "callback_data": "YES"}],
                                [{"text": "いいえ", "callback_data": "いいえ"}],
                            ]
                        },
                    },
                )
            ],
        ),
        (
            text("a", reply_to="1111111:1365"),
            [
                (
                    "sendMessage",
                    {"text": "a", "reply_parameters": {"message_id": 1365, "allow_sending_without_reply": True}},
                )
            ],
        ),
    ],
)
def test_what_telegram_carries(content: Content, expected: list[tuple[str, dict[str, Any]]]) -> None:
    assert calls(content) == [(method, {"chat_id": 1111111} | part) for method, part in expected]


@pytest.mark.parametrize(
    ("file", "call"),
    [
        ({"kind": ContentKind.AUDIO, "url": "https://c/a", "mime": "audio/ogg; codecs=opus"}, ("sendVoice", "voice")),
        ({"kind": ContentKind.AUDIO, "url": "https://c/a.mp3", "mime": "audio/mpeg"}, ("sendAudio", "audio")),
        ({"kind": ContentKind.IMAGE, "url": "https://c/a", "mime": "image/gif"}, ("sendAnimation", "animation")),
        ({"kind": ContentKind.FILE, "url": "https://c/a", "mime": "application/pdf"}, ("sendDocument", "document")),
        ({"kind": ContentKind.FILE, "url": "https://c/a", "file_name": "a.ZIP"}, ("sendDocument", "document")),
        ({"kind": ContentKind.FILE, "url": "https://c/a"}, ("sendDocument", "document")),
    ],
)
def test_files_by_what_telegram_takes(file: dict[str, Any], call: tuple[str, str]) -> None:
    method, field = call
    assert calls(Content(kind=file["kind"], attachments=(Attachment(**file),))) == [
        (method, {"chat_id": 1111111, field: file["url"]})
    ]


def test_a_document_that_telegram_would_not_fetch_is_a_link() -> None:
    file = Attachment(kind=ContentKind.FILE, url="https://c/a", file_name="見積.xlsx")
    assert calls(Content(kind=ContentKind.FILE, attachments=(file,))) == [
        ("sendMessage", {"chat_id": 1111111, "text": "見積.xlsx\nhttps://c/a"})
    ]


def test_a_group_that_became_a_supergroup_says_where_it_is() -> None:
    (request,) = rendered(text("a"), thread={"chat_id": "-42"})
    parameters = {"migrate_to_chat_id": -1001234567890}
    told = {"ok": False, "error_code": 400, "description": "Bad Request: group chat was upgraded to a supergroup chat"}
    answer = HttpAnswer(400, {}, json.dumps(told | {"parameters": parameters}).encode())
    outcome = TELEGRAM.classify(request, answer, NOW)
    assert (outcome.code, outcome.moved) == ("recipient_gone", {"chat_id": "-1001234567890"})
    (there,) = rendered(text("a"), thread={"chat_id": "-1001234567890"})
    assert TELEGRAM.classify(there, answer, NOW).moved == {}


def test_the_answer_goes_where_the_question_was_asked() -> None:
    thread = {"chat_id": "-1001234567890", "message_thread_id": "77", "business_connection_id": "bc-1"}
    ((_, body),) = calls(text("a"), thread=thread)
    assert (body["chat_id"], body["message_thread_id"], body["business_connection_id"]) == (-1001234567890, 77, "bc-1")
    ((_, letter),) = calls(text("a"), thread={"chat_id": "-1001234567890", "direct_messages_topic_id": "777"})
    assert (letter["chat_id"], letter["direct_messages_topic_id"]) == (-1001234567890, 777)


def test_a_payload_too_long_for_a_callback_makes_a_keyboard_of_labels() -> None:
    ((_, body),) = calls(text("a", quick_replies=(QuickReply(label="はい", payload="x" * 65),)))
    assert body["reply_markup"]["keyboard"] == [[{"text": "はい"}]]


def test_long_texts_are_split_by_utf16_units() -> None:
    assert [len(body["text"]) for _, body in calls(text("😮" * 5000))] == [2048, 2048, 904]


def test_no_request_shows_the_token_and_none_is_repeated() -> None:
    (request,) = rendered(text("秘密"))
    assert "123:ABC" not in repr(request)
    assert request.repeat is Repeat.NEVER


@pytest.mark.parametrize(
    ("content", "to", "values", "code"),
    [
        (text("a"), PHONE, {"secrets": {"bot_token": ("t",)}}, "recipient_gone"),
        (text(""), CHAT, {"secrets": {"bot_token": ("t",)}}, "permanent:unsupported_content"),
        (text("a"), CHAT, {"secrets": {}}, "channel_broken"),
    ],
)
def test_refused_before_any_request(content: Content, to: Address, values: dict[str, Any], code: str) -> None:
    found = TELEGRAM.render(outgoing(content, to, Method.PUSH), sender(**values))
    assert isinstance(found, Outcome)
    assert found.code == code


REQUEST = ProviderRequest("/bot1:a/sendMessage", Method.PUSH, Repeat.NEVER, {}, b"")


@pytest.mark.parametrize(
    ("status", "description", "code"),
    [
        (400, "Bad Request: chat not found", "recipient_gone"),
        (400, "Bad Request: TOPIC_DELETED", "recipient_gone"),
        (400, "Bad Request: BUSINESS_CONNECTION_INVALID", "recipient_gone"),
        (400, "Bad Request: failed to get HTTP URL content", "transient"),
        (403, "Forbidden: user is deactivated", "recipient_gone"),
        (413, "Request Entity Too Large", "permanent:telegram_413"),
        (400, "Bad Request: group chat was upgraded to a supergroup chat", "recipient_gone"),
        (400, "Bad Request: message text is empty", "permanent:telegram_400"),
        (400, "Bad Request: wrong file identifier/HTTP URL specified", "permanent:telegram_400"),
        (401, "Unauthorized", "channel_broken"),
        (403, "Forbidden: bot was blocked by the user", "recipient_gone"),
        (404, "Not Found", "channel_broken"),
        (429, "Too Many Requests: retry after 35", "throttled"),
        (500, "Internal Server Error", "ambiguous"),
        (502, "Bad Gateway", "ambiguous"),
    ],
)
def test_refusals(status: int, description: str, code: str) -> None:
    body = json.dumps({"ok": False, "error_code": status, "description": description}).encode()
    assert TELEGRAM.classify(REQUEST, HttpAnswer(status, {}, body), NOW).code == code


def test_acceptance_and_the_time_to_wait() -> None:
    taken = b'{"ok": true, "result": {"message_id": 7, "chat": {"id": -100, "type": "group"}, "date": 1}}'
    assert TELEGRAM.classify(REQUEST, HttpAnswer(200, {}, taken), NOW).ids == ("-100:7",)
    assert TELEGRAM.classify(REQUEST, HttpAnswer(200, {}, b"[]"), NOW).code == "ambiguous"
    slow = b'{"ok": false, "error_code": 429, "description": "", "parameters": {"retry_after": 35}}'
    assert TELEGRAM.classify(REQUEST, HttpAnswer(429, {}, slow), NOW).retry_after == timedelta(seconds=35)
