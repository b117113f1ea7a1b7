"""LINE: a message → exact requests; an answer → what it means."""

import json
from datetime import timedelta

import pytest
from channel_values import KEY, NOW, USER, outgoing, sample, samples, sender, shown, text
from linebot.v3.messaging import PushMessageRequest, ReplyMessageRequest

from contracts.values import Attachment, Content, ContentKind, Location, QuickReply
from notifier.channels.line.classify import classify
from notifier.channels.line.render import render
from notifier.channels.provider import HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome
from notifier.domain.splitter import utf16_units

HEADERS = {"Authorization": "Bearer tok-new", "Content-Type": "application/json"}
PICTURE = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg")


def rendered(content: Content, method: Method = Method.PUSH, **values: object) -> tuple[ProviderRequest, ...]:
    found = render(outgoing(content, USER, method, **values), sender())
    assert isinstance(found, tuple)
    return found


def test_a_reply_spends_the_token_and_carries_no_retry_key() -> None:
    (request,) = rendered(text("はい"), Method.REPLY, reply_token="rt-1")
    body = {"replyToken": "rt-1", "messages": [{"type": "text", "text": "はい"}]}
    assert shown(request) == ("POST", "/v2/bot/message/reply", HEADERS, body)
    assert request.repeat is Repeat.SINGLE_USE
    ReplyMessageRequest.from_dict(body)


def test_a_push_carries_the_deliverys_key() -> None:
    (request,) = rendered(text("はい"))
    body = {"to": "U4af4980629", "messages": [{"type": "text", "text": "はい"}]}
    assert shown(request) == ("POST", "/v2/bot/message/push", HEADERS | {"X-Line-Retry-Key": str(KEY)}, body)
    assert request.repeat is Repeat.SAFE
    PushMessageRequest.from_dict(body)


@pytest.mark.parametrize(
    ("content", "bubbles"),
    [
        (
            Content(kind=ContentKind.IMAGE, text="caption", attachments=(PICTURE,)),
            [
                {"type": "image", "originalContentUrl": PICTURE.url, "previewImageUrl": PICTURE.url},
                {"type": "text", "text": "caption"},
            ],
        ),
        (
            Content(
                kind=ContentKind.AUDIO,
                attachments=(Attachment(kind=ContentKind.AUDIO, url="https://cdn.example/a.m4a", duration_ms=1500),),
            ),
            [{"type": "audio", "originalContentUrl": "https://cdn.example/a.m4a", "duration": 1500}],
        ),
        (
            Content(
                kind=ContentKind.FILE,
                attachments=(Attachment(kind=ContentKind.FILE, url="https://cdn.example/a", file_name="契約.pdf"),),
            ),
            [{"type": "text", "text": "契約.pdf\nhttps://cdn.example/a"}],
        ),
        (
            Content(
                kind=ContentKind.VIDEO,
                attachments=(Attachment(kind=ContentKind.VIDEO, url="https://cdn.example/a.mp4"),),
            ),
            [{"type": "text", "text": "https://cdn.example/a.mp4"}],
        ),
        (
            Content(kind=ContentKind.LOCATION, location=Location(latitude=35.0, longitude=139.5, title="店")),
            [{"type": "location", "title": "店", "address": "店", "latitude": 35.0, "longitude": 139.5}],
        ),
        (
            Content(kind=ContentKind.STICKER, sticker="446/1988"),
            [{"type": "sticker", "packageId": "446", "stickerId": "1988"}],
        ),
    ],
)
def test_kinds(content: Content, bubbles: list[dict[str, object]]) -> None:
    (request,) = rendered(content)
    assert shown(request)[3]["messages"] == bubbles


def test_a_video_with_a_picture_before_it_is_one() -> None:
    video = Content(
        kind=ContentKind.VIDEO, attachments=(Attachment(kind=ContentKind.VIDEO, url="https://cdn.example/a.mp4"),)
    )
    preview = "https://cdn.example/p.jpg"
    found = render(outgoing(video, USER, Method.PUSH), sender(options={"video_preview": preview}))
    assert isinstance(found, tuple)
    (bubble,) = shown(found[0])[3]["messages"]
    assert bubble == {"type": "video", "originalContentUrl": "https://cdn.example/a.mp4", "previewImageUrl": preview}


