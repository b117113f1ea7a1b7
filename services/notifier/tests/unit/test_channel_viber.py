"""Viber: a message → exact requests; an answer → what it means."""

import json
from typing import Any

import pytest
from channel_values import MESSAGE, NOW, PHONE, outgoing, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, Location, QuickReply
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.channels.viber import VIBER
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

PERSON = Address(kind=AddressKind.VIBER_USER, value="01234567890A=")
ACCOUNT = sender(secrets={"auth_token": ("445da6az1s345z78",)}, options={"sender_name": "窓口"})
HEADERS = {"X-Viber-Auth-Token": "445da6az1s345z78", "Content-Type": "application/json"}
FRAME = {
    "receiver": "01234567890A=",
    "min_api_version": 1,
    "sender": {"name": "窓口"},
    "tracking_data": str(MESSAGE),
}


def bodies(content: Content) -> list[Any]:
    found = VIBER.render(outgoing(content, PERSON, Method.PUSH), ACCOUNT)
    assert isinstance(found, tuple)
    assert all((one.method, one.url, dict(one.headers)) == ("POST", "/send_message", HEADERS) for one in found)
    assert all(one.repeat is Repeat.NEVER for one in found)
    return [shown(one)[3] for one in found]


def file(kind: ContentKind, **values: Any) -> Attachment:
    return Attachment(kind=kind, url="https://cdn.example/a", **values)


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (text("返金しました"), [{"type": "text", "text": "返金しました"}]),
        (
            Content(kind=ContentKind.IMAGE, text="見て", attachments=(file(ContentKind.IMAGE),)),
            [{"type": "picture", "media": "https://cdn.example/a", "text": "見て"}],
        ),
        (
            Content(kind=ContentKind.IMAGE, text="あ" * 121, attachments=(file(ContentKind.IMAGE),)),
            [{"type": "picture", "media": "https://cdn.example/a", "text": ""}, {"type": "text", "text": "あ" * 121}],
        ),
        (
            Content(kind=ContentKind.VIDEO, attachments=(file(ContentKind.VIDEO, size_bytes=10),)),
            [{"type": "video", "media": "https://cdn.example/a", "size": 10}],
        ),
        (
            Content(kind=ContentKind.FILE, attachments=(file(ContentKind.FILE, size_bytes=10, file_name="契約.pdf"),)),
            [{"type": "file", "media": "https://cdn.example/a", "size": 10, "file_name": "契約.pdf"}],
        ),
        (
            Content(kind=ContentKind.AUDIO, attachments=(file(ContentKind.AUDIO),)),
            [{"type": "text", "text": "https://cdn.example/a"}],
        ),
        (
            Content(kind=ContentKind.LOCATION, location=Location(latitude=1.5, longitude=2.5)),
            [{"type": "location", "location": {"lat": 1.5, "lon": 2.5}}],
        ),
        (Content(kind=ContentKind.STICKER, sticker="46105"), [{"type": "sticker", "sticker_id": 46105}]),
        (
            text("よろしいですか?", quick_replies=(QuickReply(label="はい", payload="YES"),)),
            [
                {
                    "type": "text",
                    "text": "よろしいですか?",
                    "keyboard": {
                        "Type": "keyboard",
                        "DefaultHeight": False,
                        "Buttons": [{"ActionType": "reply", "ActionBody": "YES", "Text": "はい"}],
                    },
                }
            ],
        ),
    ],
)
def test_what_viber_carries(content: Content, parts: list[dict[str, Any]]) -> None:
    assert bodies(content) == [FRAME | part for part in parts]


def test_a_long_text_fits_the_limit_of_characters_and_of_bytes() -> None:
    found = VIBER.render(outgoing(text("あ" * 15_000), PERSON, Method.PUSH), ACCOUNT)
    assert isinstance(found, tuple)
    assert [len(shown(one)[3]["text"]) for one in found] == [7000, 7000, 1000]
    assert all(len(one.body) <= 30 * 1024 for one in found)


@pytest.mark.parametrize(
    ("content", "to", "values", "code"),
    [
        (text("a"), PHONE, {"secrets": {"auth_token": ("t",)}}, "recipient_gone"),
        (text(""), PERSON, {"secrets": {"auth_token": ("t",)}}, "permanent:unsupported_content"),
        (text("a"), PERSON, {"secrets": {}}, "channel_broken"),
    ],
)
def test_refused_before_any_request(content: Content, to: Address, values: dict[str, Any], code: str) -> None:
    found = VIBER.render(outgoing(content, to, Method.PUSH), sender(**values))
    assert isinstance(found, Outcome)
    assert found.code == code


REQUEST = ProviderRequest("/send_message", Method.PUSH, Repeat.NEVER, {}, b"")


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (0, "ok", "accepted"),
        (2, "invalidAuthToken", "channel_broken"),
        (3, "badData", "permanent:viber_3"),
        (4, "missingData", "permanent:viber_4"),
        (5, "receiverNotRegistered", "recipient_gone"),
        (6, "receiverNotSubscribed", "recipient_gone"),
        (7, "publicAccountBlocked", "channel_broken"),
        (12, "tooManyRequests", "throttled"),
        (13, "apiVersionNotSupported", "permanent:viber_13"),
        (14, "incompatibleWithVersion", "permanent:viber_14"),
    ],
)
def test_answers(status: int, said: str, code: str) -> None:
    body = json.dumps({"status": status, "status_message": said, "message_token": 5741311803571721087}).encode()
    outcome = VIBER.classify(REQUEST, HttpAnswer(200, {}, body), NOW)
    assert outcome.code == code
    assert outcome.ids == (("5741311803571721087",) if status == 0 else ())


@pytest.mark.parametrize(("status", "code"), [(200, "ambiguous"), (502, "ambiguous"), (429, "throttled")])
def test_answers_that_say_nothing(status: int, code: str) -> None:
    assert VIBER.classify(REQUEST, HttpAnswer(status, {}, b"[]"), NOW).code == code
