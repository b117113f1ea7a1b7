"""WhatsApp: a message → exact requests; an answer → what it means."""

import json
from typing import Any

import pytest
from channel_values import MESSAGE, NOW, PHONE, USER, outgoing, sample, samples, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, Location, QuickReply, Template
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.channels.whatsapp.classify import classify
from notifier.channels.whatsapp.render import render
from notifier.channels.whatsapp.template import fitting
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

HEADERS = {"Authorization": "Bearer tok-new", "Content-Type": "application/json"}
FRAME = {
    "messaging_product": "whatsapp",
    "recipient_type": "individual",
    "to": "819012345678",
    "biz_opaque_callback_data": str(MESSAGE),
}
LINK = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg")
HELD = Attachment(kind=ContentKind.FILE, provider_media_id="998", file_name="契約.pdf")


def bodies(content: Content, method: Method = Method.FREE_FORM, **values: object) -> list[dict[str, Any]]:
    found = render(outgoing(content, PHONE, method, **values), sender())
    assert isinstance(found, tuple)
    assert all((one.method, one.url, dict(one.headers)) == ("POST", "/1234567890/messages", HEADERS) for one in found)
    assert all(one.repeat is Repeat.NEVER for one in found)
    return [shown(one)[3] for one in found]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (text("hello"), [{"type": "text", "text": {"preview_url": False, "body": "hello"}}]),
        (
            text("hello", reply_to="wamid.Q"),
            [
                {
                    "type": "text",
                    "text": {"preview_url": False, "body": "hello"},
                    "context": {"message_id": "wamid.Q"},
                }
            ],
        ),
        (
            Content(kind=ContentKind.IMAGE, text="見て", attachments=(LINK,)),
            [{"type": "image", "image": {"link": LINK.url, "caption": "見て"}}],
        ),
        (
            Content(
                kind=ContentKind.FILE,
                attachments=(Attachment(kind=ContentKind.FILE, url="https://c.example/a/%E8%A6%8B%E7%A9%8D.pdf?s=1"),),
            ),
            [
                {
                    "type": "document",
                    "document": {"link": "https://c.example/a/%E8%A6%8B%E7%A9%8D.pdf?s=1", "filename": "見積.pdf"},
                }
            ],
        ),
        (
            Content(kind=ContentKind.FILE, attachments=(HELD,)),
            [{"type": "document", "document": {"id": "998", "filename": "契約.pdf"}}],
        ),
        (
            Content(
                kind=ContentKind.AUDIO,
                text="listen",
                attachments=(Attachment(kind=ContentKind.AUDIO, provider_media_id="7"),),
            ),
            [
                {"type": "audio", "audio": {"id": "7"}},
                {"type": "text", "text": {"preview_url": False, "body": "listen"}},
            ],
        ),
        (
            Content(kind=ContentKind.LOCATION, location=Location(latitude=1.5, longitude=2.5, title="店")),
            [{"type": "location", "location": {"latitude": 1.5, "longitude": 2.5, "name": "店"}}],
        ),
        (Content(kind=ContentKind.STICKER, sticker="55"), [{"type": "sticker", "sticker": {"id": "55"}}]),
    ],
)
def test_free_form(content: Content, parts: list[dict[str, object]]) -> None:
    assert bodies(content) == [FRAME | part for part in parts]


def test_a_long_text_becomes_several_messages() -> None:
    sent = bodies(text("word " * 1000))
    assert len(sent) == 2
    assert all(len(one["text"]["body"]) <= 4096 for one in sent)


def choices(*labels: str) -> tuple[QuickReply, ...]:
    return tuple(QuickReply(label=label) for label in labels)


def test_three_short_choices_are_buttons() -> None:
    (body,) = bodies(text("返金しますか?", quick_replies=(QuickReply(label="はい", payload="YES"), *choices("いいえ"))))
    assert body["interactive"] == {
        "type": "button",
        "body": {"text": "返金しますか?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "YES", "title": "はい"}},
                {"type": "reply", "reply": {"id": "いいえ", "title": "いいえ"}},
            ]
        },
    }


def test_up_to_ten_choices_or_longer_ones_are_a_list() -> None:
    (body,) = bodies(
        text("which?", quick_replies=choices("a", "b", "c", "a label of more than twenty-four characters"))
    )
    assert body["interactive"]["type"] == "list"
    rows = body["interactive"]["action"]["sections"][0]["rows"]
    assert rows[0] == {"id": "a", "title": "a"}
    assert (rows[3]["title"], len(rows[3]["title"])) == ("a label of more than tw…", 24)
    assert rows[3]["description"] == rows[3]["id"] == "a label of more than twenty-four characters"


@pytest.mark.parametrize(
    "content",
    [
        text("which?", quick_replies=choices(*map(str, range(11)))),
        text("which?", quick_replies=choices("same", "same")),
    ],
)
def test_other_choices_are_lines(content: Content) -> None:
    sent = bodies(content)
    assert {one["type"] for one in sent} == {"text"}
    assert sent[-1]["text"]["body"].endswith(f"▸ {content.quick_replies[-1].label}")