@pytest.mark.parametrize(
    ("status", "said", "code"),
    [
        (400, "Failed to send messages", "recipient_gone"),
        (400, "The property, 'to', in the request body is invalid (line: -, column: -)", "recipient_gone"),
        (400, "The request body could not be parsed as JSON (line: 1, column: 1)", "permanent:line_400"),
        (401, "Authentication failed due to the following reason: invalid token.", "channel_broken"),
        (403, "Access to this API is not available for your account", "channel_broken"),
        (409, "The retry key is already accepted", "accepted"),
        (413, "The request body is too large", "permanent:line_413"),
        (429, "The API rate limit has been exceeded. Try again later.", "throttled"),
        (429, "You have reached your monthly limit.", "permanent:line_monthly_limit"),
        (500, "Internal server error", "ambiguous"),
    ],
)
def test_lines_own_words(status: int, said: str, code: str) -> None:
    (request,) = rendered(text("はい"))
    answer = HttpAnswer(status, {}, json.dumps({"message": said}).encode())
    assert classify(request, answer, NOW).code == code


BUBBLE = {
    "type": "bubble",
    "body": {"type": "box", "layout": "vertical", "contents": [{"type": "text", "text": "返金"}]},
}


def test_a_flex_message_is_sent_with_its_alternative_text() -> None:
    flex = Content(kind=ContentKind.TEMPLATE, text="返金のご案内", payload=json.dumps(BUBBLE))
    (request,) = rendered(flex.model_copy(update={"quick_replies": (QuickReply(label="はい"),)}))
    (bubble,) = shown(request)[3]["messages"]
    assert (bubble["type"], bubble["altText"], bubble["contents"]) == ("flex", "返金のご案内", BUBBLE)
    assert len(bubble["quickReply"]["items"]) == 1
    PushMessageRequest.from_dict(shown(request)[3])


@pytest.mark.parametrize(("words", "payload"), [("a", "{"), ("a", "[]"), ("a", '{"type": "hologram"}'), (None, "{}")])
def test_what_is_no_flex_message_is_refused(words: str | None, payload: str) -> None:
    found = render(
        outgoing(Content(kind=ContentKind.TEMPLATE, text=words, payload=payload), USER, Method.PUSH), sender()
    )
    assert isinstance(found, Outcome)
    assert found.code == "permanent:unsupported_content"


def test_quick_replies_hang_on_the_last_bubble() -> None:
    choices = (QuickReply(label="はい", payload="YES"), QuickReply(label="a label of more than twenty characters"))
    picture = Content(kind=ContentKind.IMAGE, text="どちら?", attachments=(PICTURE,), quick_replies=choices)
    (request,) = rendered(picture)
    image, words = shown(request)[3]["messages"]
    assert "quickReply" not in image
    assert words["quickReply"]["items"] == [
        {
            "type": "action",
            "action": {"type": "postback", "label": "はい", "data": "YES", "displayText": "はい"},
        },
        {
            "type": "action",
            "action": {"type": "message", "label": "a label of more tha…", "text": choices[1].label},
        },
    ]
    PushMessageRequest.from_dict(shown(request)[3])


def test_more_than_thirteen_choices_are_lines() -> None:
    (request,) = rendered(text("どれ?", quick_replies=tuple(QuickReply(label=str(n)) for n in range(14))))
    (bubble,) = shown(request)[3]["messages"]
    assert bubble["text"].startswith("どれ?\n▸ 0\n▸ 1")
    assert "quickReply" not in bubble


@pytest.mark.parametrize(("reply_to", "quoted"), [("468789", "q3Plxr4AgKd"), ("468788", None), (None, None)])
def test_the_customers_last_message_can_be_quoted(reply_to: str | None, quoted: str | None) -> None:
    thread = {"message_id": "468789", "quote_token": "q3Plxr4AgKd"}
    (request,) = rendered(text("はい", reply_to=reply_to), thread=thread)
    assert shown(request)[3]["messages"][0].get("quoteToken") == quoted


@pytest.mark.parametrize(
    "content",
    [
        Content(kind=ContentKind.CONTACT_CARD),
        Content(kind=ContentKind.STICKER, sticker="446"),
        Content(kind=ContentKind.IMAGE, attachments=(Attachment(kind=ContentKind.IMAGE, provider_media_id="9"),)),
        Content(kind=ContentKind.IMAGE, attachments=(Attachment(kind=ContentKind.IMAGE, url="http://x.example/a"),)),
        text(""),
    ],
)
def test_what_line_cannot_carry_is_refused_before_any_request(content: Content) -> None:
    found = render(outgoing(content, USER, Method.PUSH), sender())
    assert isinstance(found, Outcome)
    assert found.code == "permanent:unsupported_content"


