"""Slack: a message → exact requests; an answer → what it means."""

import json
from datetime import timedelta
from typing import Any

import pytest
from channel_values import MESSAGE, NOW, outgoing, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, Location, QuickReply
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.channels.slack.classify import classify
from notifier.channels.slack.render import render
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

PERSON = Address(kind=AddressKind.SLACK_USER, value="U2147483697")
ACCOUNT = sender(secrets={"bot_token": ("xoxb-new", "xoxb-old")})
THREAD = {"channel": "C123ABC456", "thread_ts": "1515449522.000016"}
METADATA = {"event_type": "madoguchi_message", "event_payload": {"message_id": str(MESSAGE)}}
POST = ProviderRequest("/chat.postMessage", Method.PUSH, Repeat.NEVER, {}, b"")


def rendered(content: Content, thread: dict[str, str] = THREAD) -> list[Any]:
    found = render(outgoing(content, PERSON, Method.PUSH, thread=thread), ACCOUNT)
    assert isinstance(found, tuple)
    return [shown(request)[3] for request in found]


def test_an_answer_goes_into_the_thread() -> None:
    found = render(outgoing(text("はい <確認> & 返金"), PERSON, Method.PUSH, thread=THREAD), ACCOUNT)
    assert isinstance(found, tuple)
    (request,) = found
    headers = {"Authorization": "Bearer xoxb-new", "Content-Type": "application/json; charset=utf-8"}
    body = THREAD | {"metadata": METADATA, "text": "はい &lt;確認&gt; &amp; 返金"}
    assert shown(request) == ("POST", "/chat.postMessage", headers, body)
    assert request.repeat is Repeat.NEVER


def test_without_a_thread_it_goes_to_the_person() -> None:
    (body,) = rendered(text("hi"), {})
    assert (body["channel"], "thread_ts" in body) == ("U2147483697", False)


def test_pictures_buttons_and_links() -> None:
    picture = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.png", file_name="a.png")
    paper = Attachment(kind=ContentKind.FILE, url="https://cdn.example/契約.pdf", file_name="契約.pdf")
    content = Content(
        kind=ContentKind.IMAGE,
        text="どちら？",
        attachments=(picture, paper),
        quick_replies=(QuickReply(label="はい", payload="yes"), QuickReply(label="いいえ")),
    )
    pictures, words = rendered(content)
    assert pictures["blocks"] == [{"type": "image", "image_url": picture.url, "alt_text": "a.png"}]
    assert words["text"] == "どちら？\n契約.pdf\nhttps://cdn.example/契約.pdf"
    assert [(one["text"]["text"], one["value"]) for one in words["blocks"][1]["elements"]] == [
        ("はい", "yes"),
        ("いいえ", "いいえ"),
    ]


def test_a_place_is_a_link() -> None:
    content = Content(kind=ContentKind.LOCATION, location=Location(latitude=35.0, longitude=139.5, title="店"))
    assert rendered(content)[0]["text"] == "店\nhttps://maps.google.com/?q=35.000000,139.500000"


def test_a_long_text_is_split() -> None:
    assert [len(body["text"]) for body in rendered(text("あ" * 9000))] == [4000, 4000, 1000]
    assert [len(body["text"]) for body in rendered(text("&" * 1000))] == [4000, 1000]
    pressed = rendered(text("<" * 1000, quick_replies=(QuickReply(label="はい"),)))
    assert [len(body["text"]) for body in pressed] == [3000, 1000]
    assert pressed[-1]["blocks"][0]["text"]["text"] == pressed[-1]["text"]


@pytest.mark.parametrize(
    "content",
    [
        text(""),
        Content(kind=ContentKind.STICKER, sticker="1/2"),
        Content(kind=ContentKind.FILE, attachments=(Attachment(kind=ContentKind.FILE, provider_media_id="F1"),)),
    ],
)
def test_what_slack_cannot_carry(content: Content) -> None:
    found = render(outgoing(content, PERSON, Method.PUSH), ACCOUNT)
    assert isinstance(found, Outcome)
    assert found.code == "permanent:unsupported_content"


def test_an_account_without_its_token_is_broken() -> None:
    found = render(outgoing(text("a"), PERSON, Method.PUSH), sender())
    assert isinstance(found, Outcome)
    assert found.code == "channel_broken"


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"ok": True, "channel": "C1", "ts": "1503435956.000247"}, "accepted"),
        (200, {"ok": False, "error": "channel_not_found"}, "permanent:slack_channel_not_found"),
        (200, {"ok": False, "error": "not_in_channel"}, "permanent:slack_not_in_channel"),
        (200, {"ok": False, "error": "is_archived"}, "permanent:slack_is_archived"),
        (200, {"ok": False, "error": "msg_too_long"}, "permanent:slack_msg_too_long"),
        (200, {"ok": False, "error": "user_disabled"}, "recipient_gone"),
        (200, {"ok": False, "error": "invalid_auth"}, "channel_broken"),
        (200, {"ok": False, "error": "token_revoked"}, "channel_broken"),
        (200, {"ok": False, "error": "account_inactive"}, "channel_broken"),
        (200, {"ok": False, "error": "internal_error"}, "transient"),
        (503, {"ok": False, "error": "service_unavailable"}, "transient"),
        (200, {"ok": False, "error": "fatal_error"}, "ambiguous"),
        (429, {"ok": False, "error": "ratelimited"}, "throttled"),
        (429, None, "throttled"),
        (502, None, "ambiguous"),
        (200, None, "ambiguous"),
    ],
)
def test_answers(status: int, body: Any, code: str) -> None:
    answer = HttpAnswer(status, {"retry-after": "30"}, b"<html>" if body is None else json.dumps(body).encode())
    outcome = classify(POST, answer, NOW)
    assert outcome.code == code
    assert outcome.ids == (("C1:1503435956.000247",) if code == "accepted" else ())


def test_retry_after_comes_along() -> None:
    answer = HttpAnswer(429, {"retry-after": "30"}, b'{"ok":false,"error":"ratelimited"}')
    assert classify(POST, answer, NOW).retry_after == timedelta(seconds=30)
