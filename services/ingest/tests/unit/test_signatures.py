"""Our judgement of signatures and the providers' own SDKs agree; nothing malformed raises."""

import base64
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import standardwebhooks
from hypothesis import given
from hypothesis import strategies as st

from contracts.config import ChannelAccount
from ingest.channels import CHANNELS
from ingest.channels.line.verify import verify as verify_line
from ingest.channels.meta.verify import verify as verify_whatsapp
from ingest.channels.webhook.verify import verify as verify_webhook
from ingest.domain.webhook import Webhook

Headers = Callable[..., dict[str, str]]
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
BODY = '{"text":"返金したいです 😮"}'.encode()
SECRET = "whsec_" + base64.b64encode(b"a signing secret of 32 bytes ...").decode()
OTHER = "whsec_" + base64.b64encode(b"another signing secret .........").decode()


def asked(headers: dict[str, str], body: bytes, now: datetime = NOW) -> Webhook:
    return Webhook("t", ChannelAccount(id="a", channel="any"), headers, body, now)


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK uses pydantic.v1 inside
@pytest.mark.filterwarnings("ignore::UserWarning")
def test_the_line_sdk_accepts_what_we_accept(line_headers: Headers) -> None:
    from linebot.v3.webhook import SignatureValidator

    headers = line_headers(BODY, "channel secret")
    assert verify_line(asked(headers, BODY, NOW), ["channel secret"])
    assert SignatureValidator("channel secret").validate(BODY.decode(), headers["x-line-signature"])
    assert not SignatureValidator("channel secret").validate(BODY.decode() + " ", headers["x-line-signature"])
    assert not verify_line(asked(headers, BODY + b" ", NOW), ["channel secret"])


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # the SDK uses pydantic.v1 inside
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("name", ["text", "media", "changes", "contacts", "others", "control", "verify"])
def test_the_line_sdk_reads_the_samples_as_we_do(
    name: str, sample: Callable[..., Any], parsed: Callable[..., Any], line_headers: Headers
) -> None:
    from linebot.v3.webhook import WebhookParser

    body = json.dumps(sample("line", name), ensure_ascii=False)
    theirs = WebhookParser("s").parse(body, line_headers(body.encode(), "s")["x-line-signature"])
    ours = [draft.event for draft in parsed("line-acme", body.encode())]
    assert [event.webhook_event_id for event in theirs] == list(
        dict.fromkeys(event.provider_event_id for event in ours)
    )
    by_id = {event.provider_event_id: event for event in ours}
    for event in theirs:
        mine = by_id[event.webhook_event_id]
        assert round(mine.occurred_at.timestamp() * 1000) == event.timestamp
        message = getattr(event, "message", None)
        if message is not None:
            assert mine.provider_message_id == message.id
            assert getattr(message, "keywords", None) is None or mine.content.text
            if message.type == "text":
                assert mine.content.text == message.text


def test_what_the_standard_webhooks_sdk_signs_we_accept() -> None:
    signature = standardwebhooks.Webhook(SECRET).sign("msg_1", NOW, BODY.decode())
    headers = {"webhook-id": "msg_1", "webhook-timestamp": str(int(NOW.timestamp())), "webhook-signature": signature}
    assert verify_webhook(asked(headers, BODY, NOW), [SECRET])
    assert not verify_webhook(asked(headers, BODY, NOW), [OTHER])
    assert not verify_webhook(asked(headers | {"webhook-id": "msg_2"}, BODY, NOW), [SECRET])


def test_what_our_tests_sign_the_standard_webhooks_sdk_accepts(webhook_headers: Headers) -> None:
    headers = webhook_headers(BODY, at=datetime.now(UTC), secret=SECRET)
    standardwebhooks.Webhook(SECRET).verify(BODY, headers)
    with pytest.raises(standardwebhooks.WebhookVerificationError):
        standardwebhooks.Webhook(OTHER).verify(BODY, headers)


@pytest.mark.parametrize(("late", "fresh"), [(0, True), (300, True), (-300, True), (301, False), (-301, False)])
def test_a_signature_is_good_for_five_minutes_either_way(webhook_headers: Headers, late: int, fresh: bool) -> None:
    headers = webhook_headers(BODY, secret=SECRET)
    assert verify_webhook(asked(headers, BODY, NOW + timedelta(seconds=late)), [SECRET]) is fresh


@pytest.mark.parametrize("secrets", [[SECRET, OTHER], [OTHER, SECRET], [SECRET.rstrip("="), OTHER]])
def test_while_a_secret_is_rotated_both_open_the_door(webhook_headers: Headers, secrets: list[str]) -> None:
    old, new = webhook_headers(BODY, secret=SECRET), webhook_headers(BODY, secret=OTHER)
    assert verify_webhook(asked(old, BODY, NOW), secrets)
    assert verify_webhook(asked(new, BODY, NOW), secrets)
    both = old | {"webhook-signature": f"junk v1a,AAAA {'v1,AAAA'} {old['webhook-signature']}"}
    assert verify_webhook(asked(both, BODY, NOW), [SECRET])


def test_two_live_secrets_on_the_other_channels(line_headers: Headers, whatsapp_headers: Headers) -> None:
    for secret in ("new", "old"):
        assert verify_line(asked(line_headers(BODY, secret), BODY, NOW), ["new", "old"])
        assert verify_whatsapp(asked(whatsapp_headers(BODY, secret), BODY, NOW), ["new", "old"])
    assert not verify_line(asked(line_headers(BODY, "older"), BODY, NOW), ["new", "old"])
    assert not verify_whatsapp(asked(whatsapp_headers(BODY, "older"), BODY, NOW), ["new", "old"])


@pytest.mark.filterwarnings("ignore")  # the SDKs' own affairs
def test_meta_and_viber_sdks_accept_what_we_accept(whatsapp_headers: Headers) -> None:
    from pywa.utils import webhook_updates_validator
    from viberbot import Api, BotConfiguration

    theirs = webhook_updates_validator
    given = whatsapp_headers(BODY, "app secret")["x-hub-signature-256"]
    viber = Api(BotConfiguration(auth_token="app secret", name="a", avatar=""))  # of a test
    for body in (BODY, BODY + b" "):
        fits = body == BODY
        assert theirs("app secret", body, given) is fits
        assert verify_whatsapp(asked({"x-hub-signature-256": given}, body), ["app secret"]) is fits
        signature = given.removeprefix("sha256=")
        assert viber.verify_signature(body, signature) is fits
        headers = {"x-viber-content-signature": signature}
        assert CHANNELS["viber"].verify(asked(headers, body), ["app secret"]) is fits


NAMES = (
    "x-telegram-bot-api-secret-token",
    "x-viber-content-signature",
    "x-line-signature",
    "x-hub-signature-256",
    "webhook-id",
    "webhook-timestamp",
    "webhook-signature",
)


@given(
    st.dictionaries(st.sampled_from(NAMES), st.text(st.characters(max_codepoint=255), max_size=200)),
    st.binary(max_size=200),
    st.lists(
        st.text(max_size=50).map("{}☃".format), max_size=2
    ),  # no header holds it: some channels send the secret itself
)
def test_no_header_and_no_secret_raises_and_none_gets_in(
    headers: dict[str, str], body: bytes, secrets: list[str]
) -> None:
    for channel in CHANNELS.values():
        assert channel.verify(asked(headers, body), secrets) is False
