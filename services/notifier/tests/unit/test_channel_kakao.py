"""KakaoTalk: a message → exact requests; an answer → what it means."""

import json
from typing import Any

import pytest
from channel_values import NOW, outgoing, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.kakao.classify import classify
from notifier.channels.kakao.render import render
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

USER = Address(kind=AddressKind.KAKAO_USER, value="74f7")
CALLBACK = "https://bot-api.kakao.com/v1/bots/5c7c/callback/bf2e4a0d"
ACCOUNT = sender(external_id="5c7c", secrets={"rest_api_key": ("key",)}, options={"event": "answer"})
REPLY = ProviderRequest(CALLBACK, Method.REPLY, Repeat.SINGLE_USE, {}, b"")
PUSH = ProviderRequest("/v2/bots/5c7c/talk", Method.PUSH, Repeat.NEVER, {}, b"")


def answered(content: Content, callback: str = CALLBACK) -> tuple[ProviderRequest, ...] | Outcome:
    return render(outgoing(content, USER, Method.REPLY, reply_token=callback), ACCOUNT)


def test_an_answer_spends_the_callback() -> None:
    found = answered(text("네, 환불해 드리겠습니다"))
    assert isinstance(found, tuple)
    body = {"version": "2.0", "template": {"outputs": [{"simpleText": {"text": "네, 환불해 드리겠습니다"}}]}}
    assert [shown(one) for one in found] == [("POST", CALLBACK, {"Content-Type": "application/json"}, body)]
    assert found[0].repeat is Repeat.SINGLE_USE


def test_pictures_and_choices() -> None:
    picture = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.png", file_name="a.png")
    replies = (QuickReply(label="네", payload="yes"),)
    found = answered(Content(kind=ContentKind.IMAGE, text="?", attachments=(picture,), quick_replies=replies))
    assert isinstance(found, tuple)
    template = shown(found[0])[3]["template"]
    assert template["outputs"] == [
        {"simpleImage": {"imageUrl": picture.url, "altText": "a.png"}},
        {"simpleText": {"text": "?"}},
    ]
    assert template["quickReplies"] == [
        {"label": "네", "action": "message", "messageText": "네", "extra": {"payload": "yes"}}
    ]


def test_three_bubbles_and_no_more() -> None:
    found = answered(text("가" * 3000))
    assert isinstance(found, tuple)
    assert [len(one["simpleText"]["text"]) for one in shown(found[0])[3]["template"]["outputs"]] == [1000] * 3
    refused = answered(text("가" * 3001))
    assert isinstance(refused, Outcome)
    assert refused.closes_way


@pytest.mark.parametrize(
    "callback", ["http://bot-api.kakao.com/x", "https://evil.example/", "https://kakao.com.evil.example/"]
)
def test_only_kakaos_own_addresses_are_called(callback: str) -> None:
    found = answered(text("a"), callback)
    assert isinstance(found, Outcome)
    assert found.code == "reply_token_invalid"


def test_later_answers_go_by_an_event() -> None:
    found = render(outgoing(text("네"), USER, Method.PUSH), ACCOUNT)
    assert isinstance(found, tuple)
    headers = {"Content-Type": "application/json", "Authorization": "KakaoAK key"}
    body = {"event": {"name": "answer", "data": {"text": "네"}}, "user": [{"type": "botUserKey", "id": "74f7"}]}
    assert [shown(one) for one in found] == [("POST", "/v2/bots/5c7c/talk", headers, body)]


@pytest.mark.parametrize(
    ("values", "code"),
    [({"options": {}}, "window_closed"), ({"options": {"event": "e"}, "secrets": {}}, "channel_broken")],
)
def test_without_an_event_the_minute_is_all(values: Any, code: str) -> None:
    found = render(outgoing(text("네"), USER, Method.PUSH), sender(**values))
    assert isinstance(found, Outcome)
    assert found.code == code


@pytest.mark.parametrize(
    ("request_", "status", "body", "code"),
    [
        (REPLY, 200, {"taskId": "t1", "status": "SUCCESS"}, "accepted"),
        (PUSH, 200, {"taskId": "t1", "status": "SUCCESS"}, "accepted"),
        (REPLY, 200, {"status": "FAIL", "message": "invalid callback token"}, "reply_token_invalid"),
        (REPLY, 400, {"status": "FAIL"}, "reply_token_invalid"),
        (REPLY, 404, None, "reply_token_invalid"),
        (PUSH, 200, {"status": "FAIL"}, "permanent:kakao_FAIL"),
        (PUSH, 200, {"status": "ERROR"}, "ambiguous"),
        (PUSH, 200, None, "ambiguous"),
        (PUSH, 401, None, "channel_broken"),
        (PUSH, 400, None, "permanent:kakao_400"),
        (REPLY, 500, None, "ambiguous"),
        (PUSH, 429, None, "throttled"),
    ],
)
def test_answers(request_: ProviderRequest, status: int, body: Any, code: str) -> None:
    outcome = classify(request_, HttpAnswer(status, {}, json.dumps(body).encode()), NOW)
    assert outcome.code == code
    assert outcome.ids == (("t1",) if code == "accepted" else ())
