"""Twilio: a message → exact requests, as its SDK makes them; an answer → what it means."""

import base64
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from channel_values import NOW, PHONE, USER, outgoing, sender, text
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from contracts.values import (
    Address,
    AddressKind,
    Attachment,
    Content,
    ContentKind,
    Location,
    QuickReply,
    Template,
)
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.channels.twilio import TWILIO_SMS, TWILIO_WHATSAPP
from notifier.channels.twilio.classify import classify
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome

SID = "AC0123456789abcdef0123456789abcdef"
OURS, THREAD = "+15557654321", {"from": "+15550000000"}
PICTURE = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg")
SOUND = Attachment(kind=ContentKind.AUDIO, url="https://cdn.example/a.ogg")
CHANNELS = {"sms": TWILIO_SMS, "whatsapp": TWILIO_WHATSAPP}
Form = list[tuple[str, str]]


def account(**options: str) -> Any:
    return sender(external_id=OURS, options={"account_sid": SID} | options, secrets={"auth_token": ("tok", "old")})


def rendered(kind: str, content: Content, method: Method = Method.PUSH, **values: Any) -> tuple[ProviderRequest, ...]:
    address, options = values.pop("address", PHONE), values.pop("options", {})
    found = CHANNELS[kind].render(outgoing(content, address, method, **values), account(**options))
    assert isinstance(found, tuple), found
    return found


def form(request: ProviderRequest) -> Form:
    return parse_qsl(request.body.decode(), keep_blank_values=True)


def bodies(kind: str, content: Content, method: Method = Method.PUSH, **values: Any) -> list[Form]:
    return [form(request) for request in rendered(kind, content, method, **values)]


def test_a_text() -> None:
    (request,) = rendered("sms", text("承知しました & = +"))
    assert (request.method, request.url) == ("POST", f"/2010-04-01/Accounts/{SID}/Messages.json")
    pair = base64.b64encode(f"{SID}:tok".encode()).decode()
    assert request.headers == {
        "Authorization": f"Basic {pair}",
        "Content-Type": "application/x-www-form-urlencoded",
    }
    assert form(request) == [("To", "+819012345678"), ("From", OURS), ("Body", "承知しました & = +")]
    assert request.repeat is Repeat.NEVER


def test_it_leaves_from_the_number_that_the_customer_wrote_to() -> None:
    (threaded,) = bodies("sms", text("a"), thread=THREAD, options={"messaging_service_sid": "MG1"})
    (service,) = bodies("sms", text("a"), options={"messaging_service_sid": "MG1", "status_callback": "https://h/x"})
    assert ("From", "+15550000000") in threaded
    assert service == [
        ("To", PHONE.value),
        ("MessagingServiceSid", "MG1"),
        ("StatusCallback", "https://h/x"),
        ("Body", "a"),
    ]


@pytest.mark.parametrize(
    ("kind", "content", "parts"),
    [
        (
            "sms",
            Content(kind=ContentKind.IMAGE, text="見て", attachments=(PICTURE,)),
            [[("Body", "見て"), ("MediaUrl", PICTURE.url)]],
        ),
        (
            "sms",
            Content(kind=ContentKind.IMAGE, attachments=(PICTURE, SOUND)),
            [[("MediaUrl", PICTURE.url), ("MediaUrl", SOUND.url)]],
        ),
        (
            "sms",
            text("どれ?", quick_replies=(QuickReply(label="赤"), QuickReply(label="青"))),
            [[("Body", "どれ?\n▸ 赤\n▸ 青")]],
        ),
        (
            "sms",
            Content(kind=ContentKind.LOCATION, location=Location(latitude=35.0, longitude=139.5, title="店")),
            [[("Body", "店\nhttps://maps.google.com/?q=35.000000,139.500000")]],
        ),
        (
            "whatsapp",
            Content(kind=ContentKind.IMAGE, text="見て", attachments=(PICTURE, SOUND)),
            [[("Body", "見て"), ("MediaUrl", PICTURE.url)], [("MediaUrl", SOUND.url)]],
        ),
        (
            "whatsapp",
            Content(kind=ContentKind.AUDIO, text="聞いて", attachments=(SOUND,)),
            [[("MediaUrl", SOUND.url)], [("Body", "聞いて")]],
        ),
        (
            "whatsapp",
            Content(
                kind=ContentKind.LOCATION, location=Location(latitude=35.5, longitude=139.5, title="店", address="港区")
            ),
            [[("Body", "店"), ("PersistentAction", "geo:35.5,139.5|港区")]],
        ),
        (
            "whatsapp",
            Content(
                kind=ContentKind.LOCATION,
                text="ここ?",
                location=Location(latitude=35.5, longitude=139.5),
                quick_replies=(QuickReply(label="はい"),),
            ),
            [[("Body", "📍"), ("PersistentAction", "geo:35.5,139.5")], [("Body", "ここ?\n▸ はい")]],
        ),
    ],
)
def test_kinds(kind: str, content: Content, parts: list[Form]) -> None:
    method = Method.PUSH if kind == "sms" else Method.FREE_FORM
    prefix = "" if kind == "sms" else "whatsapp:"
    frame = [("To", prefix + PHONE.value), ("From", prefix + OURS)]
    assert bodies(kind, content, method) == [frame + part for part in parts]


