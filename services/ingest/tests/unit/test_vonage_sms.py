"""Vonage: signatures as its SDK makes and takes them; requests → events."""

import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from vonage_http_client.auth import Auth
from vonage_jwt.verify_jwt import verify_signature

from contracts.config import ChannelAccount
from contracts.inbound import (
    MessagePartReceived,
    MessageReceived,
    ReactionReceived,
    ReceiptReceived,
    UnrecognisedReceived,
)
from contracts.values import AddressKind, ContentKind, MessageStatus
from ingest.channels import CHANNELS
from ingest.domain.webhook import Webhook

SECRET, OTHER = "signature-secret" * 4, "another-secret-of-some-32-bytes-ab"
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
FORM = "application/x-www-form-urlencoded"
VONAGE = CHANNELS["vonage_sms"]
Samples = dict[str, dict[str, Any]]


@pytest.fixture
def known(sample: Callable[[str, str], Any]) -> Samples:
    return sample("vonage_sms", "requests")


def asked(given: dict[str, Any], how: str = "json", at: datetime = NOW, **headers: str) -> Webhook:
    account = ChannelAccount(id="sms", channel="vonage_sms", external_id="447700900000")
    url = "https://hooks.example.com/webhooks/vonage_sms/sms"
    if how == "get":
        return Webhook("t", account, headers, b"", at, "GET", url, given)
    media = FORM if how == "form" else "application/json"
    body = urlencode(given).encode() if how == "form" else json.dumps(given, ensure_ascii=False).encode()
    return Webhook("t", account, {"content-type": media, **headers}, body, at, "POST", url)


def signed(given: dict[str, Any], method: str = "sha256", secret: str = SECRET) -> dict[str, Any]:
    auth = Auth(api_key="abcd1234", signature_secret=secret, signature_method=method)
    return given | {"sig": auth.sign_params(dict(given)).upper()}


@pytest.mark.parametrize("how", ["get", "form", "json"])
@pytest.mark.parametrize("method", ["md5", "sha1", "sha256", "sha512"])
def test_what_the_sdk_signs_we_accept(known: Samples, how: str, method: str) -> None:
    given = known["text"] | {"text": "a&b=c 返金"}
    webhook = asked(signed(given, method), how)
    assert VONAGE.verify(webhook, [OTHER, SECRET])
    assert not VONAGE.verify(webhook, [OTHER])
    assert not VONAGE.verify(asked(signed(given, method) | {"text": "changed"}, how), [SECRET])
    assert not VONAGE.verify(asked(signed(given, method) | {"more": "1"}, how), [SECRET])


def test_the_oldest_setting_is_a_hash_with_the_secret_at_its_end(known: Samples) -> None:
    given = known["text"]
    words = "".join(f"&{name}={given[name]}" for name in sorted(given))
    webhook = asked(given | {"sig": hashlib.md5((words + SECRET).encode()).hexdigest()}, "form")
    assert VONAGE.verify(webhook, [SECRET])
    assert not VONAGE.verify(webhook, [OTHER])


@given(st.dictionaries(st.text("abcdefgh-", min_size=1, max_size=5), st.text("ab&=あ ", max_size=8), max_size=5))
def test_the_sdk_accepts_what_we_take_for_signed(given: dict[str, str]) -> None:
    fields = {
        "timestamp": str(int(NOW.timestamp())),
        **{k: v for k, v in given.items() if k not in ("sig", "timestamp")},
    }
    words = "".join(f"&{name}={fields[name].replace('&', '_').replace('=', '_')}" for name in sorted(fields))
    sig = hmac.new(SECRET.encode(), words.encode(), "sha512").hexdigest()
    assert VONAGE.verify(asked(fields | {"sig": sig}, "form"), [SECRET])
    auth = Auth(api_key="a", signature_secret=SECRET, signature_method="sha512")
    assert auth.check_signature(fields | {"sig": sig})


