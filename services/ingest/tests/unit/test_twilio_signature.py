"""Twilio's own validator and ours agree, in both directions."""

import hashlib
from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import HMAC_SHA256, RequestValidator

from contracts.config import ChannelAccount
from ingest.channels.twilio.verify import verify
from ingest.domain.webhook import Webhook

TOKEN, OTHER = "auth-token-new", "auth-token-old"
URL = "https://hooks.example.com/webhooks/twilio_sms/phone"
FORM = "application/x-www-form-urlencoded"
FIELDS = {"From": "+14017122661", "Body": "返金 & = +😮", "Empty": "", "NumMedia": "0"}
SETTINGS = {"x-twilio-webhooks-signature-settings": "key=webhooks_sharedkey_1,algorithm=HMAC_SHA256"}


class Multi(dict[str, list[str]]):
    """What Django gives the SDK."""

    def getlist(self, name: str) -> list[str]:
        return self[name]


def asked(signature: str, body: bytes = b"", url: str = URL, media: str = FORM, **more: str) -> Webhook:
    headers = {"x-twilio-signature": signature, "content-type": media, **more}
    account = ChannelAccount(id="phone", channel="twilio_sms")
    return Webhook("t", account, headers, body, datetime(2026, 11, 21, tzinfo=UTC), "POST", url)


@pytest.mark.parametrize("url", [URL, URL + "?caller=%2B81&x=a%20b", "https://hooks.example.com:8443/webhooks/a"])
@pytest.mark.parametrize("with_port", [True, False])
def test_what_the_sdk_signs_we_accept(url: str, with_port: bool) -> None:
    signed = url.replace("https://hooks.example.com/", "https://hooks.example.com:443/") if with_port else url
    signature = RequestValidator(TOKEN).compute_signature(signed, FIELDS)
    body = urlencode(FIELDS).encode()
    assert verify(asked(signature, body, url), [OTHER, TOKEN])
    assert not verify(asked(signature, body, url), [OTHER])
    assert not verify(asked(signature, body + b"&More=1", url), [TOKEN])
    assert not verify(asked(signature, body, url + "0"), [TOKEN])


def test_a_shared_key_signs_by_sha256() -> None:
    body = urlencode(FIELDS).encode()
    signature = RequestValidator("shared").compute_signature(URL, FIELDS, HMAC_SHA256)
    assert verify(asked(signature, body, **SETTINGS), ["shared"])
    assert not verify(asked(signature, body), ["shared"])
    unknown = {"x-twilio-webhooks-signature-settings": "key=k,algorithm=HMAC_SHA3"}
    assert not verify(asked(signature, body, **unknown), ["shared"])
    odd = {"x-twilio-webhooks-signature-settings": " algorithm = hmac_sha256 ,key"}
    assert verify(asked(signature, body, **odd), ["shared"])


def test_json_is_taken_by_its_hash_in_the_signed_url_only() -> None:
    body = '{"From":"+1","Body":"返金"}'
    url = f"{URL}?bodySHA256={hashlib.sha256(body.encode()).hexdigest()}"
    signature = RequestValidator(TOKEN).compute_signature(url, {})
    assert RequestValidator(TOKEN).validate(url, body, signature)
    assert verify(asked(signature, body.encode(), url, "application/json"), [TOKEN])
    assert not verify(asked(signature, body.encode() + b" ", url, "application/json"), [TOKEN])
    bare = RequestValidator(TOKEN).compute_signature(URL, {})
    assert not verify(asked(bare, body.encode(), URL, "application/json"), [TOKEN])


def test_a_get_is_signed_by_its_url() -> None:
    url = URL + "?From=%2B1&Body=hi"
    assert verify(asked(RequestValidator(TOKEN).compute_signature(url, {}), b"", url, ""), [TOKEN])


NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)


@given(st.lists(st.tuples(NAMES, st.text(st.characters(exclude_categories=["Cs"]), max_size=6)), max_size=6))
def test_any_form_is_judged_as_the_sdk_judges_it(pairs: list[tuple[str, str]]) -> None:
    body = urlencode(pairs).encode()
    fields = Multi()
    for name, value in parse_qsl(body.decode(), keep_blank_values=True):
        fields.setdefault(name, []).append(value)
    signature = RequestValidator(TOKEN).compute_signature(URL, fields)
    assert verify(asked(signature, body), [TOKEN])
    assert RequestValidator(TOKEN).validate(URL, fields, signature)
