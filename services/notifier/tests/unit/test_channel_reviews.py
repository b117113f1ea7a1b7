"""Answers to reviews: a message → exact requests; an answer → what it means."""

import json
from typing import Any

import jwt
import pytest
from channel_values import NOW, PHONE, outgoing, sender, text
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from contracts.values import Address, AddressKind, Content, ContentKind
from notifier.channels.app_store import APP_STORE
from notifier.channels.google_play import GOOGLE_PLAY
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

KEY = ec.generate_private_key(ec.SECP256R1())
P8 = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
REVIEW = Address(kind=AddressKind.APP_REVIEW, value="gp:AOqp/1")
APPLE = sender(options={"issuer_id": "57246542", "key_id": "2X9R4HXF34"}, secrets={"private_key": (P8,)})
PLAY = sender(external_id="com.example.app")


def test_google_play() -> None:
    found = GOOGLE_PLAY.render(outgoing(text("ご意見ありがとうございます"), REVIEW, Method.PUSH), PLAY)
    assert isinstance(found, tuple)
    (request,) = found
    assert request.url == "/androidpublisher/v3/applications/com.example.app/reviews/gp%3AAOqp%2F1:reply"
    assert (request.method, request.repeat) == ("POST", Repeat.SAFE)
    assert request.headers["Authorization"] == "Bearer tok-new"
    assert json.loads(request.body) == {"replyText": "ご意見ありがとうございます"}


def test_the_app_store() -> None:
    found = APP_STORE.render(outgoing(text("はい"), REVIEW, Method.PUSH), APPLE)
    assert isinstance(found, tuple)
    (request,) = found
    assert (request.method, request.url, request.repeat) == ("POST", "/v1/customerReviewResponses", Repeat.SAFE)
    data = json.loads(request.body)["data"]
    assert data["attributes"] == {"responseBody": "はい"}
    assert data["relationships"]["review"]["data"] == {"type": "customerReviews", "id": "gp:AOqp/1"}
    token = request.headers["Authorization"].removeprefix("Bearer ")
    claims = jwt.decode(
        token,
        KEY.public_key(),
        ["ES256"],
        audience="appstoreconnect-v1",
        options={"verify_exp": False, "verify_iat": False},
    )
    assert jwt.get_unverified_header(token)["kid"] == "2X9R4HXF34"
    assert (claims["iss"], claims["iat"], claims["exp"] - claims["iat"]) == ("57246542", int(NOW.timestamp()), 600)


@pytest.mark.parametrize(
    ("channel", "account", "content", "address", "code"),
    [
        (GOOGLE_PLAY, PLAY, text("あ" * 351), REVIEW, "permanent:text_too_long"),
        (APP_STORE, APPLE, text("a" * 5971), REVIEW, "permanent:text_too_long"),
        (GOOGLE_PLAY, PLAY, Content(kind=ContentKind.STICKER, sticker="1/2"), REVIEW, "permanent:unsupported_content"),
        (GOOGLE_PLAY, PLAY, text("a"), PHONE, "recipient_gone"),
        (APP_STORE, APPLE, text("a"), PHONE, "recipient_gone"),
        (APP_STORE, sender(), text("a"), REVIEW, "channel_broken"),
        (GOOGLE_PLAY, sender(secrets={}), text("a"), REVIEW, "channel_broken"),
    ],
)
def test_what_cannot_travel(channel: Any, account: Any, content: Content, address: Address, code: str) -> None:
    found = channel.render(outgoing(content, address, Method.PUSH), account)
    assert isinstance(found, Outcome)
    assert found.code == code


def test_350_characters_are_not_too_many() -> None:
    assert isinstance(GOOGLE_PLAY.render(outgoing(text("あ" * 350), REVIEW, Method.PUSH), PLAY), tuple)


URL = "/androidpublisher/v3/applications/com.example.app/reviews/gp%3AAOqp%2F1:reply"
REQUEST = ProviderRequest(URL, Method.PUSH, Repeat.SAFE, {}, b"")


def play_error(reason: str) -> dict[str, Any]:
    return {"error": {"code": 403, "message": "m", "errors": [{"reason": reason}]}}


@pytest.mark.parametrize(
    ("channel", "status", "body", "code", "ids"),
    [
        (
            GOOGLE_PLAY,
            200,
            {"result": {"lastEdited": {"seconds": "1795228200"}}},
            "accepted",
            ("gp:AOqp/1:1795228200",),
        ),
        (GOOGLE_PLAY, 200, {}, "accepted", ()),
        (GOOGLE_PLAY, 401, {}, "channel_broken", ()),
        (GOOGLE_PLAY, 403, play_error("quotaExceeded"), "throttled", ()),
        (GOOGLE_PLAY, 403, play_error("permissionDenied"), "channel_broken", ()),
        (GOOGLE_PLAY, 404, {}, "recipient_gone", ()),
        (GOOGLE_PLAY, 400, {}, "permanent:google_play_400", ()),
        (GOOGLE_PLAY, 429, {}, "throttled", ()),
        (GOOGLE_PLAY, 503, [], "ambiguous", ()),
        (APP_STORE, 201, {"data": {"id": "resp-1"}}, "accepted", ("resp-1",)),
        (APP_STORE, 401, {"errors": [{"detail": "d"}]}, "channel_broken", ()),
        (APP_STORE, 404, {}, "recipient_gone", ()),
        (APP_STORE, 409, {"errors": []}, "permanent:app_store_409", ()),
        (APP_STORE, 429, {}, "throttled", ()),
        (APP_STORE, 500, "x", "ambiguous", ()),
    ],
)
def test_answers(channel: Any, status: int, body: Any, code: str, ids: tuple[str, ...]) -> None:
    outcome = channel.classify(REQUEST, HttpAnswer(status, {}, json.dumps(body).encode()), NOW)
    assert (outcome.code, outcome.ids) == (code, ids)


def test_an_expired_token_is_renewed() -> None:
    assert GOOGLE_PLAY.classify(REQUEST, HttpAnswer(401, {}, b"{}"), NOW).detail == "token_expired"