def test_what_was_asked_in_a_group_is_answered_there() -> None:
    (body,) = bodies(text("a"), thread={"group_id": "Y2FwaV9ncm91cDox"})
    assert (body["recipient_type"], body["to"]) == ("group", "Y2FwaV9ncm91cDox")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (3, "channel_broken"),
        (4, "throttled"),
        (33, "channel_broken"),
        (470, "window_closed"),
        (131044, "channel_broken"),
        (133006, "channel_broken"),
        (368, "channel_broken"),
        (130497, "permanent:whatsapp_130497"),
        (131005, "channel_broken"),
        (131008, "permanent:whatsapp_131008"),
        (131042, "channel_broken"),
        (131048, "throttled"),
        (131049, "permanent:whatsapp_131049"),
        (131052, "permanent:whatsapp_131052"),
        (131057, "transient"),
        (131062, "recipient_gone"),
        (132015, "permanent:whatsapp_132015"),
        (133016, "throttled"),
        (133010, "channel_broken"),
    ],
)
def test_codes(code: int, expected: str) -> None:
    body = json.dumps({"error": {"message": "m", "type": "OAuthException", "code": code}}).encode()
    assert classify(REQUEST, HttpAnswer(400, {}, body), NOW).code == expected


def test_a_person_known_by_user_id_alone_is_addressed_so() -> None:
    found = render(
        outgoing(text("a"), Address(kind=AddressKind.WHATSAPP_BSUID, value="US.1"), Method.FREE_FORM), sender()
    )
    assert isinstance(found, tuple)
    body = shown(found[0])[3]
    assert body["recipient"] == "US.1"
    assert "to" not in body


@pytest.mark.parametrize(
    ("content", "address", "values", "code"),
    [
        (text("a"), USER, {}, "recipient_gone"),
        (Content(kind=ContentKind.CONTACT_CARD), PHONE, {}, "permanent:unsupported_content"),
        (Content(kind=ContentKind.IMAGE), PHONE, {}, "permanent:unsupported_content"),
        (Content(kind=ContentKind.STICKER, sticker="446/1988"), PHONE, {}, "permanent:unsupported_content"),
        (text("a"), PHONE, {"secrets": {}}, "channel_broken"),
        (text("a"), PHONE, {"external_id": None}, "channel_broken"),
    ],
)
def test_refused_before_any_request(content: Content, address: Address, values: dict[str, object], code: str) -> None:
    found = render(outgoing(content, address, Method.FREE_FORM), sender(**values))
    assert isinstance(found, Outcome)
    assert found.code == code


def test_the_configured_template_takes_the_text_as_its_variable() -> None:
    (body,) = bodies(text("one\n two\t three"), Method.TEMPLATE, template="reply_waiting:en_US", language="ja")
    assert body == FRAME | {
        "type": "template",
        "template": {
            "name": "reply_waiting",
            "language": {"code": "en_US"},
            "components": [{"type": "body", "parameters": [{"type": "text", "text": "one two three"}]}],
        },
    }


@pytest.mark.parametrize(
    ("content", "configured", "expected"),
    [
        (text("a"), None, None),
        (text("a" * 1025), "t", None),
        (text(" \n "), "t", None),
        (Content(kind=ContentKind.IMAGE), "t", None),
        (text("a"), "t", Template(name="t", language="ja", parameters=("a",))),
        (
            Content(kind=ContentKind.TEMPLATE, template=Template(name="own", language="th")),
            None,
            Template(name="own", language="th"),
        ),
    ],
)
def test_which_messages_fill_a_template(content: Content, configured: str | None, expected: Template | None) -> None:
    assert fitting(content, configured, "ja") == expected


REQUEST = ProviderRequest("/1/messages", Method.FREE_FORM, Repeat.NEVER, {}, b"")
ANSWERS = [
    ("send_200", "accepted"),
    ("send_200_empty", "ambiguous"),
    ("send_400_131047", "window_closed"),
    ("send_400_131026", "recipient_gone"),
    ("send_400_131050", "recipient_gone"),
    ("send_400_131056", "throttled"),
    ("send_400_80007", "throttled"),
    ("send_429_130429", "throttled"),
    ("send_500_131000", "transient"),
    ("send_503_131016", "transient"),
    ("send_400_131053", "transient"),
    ("send_400_131051", "permanent:whatsapp_131051"),
    ("send_400_130472", "permanent:whatsapp_130472"),
    ("send_404_132001", "permanent:whatsapp_132001"),
    ("send_400_100", "permanent:whatsapp_100"),
    ("send_403_131031", "channel_broken"),
    ("send_403_200", "channel_broken"),
    ("send_401_190", "channel_broken"),
    ("send_500_html", "ambiguous"),
]


@pytest.mark.parametrize(("name", "code"), ANSWERS)
def test_answers(name: str, code: str) -> None:
    assert classify(REQUEST, sample("whatsapp", name), NOW).code == code


def test_every_sample_has_its_row() -> None:
    assert {name for name, _ in ANSWERS} == samples("whatsapp")


def test_the_message_id_is_kept() -> None:
    assert classify(REQUEST, sample("whatsapp", "send_200"), NOW).ids == ("wamid.HBgLODE5MDEyMzQ1Njc4FQIAERgSQTI3",)


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (400, b'{"error": "text"}', "permanent:whatsapp_400"),
        (400, b'{"error": {"code": true}}', "permanent:whatsapp_400"),
        (500, b'{"error": {"code": 999999, "message": 5}}', "ambiguous"),
        (429, b'{"error": {"code": 999999}}', "throttled"),
        (200, b"[]", "ambiguous"),
    ],
)
def test_odd_answers(status: int, body: bytes, code: str) -> None:
    assert classify(REQUEST, HttpAnswer(status, {}, body), NOW).code == code


def test_the_agent_is_told_metas_details() -> None:
    error = {"message": "(#131009) Parameter value is not valid", "code": 131009}
    error["error_data"] = {"messaging_product": "whatsapp", "details": "Button title length invalid."}
    outcome = classify(REQUEST, HttpAnswer(400, {}, json.dumps({"error": error}).encode()), NOW)
    assert outcome.reason == (
        "WhatsApp refused it: (#131009) Parameter value is not valid: Button title length invalid."
    )