def test_a_long_text_is_split_at_1600_units() -> None:
    parts = bodies("sms", text("あ" * 3300))
    assert [len(dict(part)["Body"]) for part in parts] == [1600, 1600, 100]


def test_whatsapp_addresses_a_business_scoped_id_and_keeps_the_numbers_prefix() -> None:
    person = Address(kind=AddressKind.WHATSAPP_BSUID, value="US.1349")
    (part,) = bodies("whatsapp", text("a"), Method.FREE_FORM, address=person, thread={"from": "whatsapp:+1415"})
    assert part == [("To", "whatsapp:US.1349"), ("From", "whatsapp:+1415"), ("Body", "a")]


def test_a_closed_window_takes_the_content_template() -> None:
    (part,) = bodies("whatsapp", text("お待たせ\nしました"), Method.TEMPLATE, template="HX9")
    assert part[2:] == [("ContentSid", "HX9"), ("ContentVariables", '{"1":"お待たせ しました"}')]
    own = Content(kind=ContentKind.TEMPLATE, template=Template(name="HX1", language="ja", parameters=("a", "b")))
    (part,) = bodies("whatsapp", own, Method.TEMPLATE)
    assert json.loads(dict(part)["ContentVariables"]) == {"1": "a", "2": "b"}
    assert TWILIO_WHATSAPP.fits_template is not None
    assert TWILIO_WHATSAPP.fits_template(text("a"), "HX9", "en")
    assert not TWILIO_WHATSAPP.fits_template(text("a"), "order_ready", "en")


BUTTONS = (QuickReply(label="はい", payload="YES"), QuickReply(label="いいえ"))


def test_choices_fill_the_accounts_content_template() -> None:
    (part,) = bodies(
        "whatsapp", text("返金しますか?", quick_replies=BUTTONS), Method.FREE_FORM, options={"choices_2": "HX2"}
    )
    assert part[2:] == [
        ("ContentSid", "HX2"),
        ("ContentVariables", '{"1":"返金しますか?","2":"はい","3":"YES","4":"いいえ","5":"いいえ"}'),
    ]
    pictured = Content(kind=ContentKind.IMAGE, text="あ" * 2700, attachments=(PICTURE,), quick_replies=BUTTONS)
    file, first, second, last = bodies("whatsapp", pictured, Method.FREE_FORM, options={"choices_2": "HX2"})
    assert file[2:] == [("MediaUrl", PICTURE.url)]
    body = json.loads(dict(last)["ContentVariables"])["1"]
    assert dict(first)["Body"] + dict(second)["Body"] + body == "あ" * 2700
    assert len(body) <= 1024


@pytest.mark.parametrize(
    "replies",
    [
        (*BUTTONS, QuickReply(label="三")),
        (QuickReply(label="a label of more than twenty"), QuickReply(label="b")),
        (QuickReply(label="a", payload="same"), QuickReply(label="b", payload="same")),
        (QuickReply(label="a", payload="p" * 201), QuickReply(label="b")),
    ],
)
def test_choices_without_a_template_that_takes_them_are_lines(replies: tuple[QuickReply, ...]) -> None:
    (part,) = bodies("whatsapp", text("どれ?", quick_replies=replies), Method.FREE_FORM, options={"choices_2": "HX2"})
    assert dict(part)["Body"] == "\n".join(["どれ?", *(f"▸ {one.label}" for one in replies)])


