"""Vonage SMS: a message → exact requests; an answer → what it means."""

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from channel_values import MESSAGE, NOW, PHONE, USER, outgoing, sender, text

from contracts.values import Attachment, Content, ContentKind
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.channels.vonage_sms.classify import classify
from notifier.channels.vonage_sms.render import render
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

ACCOUNT = sender(external_id="+447700900000", options={"api_key": "abcd1234"}, secrets={"api_secret": ("s",)})


def forms(content: Content, **values: Any) -> list[dict[str, str]]:
    found = render(outgoing(content, PHONE, Method.PUSH, **values), ACCOUNT)
    assert isinstance(found, tuple)
    assert {(one.method, one.url, one.repeat) for one in found} == {("POST", "/sms/json", Repeat.NEVER)}
    return [dict(parse_qsl(one.body.decode())) for one in found]


def test_a_text_says_its_alphabet() -> None:
    frame = {
        "api_key": "abcd1234",
        "api_secret": "s",
        "from": "447700900000",
        "to": "819012345678",
        "client-ref": str(MESSAGE),
    }
    assert forms(text("OK €5")) == [frame | {"type": "text", "text": "OK €5"}]
    assert forms(text("はい")) == [frame | {"type": "unicode", "text": "はい"}]
    (threaded,) = forms(text("a"), thread={"from": "447700900009"})
    assert threaded["from"] == "447700900009"


def test_long_texts_are_split_by_what_the_segments_hold() -> None:
    assert [len(one["text"]) for one in forms(text("a" * 3000))] == [1530, 1470]
    assert [len(one["text"]) for one in forms(text("あ" * 1400))] == [670, 670, 60]
    assert [len(one["text"]) for one in forms(text("€" * 800))] == [765, 35]


def test_files_go_as_links() -> None:
    file = Attachment(kind=ContentKind.FILE, url="https://cdn.example/a.pdf", file_name="契約.pdf")
    (one,) = forms(Content(kind=ContentKind.FILE, text="どうぞ", attachments=(file,)))
    assert one["text"] == "どうぞ\n契約.pdf\nhttps://cdn.example/a.pdf"


@pytest.mark.parametrize(
    ("content", "address", "account", "code"),
    [
        (text("a"), PHONE, sender(secrets={}), "channel_broken"),
        (text("a"), USER, ACCOUNT, "recipient_gone"),
        (text(""), PHONE, ACCOUNT, "permanent:unsupported_content"),
        (Content(kind=ContentKind.STICKER, sticker="1/2"), PHONE, ACCOUNT, "permanent:unsupported_content"),
    ],
)
def test_what_cannot_travel(content: Content, address: Any, account: Any, code: str) -> None:
    found = render(outgoing(content, address, Method.PUSH), account)
    assert isinstance(found, Outcome)
    assert found.code == code


REQUEST = ProviderRequest("/sms/json", Method.PUSH, Repeat.NEVER, {}, b"")
OK = {"status": "0", "message-id": "A1"}


@pytest.mark.parametrize(
    ("segments", "code", "ids"),
    [
        ([OK], "accepted", ("A1",)),
        ([OK, {"status": "0", "message-id": "A2"}], "accepted", ("A1", "A2")),
        ([{"status": "1", "error-text": "Throughput Rate Exceeded"}], "throttled", ()),
        ([{"status": "2", "error-text": "Missing to param"}], "permanent:vonage_2", ()),
        ([{"status": "4", "error-text": "Bad Credentials"}], "channel_broken", ()),
        ([{"status": "5"}], "transient", ()),
        ([{"status": "10"}], "transient", ()),
        ([{"status": "33"}], "recipient_gone", ()),
        ([{"status": "7", "error-text": "Number barred"}], "recipient_gone", ()),
        ([OK, {"status": "1"}], "ambiguous", ()),
        ([{"status": "0"}], "ambiguous", ()),
        ([], "ambiguous", ()),
        ("no", "ambiguous", ()),
    ],
)
def test_answers(segments: Any, code: str, ids: tuple[str, ...]) -> None:
    outcome = classify(REQUEST, HttpAnswer(200, {}, json.dumps({"messages": segments}).encode()), NOW)
    assert (outcome.code, outcome.ids) == (code, ids)


@pytest.mark.parametrize(("status", "code"), [(429, "throttled"), (500, "ambiguous"), (401, "channel_broken")])
def test_statuses(status: int, code: str) -> None:
    assert classify(REQUEST, HttpAnswer(status, {}, b""), NOW).code == code