def test_a_long_text_becomes_bubbles_and_what_exceeds_five_is_pushed_with_keys_of_its_own() -> None:
    requests = rendered(text("あ" * 5000 * 11), Method.REPLY, reply_token="rt-1")
    assert [request.url.rpartition("/")[2] for request in requests] == ["reply", "push", "push"]
    sizes = [[utf16_units(one["text"]) for one in shown(request)[3]["messages"]] for request in requests]
    assert sizes == [[5000] * 5, [5000] * 5, [5000]]
    keys = [request.headers.get("X-Line-Retry-Key") for request in requests]
    assert keys[0] is None
    assert len(set(keys)) == 3
    assert keys == [
        r.headers.get("X-Line-Retry-Key") for r in rendered(text("あ" * 55000), Method.REPLY, reply_token="x")
    ]


def test_an_account_without_its_token_is_broken() -> None:
    found = render(outgoing(text("a"), USER, Method.PUSH), sender(secrets={}))
    assert isinstance(found, Outcome)
    assert found.code == "channel_broken"


def test_no_secret_shows_in_a_repr() -> None:
    (request,) = rendered(text("秘密"), Method.REPLY, reply_token="rt-1")
    assert all(word not in repr((request, sender())) for word in ("tok-new", "秘密", "rt-1"))


REPLY = ProviderRequest("/v2/bot/message/reply", Method.REPLY, Repeat.SINGLE_USE, {}, b"")
PUSH = ProviderRequest("/v2/bot/message/push", Method.PUSH, Repeat.SAFE, {}, b"")
ANSWERS = [
    (PUSH, "push_200", "accepted", ("461230966842064897",)),
    (PUSH, "push_409_already_accepted", "accepted", ("461230966842064897",)),
    (REPLY, "reply_400_invalid_token", "reply_token_invalid", ()),
    (PUSH, "push_400_invalid_body", "permanent:line_400", ()),
    (PUSH, "push_401", "channel_broken", ()),
    (PUSH, "push_403", "channel_broken", ()),
    (PUSH, "push_404", "permanent:line_404", ()),
    (PUSH, "push_429_rate", "throttled", ()),
    (PUSH, "push_429_monthly", "permanent:line_monthly_limit", ()),
    (PUSH, "push_500", "ambiguous", ()),
]


@pytest.mark.parametrize(("request_", "name", "code", "ids"), ANSWERS)
def test_answers(request_: ProviderRequest, name: str, code: str, ids: tuple[str, ...]) -> None:
    outcome = classify(request_, sample("line", name), NOW)
    assert (outcome.code, outcome.ids) == (code, ids)


def test_every_sample_has_its_row() -> None:
    assert {name for _, name, _, _ in ANSWERS} == samples("line")


@pytest.mark.parametrize(
    ("status", "body", "code"),
    [
        (200, b"not json", "accepted"),
        (200, b'{"sentMessages": "no"}', "accepted"),
        (408, b"", "transient"),
        (409, b"{}", "transient"),
        (425, b"", "transient"),
        (301, b"", "permanent:redirected"),
        (502, b"[" * 100_000, "ambiguous"),
    ],
)
def test_odd_answers_to_a_reply(status: int, body: bytes, code: str) -> None:
    assert classify(REPLY, HttpAnswer(status, {}, body), NOW).code == code


def test_retry_after_comes_along() -> None:
    outcome = classify(PUSH, HttpAnswer(429, {"retry-after": "7"}, b"{}"), NOW)
    assert outcome.retry_after == timedelta(seconds=7)


def test_the_agent_is_told_lines_details() -> None:
    body = {
        "message": "The request body has 1 error(s)",
        "details": [{"message": "May not be empty", "property": "messages[0].text"}],
    }
    outcome = classify(PUSH, HttpAnswer(400, {}, json.dumps(body).encode()), NOW)
    assert outcome.code == "permanent:line_400"
    assert outcome.reason.endswith("The request body has 1 error(s) (messages[0].text: May not be empty)")
