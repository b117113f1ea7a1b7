"""Teams: a message → exact requests; an answer → what it means; the token it needs."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs

import pytest
from channel_values import NOW, outgoing, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.provider import AccessToken, HttpAnswer, ProviderRequest
from notifier.channels.teams.classify import classify
from notifier.channels.teams.grant import GRANT
from notifier.channels.teams.render import is_connector, render
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

PERSON = Address(kind=AddressKind.TEAMS_USER, value="29:1XJ")
PLACE = "19:253e@thread.tacv2;messageid=1481567603816"
THREAD = {"service_url": "https://smba.trafficmanager.net/amer/", "conversation": PLACE}
URL = "https://smba.trafficmanager.net/amer/v3/conversations/19%3A253e%40thread.tacv2%3Bmessageid%3D1481567603816/activities"
ACCOUNT = sender(external_id="app-1", secrets={"app_password": ("s3cret",)}).with_token(AccessToken("tok", NOW))


def rendered(content: Content, thread: dict[str, str] = THREAD) -> tuple[ProviderRequest, ...] | Outcome:
    return render(outgoing(content, PERSON, Method.PUSH, thread=thread), ACCOUNT)


def bodies(content: Content) -> list[Any]:
    found = rendered(content)
    assert isinstance(found, tuple)
    return [shown(request)[3] for request in found]


def test_an_answer_goes_into_the_conversation_at_its_connector() -> None:
    found = rendered(text("はい", reply_to=f"{PLACE}:1485983408511"))
    assert isinstance(found, tuple)
    headers = {"Authorization": "Bearer tok", "Content-Type": "application/json"}
    body = {"type": "message", "text": "はい", "textFormat": "plain", "replyToId": "1485983408511"}
    assert [shown(request) for request in found] == [("POST", URL, headers, body)]


def test_pictures_buttons_and_links() -> None:
    picture = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.png", mime="image/png", file_name="a.png")
    paper = Attachment(kind=ContentKind.FILE, url="https://cdn.example/b.pdf", file_name="契約.pdf")
    replies = (QuickReply(label="はい", payload="yes"),)
    (body,) = bodies(
        Content(kind=ContentKind.IMAGE, text="どちら？", attachments=(picture, paper), quick_replies=replies)
    )
    assert body["text"] == "どちら？\n契約.pdf\nhttps://cdn.example/b.pdf"
    image, card = body["attachments"]
    assert image == {"contentType": "image/png", "contentUrl": "https://cdn.example/a.png", "name": "a.png"}
    assert card["content"]["buttons"] == [
        {"type": "messageBack", "title": "はい", "displayText": "はい", "text": "はい", "value": "yes"}
    ]


def test_no_part_is_too_large() -> None:
    parts = bodies(text("あ" * 20_000))
    assert "".join(part["text"] for part in parts) == "あ" * 20_000
    assert all(len(part["text"].encode()) <= 20_000 for part in parts)


@pytest.mark.parametrize(
    ("thread", "code"),
    [
        ({}, "permanent:no_conversation"),
        ({"conversation": PLACE, "service_url": "https://evil.example/"}, "permanent:unknown_service"),
        ({"conversation": PLACE, "service_url": "http://smba.trafficmanager.net/"}, "permanent:unknown_service"),
    ],
)
def test_the_token_only_goes_to_microsoft(thread: dict[str, str], code: str) -> None:
    found = rendered(text("hi"), thread)
    assert isinstance(found, Outcome)
    assert found.code == code


@pytest.mark.parametrize(
    ("url", "allowed"),
    [
        ("https://smba.trafficmanager.net/emea/", True),
        ("https://smba.infra.gov.teams.microsoft.us/", True),
        ("https://webchat.botframework.com/", True),
        ("https://my.trafficmanager.net/", False),
        ("https://smba.trafficmanager.net.evil.example/", False),
        ("https://evilbotframework.com/", False),
        ("https://smba.trafficmanager.net:8443/", False),
        ("https://user@evil.example/smba.trafficmanager.net", False),
        ("https://connector.example/", True),
        ("", False),
    ],
)
def test_hosts(url: str, allowed: bool) -> None:
    assert is_connector(url, "connector.example, other.example") is allowed


def test_the_token_is_asked_for_with_the_apps_password() -> None:
    request = GRANT.request(ACCOUNT, NOW)
    assert isinstance(request, ProviderRequest)
    assert request.url == "/botframework.com/oauth2/v2.0/token"
    assert parse_qs(request.body.decode()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["app-1"],
        "client_secret": ["s3cret"],
        "scope": ["https://api.botframework.com/.default"],
    }
    one_tenant = GRANT.request(
        sender(external_id="a", secrets={"app_password": ("x",)}, options={"tenant_id": "t-1"}), NOW
    )
    assert isinstance(one_tenant, ProviderRequest)
    assert one_tenant.url.startswith("/t-1/")
    assert isinstance(GRANT.request(sender(secrets={}), NOW), Outcome)


def test_the_token_is_read() -> None:
    token = GRANT.read(HttpAnswer(200, {}, b'{"access_token":"t","expires_in":3599}'), NOW)
    assert token == AccessToken("t", NOW + timedelta(seconds=3599))
    for status, code in ((401, "channel_broken"), (400, "channel_broken"), (503, "transient"), (429, "transient")):
        refused = GRANT.read(HttpAnswer(status, {}, b'{"error":"invalid_client"}'), NOW)
        assert isinstance(refused, Outcome)
        assert refused.code == code


@pytest.mark.parametrize(
    ("status", "body", "code", "ids"),
    [
        (201, {"id": "1:1abc"}, "accepted", (f"{PLACE}:1:1abc",)),
        (200, None, "accepted", ()),
        (401, {"error": {"code": "Unauthorized"}}, "channel_broken", ()),
        (403, {"error": {"code": "BotDisabledByAdmin"}}, "recipient_gone", ()),
        (403, None, "recipient_gone", ()),
        (404, {"error": {"code": "ConversationNotFound"}}, "recipient_gone", ()),
        (404, None, "permanent:teams_404", ()),
        (400, {"error": {"code": "BadSyntax"}}, "permanent:teams_BadSyntax", ()),
        (413, None, "permanent:teams_413", ()),
        (429, None, "throttled", ()),
        (412, None, "transient", ()),
        (502, None, "transient", ()),
        (504, None, "transient", ()),
        (500, None, "ambiguous", ()),
    ],
)
def test_answers(status: int, body: Any, code: str, ids: tuple[str, ...]) -> None:
    request = ProviderRequest(URL, Method.PUSH, Repeat.NEVER, {}, b"")
    outcome = classify(request, HttpAnswer(status, {}, json.dumps(body).encode()), NOW)
    assert (outcome.code, outcome.ids) == (code, ids)
    assert (outcome.detail == "token_expired") is (status == 401)
