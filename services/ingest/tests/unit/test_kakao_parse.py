"""KakaoTalk skill requests → events, the header's secret and what the skill says at once."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from contracts.config import ChannelAccount
from contracts.inbound import ContactChange, ContactChanged, MessageReceived, UnrecognisedReceived
from contracts.values import ContentKind
from ingest.channels import CHANNELS
from ingest.channels.kakao.verify import verify
from ingest.domain.webhook import Webhook
from runtime.errors import Refused

Sample = Callable[[str, str], dict[str, Any]]
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
KAKAO = CHANNELS["kakao"]
USER = "74f7e7ab2bf19e63bb1ec845b760631259d7615440a2d3db7b344ac48ed1bbcde5"


def asked(body: Any, at: datetime = NOW, headers: dict[str, str] | None = None, **account: Any) -> Webhook:
    raw = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
    return Webhook("acme", ChannelAccount(**({"id": "k", "channel": "kakao"} | account)), headers or {}, raw, at)


def event_of(body: Any, at: datetime = NOW) -> Any:
    (draft,) = KAKAO.parse(asked(body, at), {}.get)
    return draft.event


def test_words_and_the_callback(sample: Sample) -> None:
    event = event_of(sample("kakao", "text"))
    assert isinstance(event, MessageReceived)
    assert (event.content.text, event.conversation) == ("환불하고 싶어요", USER)
    assert [one.value for one in event.contact.alternates] == ["SmBqRGyHIyjd"]
    assert event.contact.language == "ko"
    callback = "https://bot-api.kakao.com/v1/bots/5c7cdc1ae821276c7a30b5c2/callback/bf2e4a0d"
    assert event.reply_handle.token == callback
    assert event.reply_handle.expires_at == NOW + timedelta(seconds=55)


def test_buttons_and_pictures(sample: Sample) -> None:
    button = event_of(sample("kakao", "button"))
    assert (button.content.kind, button.content.payload, button.content.text) == (ContentKind.POSTBACK, "yes", "네")
    picture = event_of(sample("kakao", "picture"))
    assert (picture.content.kind, picture.content.text) == (ContentKind.IMAGE, None)
    assert picture.content.attachments[0].url == "https://talk.kakaocdn.net/dna/b.jpg"
    secure = event_of(sample("kakao", "secure"))
    urls = ["https://secure.kakaocdn.net/a.jpg", "https://secure.kakaocdn.net/b.jpg"]
    assert [file.url for file in secure.content.attachments] == urls


def test_a_picture_as_its_address_alone(sample: Sample) -> None:
    body = sample("kakao", "plain")
    body["userRequest"]["utterance"] = "http://dn-m.talk.kakao.com/talkm/oYxGGnAbZQ/i_1qyczqkxnqzk.jpg"
    event = event_of(body)
    assert (event.content.kind, event.content.text) == (ContentKind.IMAGE, None)
    body["userRequest"]["utterance"] = "https://example.com/a.jpg"
    assert event_of(body).content.kind is ContentKind.TEXT


def test_the_same_words_in_a_short_while_are_one_message(sample: Sample) -> None:
    body = sample("kakao", "plain")
    first = event_of(body).provider_event_id
    assert event_of(body, NOW + timedelta(seconds=4)).provider_event_id == first
    assert event_of(body, NOW + timedelta(seconds=10)).provider_event_id != first
    body["userRequest"]["utterance"] = "다른 말"
    assert event_of(body).provider_event_id != first


def test_a_callback_is_an_identity(sample: Sample) -> None:
    body = sample("kakao", "text")
    first = event_of(body).provider_event_id
    assert event_of(body, NOW + timedelta(seconds=40)).provider_event_id == first
    body["userRequest"]["callbackUrl"] += "2"
    assert event_of(body).provider_event_id != first


@pytest.mark.parametrize("url", ["http://bot-api.kakao.com/x", "https://kakao.com.evil.example/", "https://[", 5, ""])
def test_another_hosts_callback_is_none(sample: Sample, url: Any) -> None:
    body = sample("kakao", "text")
    body["userRequest"]["callbackUrl"] = url
    assert event_of(body).reply_handle is None
    assert b"useCallback" not in KAKAO.answer(asked(body), []).body


def test_the_channel_was_added(sample: Sample) -> None:
    event = event_of(sample("kakao", "added"))
    assert isinstance(event, ContactChanged)
    assert (event.change, event.occurred_at) == (ContactChange.FOLLOWED, datetime(2020, 1, 1, tzinfo=UTC))
    assert event_of(sample("kakao", "added") | {"event": "blocked"}).change is ContactChange.UNFOLLOWED


def test_another_bot_is_refused_but_not_the_test_copy(sample: Sample) -> None:
    body = sample("kakao", "text")
    body["bot"]["id"] += "!"
    assert KAKAO.parse(asked(body, external_id="5c7cdc1ae821276c7a30b5c2"), {}.get)
    with pytest.raises(Refused):
        KAKAO.parse(asked(body, external_id="other"), {}.get)


def test_what_cannot_be_read_is_kept(sample: Sample) -> None:
    body = sample("kakao", "text")
    body["userRequest"]["user"] = {}
    assert isinstance(event_of(body), UnrecognisedReceived)
    assert isinstance(event_of({"surprise": 1}), UnrecognisedReceived)


def test_what_is_said_at_once(sample: Sample) -> None:
    def told(name: str, **options: str) -> Any:
        return json.loads(KAKAO.answer(asked(sample("kakao", name), options=options), []).body)

    assert told("text") == {"version": "2.0", "useCallback": True}
    assert told("text", acknowledgement="잠시만요")["data"] == {"text": "잠시만요"}
    assert told("plain")["template"]["outputs"][0]["simpleText"]["text"].startswith("문의가")
    assert KAKAO.answer(asked(sample("kakao", "added")), []).body == b""


def test_the_secret_is_in_a_header() -> None:
    webhook = asked(b"{}", headers={"x-skill-secret": "s3cret"})
    assert verify(webhook, ["new", "s3cret"])
    assert not verify(webhook, ["new"])
    named = asked(b"{}", headers={"x-my-key": "s3cret"}, options={"secret_header": "X-My-Key"})
    assert verify(named, ["s3cret"])
    assert verify(replace(webhook, headers={"authorization": "KakaoAK s3cret"}), ["s3cret"])
    assert not verify(replace(webhook, headers={}), ["s3cret"])
    assert not verify(replace(webhook, headers={}), [""])
