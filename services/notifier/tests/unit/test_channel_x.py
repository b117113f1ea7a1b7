"""X: a message → exact requests, signed; an answer → what it means."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from channel_values import NOW, outgoing, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.channels.x.classify import classify
from notifier.channels.x.oauth1 import Keys, authorization, signature
from notifier.channels.x.render import render
from notifier.channels.x.weight import weight
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

PERSON = Address(kind=AddressKind.X_USER, value="3001969357")
BEARER = sender(secrets={"access_token": ("tok",)})
MESSAGE = ProviderRequest("/2/dm_conversations/with/1/messages", Method.PUSH, Repeat.NEVER, {}, b"")
POST = ProviderRequest("/2/tweets", Method.PUSH, Repeat.NEVER, {}, b"")


def rendered(content: Content, thread: dict[str, str] | None = None) -> tuple[ProviderRequest, ...]:
    found = render(outgoing(content, PERSON, Method.PUSH, thread=thread or {}), BEARER)
    assert isinstance(found, tuple)
    return found


def test_a_direct_message() -> None:
    (request,) = rendered(text("はい"))
    headers = {"Authorization": "Bearer tok", "Content-Type": "application/json"}
    url = "/2/dm_conversations/with/3001969357/messages"
    assert shown(request) == ("POST", url, headers, {"text": "はい"})


def test_a_mention_is_answered_in_public() -> None:
    first, second = rendered(text("あ" * 150), {"post": "1050118621198921728"})
    assert first.url == "/2/tweets"
    body = shown(first)[3]
    assert body == {"text": "あ" * 140, "reply": {"in_reply_to_tweet_id": "1050118621198921728"}}
    assert shown(second)[3]["text"] == "あ" * 10


def test_everything_is_said_in_words() -> None:
    paper = Attachment(kind=ContentKind.FILE, url="https://cdn.example/b.pdf", file_name="b.pdf")
    content = Content(kind=ContentKind.FILE, text="?", attachments=(paper,), quick_replies=(QuickReply(label="はい"),))
    assert shown(rendered(content)[0])[3]["text"] == "?\nb.pdf\nhttps://cdn.example/b.pdf\n▸ はい"


def test_the_documented_signature() -> None:
    """X, "Creating a signature": its values and its result."""
    keys = Keys(
        "xvz1evFS4wEEPTGEFPHBog",
        "kAcSOqF21Fu85e7zjz7ZN2U4ZRhfV3WpwPAoE3Z7kBw",
        "370773112-GmHxMAgYyLbNEtIKZeRNFsMKPR9EyMZeS9weJAEb",
        "LswwdoUaIvS8ltyTt5jkRh4J50vUPVVHtR2YPi5kE",
    )
    fields = {
        "status": "Hello Ladies + Gentlemen, a signed OAuth request!",
        "include_entities": "true",
        "oauth_consumer_key": keys.consumer_key,
        "oauth_nonce": "kYjzVBB8Y0ZFabxSWbWovY3uYSQ2pTgmZeNu2VS4cg",
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": "1318622958",
        "oauth_token": keys.token,
        "oauth_version": "1.0",
    }
    assert (
        signature("POST", "https://api.twitter.com/1.1/statuses/update.json", fields, keys)
        == "hCtSmYh+iHYCEqBWrE7C7hYmtUk="
    )


def test_with_all_four_secrets_the_request_is_signed() -> None:
    names = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")
    account = sender(secrets={name: (name[-3:],) for name in names})
    found = render(outgoing(text("a"), PERSON, Method.PUSH), account)
    assert isinstance(found, tuple)
    header = found[0].headers["Authorization"]
    assert header.startswith('OAuth oauth_consumer_key="key", oauth_nonce="123e4567')
    assert 'oauth_signature_method="HMAC-SHA1"' in header
    again = authorization("POST", "https://api.x.com" + found[0].url, Keys("key", "ret", "ken", "ret"), "n", NOW)
    assert 'oauth_timestamp="1795253400"' in again


@pytest.mark.parametrize(("words", "length"), [("abc", 3), ("あいう", 6), ("é…", 3), ("한국", 4), ("😀", 2), ("", 0)])
def test_weight(words: str, length: int) -> None:
    assert weight(words) == length


def test_what_cannot_be_sent() -> None:
    for content, account, code in (
        (Content(kind=ContentKind.STICKER, sticker="1"), BEARER, "permanent:unsupported_content"),
        (text("a"), sender(secrets={}), "channel_broken"),
    ):
        found = render(outgoing(content, PERSON, Method.PUSH), account)
        assert isinstance(found, Outcome)
        assert found.code == code


@pytest.mark.parametrize(
    ("request_", "status", "body", "code"),
    [
        (MESSAGE, 201, {"data": {"dm_conversation_id": "1-2", "dm_event_id": "9"}}, "accepted"),
        (POST, 201, {"data": {"id": "9", "text": "a"}}, "accepted"),
        (MESSAGE, 404, {"title": "Not Found Error", "detail": "Could not find user"}, "recipient_gone"),
        (POST, 429, {"type": "https://api.twitter.com/2/problems/usage-capped"}, "permanent:x_monthly_limit"),
        (
            MESSAGE,
            403,
            {"errors": [{"code": 349, "message": "You cannot send messages to this user."}]},
            "recipient_gone",
        ),
        (POST, 403, {"errors": [{"code": 326, "message": "This account is temporarily locked."}]}, "channel_broken"),
        (POST, 403, {"errors": [{"code": 187, "message": "Status is a duplicate."}]}, "permanent:x_duplicate"),
        (POST, 503, {"errors": [{"code": 130, "message": "Over capacity."}]}, "transient"),
        (POST, 400, {"errors": [{"message": "id is not valid"}], "title": "Invalid Request"}, "permanent:x_400"),
        (POST, 200, {}, "ambiguous"),
        (MESSAGE, 403, {"detail": "You are not permitted to send a message to this user"}, "recipient_gone"),
        (
            POST,
            403,
            {"detail": "You are not allowed to create a Tweet with duplicate content."},
            "permanent:x_duplicate",
        ),
        (POST, 403, {"detail": "Forbidden"}, "permanent:x_403"),
        (POST, 403, {"type": "https://api.twitter.com/2/problems/client-forbidden"}, "channel_broken"),
        (POST, 401, {"title": "Unauthorized"}, "channel_broken"),
        (POST, 400, {"title": "Invalid Request"}, "permanent:x_400"),
        (POST, 429, {"title": "Too Many Requests"}, "throttled"),
        (POST, 503, None, "ambiguous"),
    ],
)
def test_answers(request_: ProviderRequest, status: int, body: Any, code: str) -> None:
    reset = str(int((NOW + timedelta(minutes=4)).timestamp()))
    outcome = classify(request_, HttpAnswer(status, {"x-rate-limit-reset": reset}, json.dumps(body).encode()), NOW)
    assert outcome.code == code
    assert outcome.ids == (("9",) if code == "accepted" else ())
    assert outcome.retry_after == (timedelta(minutes=4) if code == "throttled" else None)


def test_a_limit_that_is_over_is_waited_for_no_longer() -> None:
    past = str(int(datetime(2020, 1, 1, tzinfo=UTC).timestamp()))
    assert classify(POST, HttpAnswer(429, {"x-rate-limit-reset": past}, b""), NOW).retry_after == timedelta(0)