@pytest.mark.parametrize(
    ("kind", "content", "address", "code"),
    [
        ("sms", text(""), PHONE, "permanent:unsupported_content"),
        ("sms", Content(kind=ContentKind.STICKER, sticker="1/2"), PHONE, "permanent:unsupported_content"),
        (
            "whatsapp",
            Content(kind=ContentKind.IMAGE, attachments=(Attachment(kind=ContentKind.IMAGE),)),
            PHONE,
            "permanent:unsupported_content",
        ),
        ("sms", text("a"), USER, "recipient_gone"),
    ],
)
def test_what_cannot_travel_is_refused_before_any_request(
    kind: str, content: Content, address: Address, code: str
) -> None:
    found = CHANNELS[kind].render(outgoing(content, address, Method.PUSH), account())
    assert isinstance(found, Outcome)
    assert found.code == code


def test_an_account_that_lacks_something_is_broken() -> None:
    found = TWILIO_SMS.render(outgoing(text("a"), PHONE, Method.PUSH), sender(external_id=OURS))
    assert isinstance(found, Outcome)
    assert found.code == "channel_broken"


class Recorder(HttpClient):
    """What the SDK would send."""

    def __init__(self) -> None:
        super().__init__(None, False, None)
        self.sent: list[tuple[str, str, Any, Any]] = []

    def request(self, method: str, url: str, params: Any = None, data: Any = None, *rest: Any, **more: Any) -> Response:
        self.sent.append((method, url, data, more.get("auth") or rest[1]))
        return Response(201, json.dumps({"sid": "SM1"}))


def test_the_sdk_makes_the_same_requests() -> None:
    recorder = Recorder()
    messages = Client(SID, "tok", http_client=recorder).messages
    messages.create(to=PHONE.value, from_=OURS, body="はい", media_url=[PICTURE.url])
    messages.create(
        to=f"whatsapp:{PHONE.value}", from_=f"whatsapp:{OURS}", content_sid="HX9", content_variables='{"1":"a"}'
    )
    content = Content(kind=ContentKind.IMAGE, text="はい", attachments=(PICTURE,))
    ours = [*rendered("sms", content), *rendered("whatsapp", text("a"), Method.TEMPLATE, template="HX9")]
    for request, (method, url, data, auth) in zip(ours, recorder.sent, strict=True):
        theirs = [(name, one) for name, value in data.items() for one in ([value] if isinstance(value, str) else value)]
        assert (request.method, "https://api.twilio.com" + request.url) == (method, url)
        assert sorted(form(request)) == sorted(theirs)
        assert base64.b64decode(request.headers["Authorization"].split()[1]).decode() == ":".join(auth)


REQUEST = ProviderRequest("/x", Method.PUSH, Repeat.NEVER, {}, b"")


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (400, 21610, "recipient_gone"),
        (400, 21211, "permanent:twilio_21211"),
        (400, 21614, "permanent:twilio_21614"),
        (400, 21408, "permanent:twilio_21408"),
        (400, 30007, "permanent:twilio_30007"),
        (400, 21606, "channel_broken"),
        (401, 20003, "channel_broken"),
        (404, 20404, "channel_broken"),
        (429, 20429, "throttled"),
        (400, 21611, "throttled"),
        (400, 63018, "throttled"),
        (400, 63016, "window_closed"),
        (400, 63024, "recipient_gone"),
        (400, 63033, "recipient_gone"),
        (400, 63015, "recipient_gone"),
        (400, 63021, "permanent:twilio_63021"),
        (400, 63012, "transient"),
        (400, 30034, "channel_broken"),
        (400, 21703, "channel_broken"),
        (400, 63013, "permanent:twilio_63013"),
        (500, 20500, "transient"),
        (400, 30008, "transient"),
        (429, None, "throttled"),
        (403, None, "channel_broken"),
        (502, None, "ambiguous"),
        (302, None, "permanent:redirected"),
    ],
)
def test_refusals(status: int, code: int | None, expected: str) -> None:
    body = b"<html>" if code is None else json.dumps({"code": code, "message": "m", "status": status}).encode()
    assert classify(REQUEST, HttpAnswer(status, {}, body), NOW).code == expected


@pytest.mark.parametrize(
    ("body", "code", "ids"),
    [
        ({"sid": "SM1", "status": "queued", "error_code": None}, "accepted", ("SM1",)),
        ({"sid": "SM1", "status": "failed", "error_code": 63016, "error_message": "closed"}, "window_closed", ()),
        ({"sid": "SM1", "status": "failed", "error_code": 30006}, "permanent:twilio_30006", ()),
        ({"status": "queued"}, "ambiguous", ()),
        ([], "ambiguous", ()),
    ],
)
def test_acceptances(body: Any, code: str, ids: tuple[str, ...]) -> None:
    outcome = classify(REQUEST, HttpAnswer(201, {}, json.dumps(body).encode()), NOW)
    assert (outcome.code, outcome.ids) == (code, ids)
