"""WeChat: a message → exact requests; an answer → what it means; the token it needs."""

import json
from datetime import timedelta
from typing import Any

import pytest
from channel_values import NOW, outgoing, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.provider import AccessToken, HttpAnswer, ProviderRequest
from notifier.channels.wechat.classify import classify
from notifier.channels.wechat.grant import GRANT
from notifier.channels.wechat.render import render
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

PERSON = Address(kind=AddressKind.WECHAT_USER, value="oIDrpjqASyTPnxRmpS9O_ruZGsfk")
ACCOUNT = sender(external_id="wx1", secrets={"app_secret": ("s3cret",)}).with_token(AccessToken("tok+/", NOW))
HEADERS = {"Content-Type": "application/json; charset=utf-8"}
URL = "/cgi-bin/message/custom/send?access_token=tok%2B%2F"


def bodies(content: Content) -> list[Any]:
    found = render(outgoing(content, PERSON, Method.FREE_FORM), ACCOUNT)
    assert isinstance(found, tuple)
    return [shown(request)[3] for request in found]


def test_a_text() -> None:
    found = render(outgoing(text("您好"), PERSON, Method.FREE_FORM), ACCOUNT)
    assert isinstance(found, tuple)
    body = {"touser": PERSON.value, "msgtype": "text", "text": {"content": "您好"}}
    assert [shown(request) for request in found] == [("POST", URL, HEADERS, body)]


def test_pictures_links_and_choices() -> None:
    picture = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.png", file_name="a.png")
    paper = Attachment(kind=ContentKind.FILE, url="https://cdn.example/b.pdf")
    replies = (QuickReply(label="はい", payload="yes"), QuickReply(label="いいえ"))
    card, menu = bodies(Content(kind=ContentKind.IMAGE, text="?", attachments=(picture, paper), quick_replies=replies))
    assert card["news"]["articles"] == [
        {"title": "a.png", "description": "", "url": picture.url, "picurl": picture.url}
    ]
    assert menu["msgmenu"] == {
        "head_content": "?\nhttps://cdn.example/b.pdf",
        "list": [{"id": "yes", "content": "はい"}, {"id": "いいえ", "content": "いいえ"}],
        "tail_content": "",
    }


def test_a_long_text_is_split_by_bytes() -> None:
    pieces = [body["text"]["content"] for body in bodies(text("好" * 1500))]
    assert "".join(pieces) == "好" * 1500
    assert all(len(piece.encode()) <= 2048 for piece in pieces)


def test_what_wechat_cannot_carry() -> None:
    found = render(outgoing(Content(kind=ContentKind.STICKER, sticker="1"), PERSON, Method.FREE_FORM), ACCOUNT)
    assert isinstance(found, Outcome)
    assert found.code == "permanent:unsupported_content"


def test_the_token() -> None:
    request = GRANT.request(ACCOUNT, NOW)
    assert isinstance(request, ProviderRequest)
    assert shown(request)[3] == {
        "grant_type": "client_credential",
        "appid": "wx1",
        "secret": "s3cret",
        "force_refresh": False,
    }
    told = b'{"access_token":"t","expires_in":7200}'
    assert GRANT.read(HttpAnswer(200, {}, told), NOW) == AccessToken("t", NOW + timedelta(hours=2))
    for code, means in ((-1, "transient"), (45009, "throttled"), (40125, "channel_broken"), (40013, "channel_broken")):
        refused = GRANT.read(HttpAnswer(200, {}, json.dumps({"errcode": code}).encode()), NOW)
        assert isinstance(refused, Outcome)
        assert refused.code == means


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, {"errcode": 0, "errmsg": "ok"}, "accepted"),
        (200, {"errcode": -1}, "transient"),
        (200, {"errcode": 40001}, "channel_broken"),
        (200, {"errcode": 42001}, "channel_broken"),
        (200, {"errcode": 45009}, "throttled"),
        (200, {"errcode": 45015}, "window_closed"),
        (200, {"errcode": 45047}, "window_closed"),
        (200, {"errcode": 40003}, "recipient_gone"),
        (200, {"errcode": 48001}, "channel_broken"),
        (200, {"errcode": 48002}, "recipient_gone"),
        (200, {"errcode": 43101}, "recipient_gone"),
        (200, {"errcode": 45002}, "permanent:wechat_45002"),
        (200, {}, "ambiguous"),
        (200, None, "ambiguous"),
        (502, None, "ambiguous"),
    ],
)
def test_answers(status: int, body: Any, code: str) -> None:
    request = ProviderRequest(URL, Method.FREE_FORM, Repeat.NEVER, {}, b"")
    outcome = classify(request, HttpAnswer(status, {}, b"<" if body is None else json.dumps(body).encode()), NOW)
    assert outcome.code == code
    renewed = body is not None and body.get("errcode") in (40001, 42001)
    assert (outcome.detail == "token_expired") is renewed