@pytest.mark.parametrize(("late", "fresh"), [(0, True), (24 * 3600, True), (-400, False), (25 * 3600, False)])
def test_a_signature_is_good_for_as_long_as_vonage_tries(known: Samples, late: int, fresh: bool) -> None:
    webhook = asked(signed(known["text"]), at=NOW + timedelta(seconds=late))
    assert VONAGE.verify(webhook, [SECRET]) is fresh


def token(body: bytes, secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    fixed = {"iss": "Vonage", "iat": int(NOW.timestamp()), "jti": "j", "payload_hash": hashlib.sha256(body).hexdigest()}
    return jwt.encode(fixed | claims, secret, algorithm)


def test_a_token_vouches_for_the_body(known: Samples) -> None:
    body = asked(known["api_text"]).body
    good = token(body)
    assert verify_signature(good, SECRET)
    assert VONAGE.verify(asked(known["api_text"], authorization=f"Bearer {good}"), [OTHER, SECRET])
    assert not VONAGE.verify(asked(known["api_text"], authorization=f"Bearer {good}"), [OTHER])
    assert not VONAGE.verify(asked(known["api_image"], authorization=f"Bearer {good}"), [SECRET])


@pytest.mark.parametrize(
    "changes",
    [
        {"payload_hash": "0" * 64},
        {"iat": int(NOW.timestamp()) + 900},
        {"iat": "soon"},
        {"exp": int(NOW.timestamp()) - 900},
        {"algorithm": "HS512"},
    ],
)
def test_a_token_that_says_something_else_is_refused(known: Samples, changes: dict[str, Any]) -> None:
    bad = token(asked(known["api_text"]).body, **changes)
    assert not VONAGE.verify(asked(known["api_text"], authorization=f"Bearer {bad}"), [SECRET])


@pytest.mark.parametrize("junk", ["", "Bearer", "Bearer a.b.c", "Bearer ....", "Bearer é.é.é", "Basic YTpi"])
def test_no_junk_gets_in(known: Samples, junk: str) -> None:
    assert not VONAGE.verify(asked(known["api_text"], authorization=junk), [SECRET])


def the_event(given: dict[str, Any], how: str = "json") -> Any:
    (draft,) = VONAGE.parse(asked(given, how), {"447700900009": "second"}.get)
    return draft.event


@pytest.mark.parametrize("how", ["get", "form", "json"])
def test_a_message(known: Samples, how: str) -> None:
    event = the_event(known["text"], how)
    assert isinstance(event, MessageReceived)
    assert (event.account, event.provider_message_id, event.conversation) == (
        "sms",
        "0A0000000123ABCD1",
        "+447700900001",
    )
    assert (event.contact.address.kind, event.contact.address.value) == (AddressKind.PHONE, "+447700900001")
    assert (event.content.text, event.thread) == ("返金したいです", {"from": "447700900000"})
    assert event.occurred_at == datetime(2026, 11, 21, 2, 29, tzinfo=UTC)


def test_a_message_to_another_number_is_its_accounts(known: Samples) -> None:
    assert the_event(known["text"] | {"to": "447700900009"}).account == "second"


def test_parts_say_where_they_belong(known: Samples) -> None:
    third = the_event(known["part_3"], "form")
    assert isinstance(third, MessagePartReceived)
    assert (third.reference, third.index, third.total, third.content.text) == ("1", 3, 3, "話です")
    first = the_event(known["part_1"] | {"concat": True, "concat-part": 1, "concat-total": 3})
    assert (first.index, first.conversation) == (1, third.conversation)


def test_bytes_are_no_words(known: Samples) -> None:
    content = the_event(known["binary"]).content
    assert (content.kind, content.text, content.payload) == (ContentKind.UNKNOWN, None, "68656c6c6f")


@pytest.mark.parametrize(
    ("name", "status", "code", "reason"),
    [
        ("delivered", MessageStatus.DELIVERED, None, None),
        ("buffered", MessageStatus.SENT, None, None),
        ("failed", MessageStatus.FAILED, "3", "absent subscriber, for good"),
    ],
)
def test_receipts(known: Samples, name: str, status: MessageStatus, code: str | None, reason: str | None) -> None:
    receipt = the_event(known[name], "get")
    assert isinstance(receipt, ReceiptReceived)
    assert (receipt.provider_message_id, receipt.status) == ("0A0000001234567B", status)
    assert (receipt.error_code, receipt.error_reason, receipt.conversation) == (code, reason, "+447700900001")
    assert receipt.occurred_at == datetime(2026, 11, 21, 2, 29, 30, tzinfo=UTC)


def test_an_unknown_fate_is_no_news(known: Samples) -> None:
    assert VONAGE.parse(asked(known["unknown"]), {}.get) == ()


def test_the_messages_api(known: Samples) -> None:
    text, image, old = (the_event(known[name]) for name in ("api_text", "api_image", "api_old"))
    assert (text.content.text, text.conversation, text.provider_message_id) == (
        "From the Messages API",
        "+447700900001",
        "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
    )
    assert (image.content.kind, image.content.attachments[0].url) == (
        ContentKind.IMAGE,
        "https://example.com/image.jpg",
    )
    assert (old.content.text, old.conversation) == ("old", "+447700900001")
    assert text.occurred_at == datetime(2026, 11, 21, 2, 29, tzinfo=UTC)
    rejected = the_event(known["api_rejected"])
    assert (rejected.status, rejected.error_code, rejected.error_reason) == (
        MessageStatus.FAILED,
        "1320",
        "Message already sent",
    )


@pytest.mark.parametrize("more", [{"concat-part": "4"}, {"concat-total": "x"}, {"messageId": ""}, {"status": "lost"}])
def test_what_cannot_be_read_is_kept(known: Samples, more: dict[str, str]) -> None:
    assert isinstance(the_event(known["part_1"] | more), UnrecognisedReceived)


def test_the_messages_apis_further_kinds() -> None:
    """Source: Vonage, Messages API reference, inbound message and status webhooks (v1 and v0.1)."""
    frame = {
        "message_uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
        "from": "447700900001",
        "to": "447700900000",
        "timestamp": "2026-11-21T02:00:00Z",
        "channel": "rcs",
        "profile": {"name": "Jane Smith"},
    }
    place = {"lat": 40.7, "long": -74.1, "name": "Vonage", "address": "23 Main St"}
    located = the_event(frame | {"message_type": "location", "location": place})
    assert (located.content.location.longitude, located.content.location.title) == (-74.1, "Vonage")
    assert located.contact.display_name == "Jane Smith"
    sticker = the_event(frame | {"message_type": "sticker", "sticker": {"url": "https://x.example/s.webp"}})
    assert (sticker.content.kind, sticker.content.attachments[0].url) == (
        ContentKind.STICKER,
        "https://x.example/s.webp",
    )
    told = {
        "message_type": "reaction",
        "reaction": {"action": "react", "emoji": "😍"},
        "context": {"message_uuid": "ours"},
    }
    reaction = the_event(frame | told)
    assert isinstance(reaction, ReactionReceived)
    assert (reaction.provider_message_id, reaction.emoji) == ("ours", "😍")
    old = {
        "message_uuid": "aaaaaaaa-bbbb-cccc-dddd-0123456789ab",
        "from": {"type": "sms", "number": "447700900000"},
        "to": {"type": "sms", "number": "447700900001"},
        "timestamp": "2026-11-21T02:00:00.000Z",
        "status": "rejected",
        "error": {"code": 1300, "reason": "Not part of the provider network"},
    }
    failed = the_event(old)
    assert (failed.error_code, failed.error_reason) == ("1300", "Not part of the provider network")


def test_vonage_wants_a_200() -> None:
    assert VONAGE.answer(asked({}), []).status == 200
