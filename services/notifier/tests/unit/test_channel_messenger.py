"""Messenger and Instagram: a message → exact requests; an answer → what it means."""

import json
from datetime import timedelta
from typing import Any

import pytest
from channel_values import MESSAGE, NOW, PHONE, outgoing, sender, shown, text

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, Location, QuickReply
from notifier.channels.instagram import INSTAGRAM
from notifier.channels.messenger import MESSENGER
from notifier.channels.provider import Channel, HttpAnswer, ProviderRequest
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome
from notifier.domain.splitter import utf8_bytes

HEADERS = {"Authorization": "Bearer tok-new", "Content-Type": "application/json"}
PSID = Address(kind=AddressKind.MESSENGER_USER, value="25745921838397210")
IGSID = Address(kind=AddressKind.INSTAGRAM_USER, value="6017042031674321")
MARK = {"metadata": f"madoguchi:{MESSAGE}"}
PICTURE = Attachment(kind=ContentKind.IMAGE, url="https://cdn.example/a.jpg")
CHOICE = QuickReply(label="はい", payload="YES")


def bodies(
    content: Content, channel: Channel = MESSENGER, to: Address = PSID, method: Method = Method.FREE_FORM
) -> list[Any]:
    found = channel.render(outgoing(content, to, method), sender())
    assert isinstance(found, tuple)
    assert all((one.method, one.url, dict(one.headers)) == ("POST", "/me/messages", HEADERS) for one in found)
    assert all(one.repeat is Repeat.NEVER for one in found)
    return [shown(one)[3] for one in found]


@pytest.mark.parametrize(
    ("content", "messages"),
    [
        (text("返金しました"), [{"text": "返金しました"}]),
        (
            Content(kind=ContentKind.IMAGE, text="見て", attachments=(PICTURE,)),
            [{"attachment": {"type": "image", "payload": {"url": PICTURE.url}}}, {"text": "見て"}],
        ),
        (
            Content(
                kind=ContentKind.FILE,
                attachments=(Attachment(kind=ContentKind.FILE, provider_media_id="1745504518999123"),),
            ),
            [{"attachment": {"type": "file", "payload": {"attachment_id": "1745504518999123"}}}],
        ),
        (
            Content(kind=ContentKind.LOCATION, location=Location(latitude=35.0, longitude=139.5, title="店")),
            [{"text": "店\nhttps://maps.google.com/?q=35.000000,139.500000"}],
        ),
        (
            text("よろしいですか?", quick_replies=(CHOICE, QuickReply(label="a very long label indeed"))),
            [
                {
                    "text": "よろしいですか?",
                    "quick_replies": [
                        {"content_type": "text", "title": "はい", "payload": "YES"},
                        {
                            "content_type": "text",
                            "title": "a very long label i…",
                            "payload": "a very long label indeed",
                        },
                    ],
                }
            ],
        ),
        (Content(kind=ContentKind.STICKER, sticker="767226160478561"), [{"sticker_id": 767226160478561}]),
    ],
)
def test_what_messenger_carries(content: Content, messages: list[dict[str, Any]]) -> None:
    frame = {"recipient": {"id": "25745921838397210"}, "messaging_type": "RESPONSE"}
    assert bodies(content) == [frame | {"message": message | MARK} for message in messages]


def test_after_the_window_an_agent_answers_with_the_tag() -> None:
    (body,) = bodies(text("お待たせしました"), method=Method.TAGGED)
    assert (body["messaging_type"], body["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")


def test_an_answer_quotes_and_a_reference_is_addressed_as_such() -> None:
    (body,) = bodies(text("a", reply_to="m_1"), to=Address(kind=AddressKind.EXTERNAL, value="user-ref-1"))
    assert (body["reply_to"], body["recipient"]) == ({"mid": "m_1"}, {"user_ref": "user-ref-1"})


def test_more_choices_than_buttons_are_lines() -> None:
    choices = tuple(QuickReply(label=str(number)) for number in range(14))
    (body,) = bodies(text("which?", quick_replies=choices))
    assert body["message"]["text"].count("\n▸ ") == 14
    assert "quick_replies" not in body["message"]


def test_texts_are_split_by_characters_and_by_bytes() -> None:
    assert [len(one["message"]["text"]) for one in bodies(text("あ" * 4500))] == [2000, 2000, 500]
    sent = bodies(text("あ" * 700), INSTAGRAM, IGSID)
    assert [utf8_bytes(one["message"]["text"]) for one in sent] == [999, 999, 102]
    assert all("metadata" not in one["message"] for one in sent)


@pytest.mark.parametrize(
    ("channel", "to", "content", "values", "code"),
    [
        (MESSENGER, PHONE, text("a"), {}, "recipient_gone"),
        (INSTAGRAM, PSID, text("a"), {}, "recipient_gone"),
        (INSTAGRAM, IGSID, Content(kind=ContentKind.STICKER, sticker="1"), {}, "permanent:unsupported_content"),
        (MESSENGER, PSID, Content(kind=ContentKind.IMAGE), {}, "permanent:unsupported_content"),
        (MESSENGER, PSID, text("a"), {"secrets": {}}, "channel_broken"),
    ],
)
def test_refused_before_any_request(
    channel: Channel, to: Address, content: Content, values: dict[str, Any], code: str
) -> None:
    found = channel.render(outgoing(content, to, Method.FREE_FORM), sender(**values))
    assert isinstance(found, Outcome)
    assert found.code == code


REQUEST = ProviderRequest("/me/messages", Method.FREE_FORM, Repeat.NEVER, {}, b"")


@pytest.mark.parametrize(
    ("status", "code", "subcode", "message", "expected"),
    [
        (400, 10, 2018278, "(#10) This message is sent outside of allowed window.", "window_closed"),
        (400, 10, 2534022, "(#10) This message is sent outside of allowed window.", "window_closed"),
        (400, 10, None, "(#10) This message is sent outside of allowed window.", "window_closed"),
        (403, 10, None, "(#10) Application does not have permission for this action", "channel_broken"),
        (400, 551, 1545041, "(#551) This person isn't available right now.", "recipient_gone"),
        (400, 100, 2018001, "(#100) No matching user found", "recipient_gone"),
        (400, 10, 2018108, "(#10) This Person Cannot Receive Messages", "recipient_gone"),
        (400, 100, 2534014, "The requested user cannot be found.", "recipient_gone"),
        (400, 100, None, "(#100) param message must be non-empty.", "permanent:messenger_100"),
        (400, 100, 2018300, "(#100) another app is controlling this thread now", "permanent:messenger_100"),
        (401, 190, 460, "Error validating access token", "channel_broken"),
        (403, 200, 2018028, "Cannot message users who are not admins", "channel_broken"),
        (400, 230, None, "Requires pages_messaging permission", "channel_broken"),
        (400, 368, None, "The action attempted has been deemed abusive", "channel_broken"),
        (400, 4, 2018022, "Too many send requests to phone numbers", "throttled"),
        (400, 32, None, "Page request limit reached", "throttled"),
        (400, 613, None, "Calls to this api have exceeded the rate limit.", "throttled"),
        (400, 80006, None, "Messenger API rate limit", "throttled"),
        (400, 100, 2018008, "(#100) Failed to fetch the file from the url.", "transient"),
        (429, 999999, None, "slow", "throttled"),
        (500, 1, None, "An unknown error occurred", "transient"),
        (500, 2, None, "An unexpected error has occurred. Please retry your request later.", "transient"),
        (400, 1200, None, "Temporary send message failure. Please try again later.", "transient"),
        (500, 1, 1357046, "Received Invalid JSON reply.", "ambiguous"),
        (500, 999999, None, "?", "ambiguous"),
    ],
)
def test_refusals(status: int, code: int, subcode: int | None, message: str, expected: str) -> None:
    error = {"message": message, "type": "OAuthException", "code": code, "error_subcode": subcode, "fbtrace_id": "A"}
    answer = HttpAnswer(status, {}, json.dumps({"error": error}).encode())
    assert MESSENGER.classify(REQUEST, answer, NOW).code == expected
    assert INSTAGRAM.classify(REQUEST, answer, NOW).code == expected.replace("messenger", "instagram")


@pytest.mark.parametrize(
    ("usage", "minutes"),
    [
        ('{"1": [{"type": "messenger", "call_count": 100, "estimated_time_to_regain_access": 19}]}', 19),
        ('{"1": [{"estimated_time_to_regain_access": 2}], "2": [{"estimated_time_to_regain_access": 7}]}', 7),
        ('{"1": [{"estimated_time_to_regain_access": 0}]}', None),
        ('{"1": {}, "2": [3]}', None),
        ("soon", None),
        ("", None),
    ],
)
def test_a_throttle_tells_when_it_ends(usage: str, minutes: int | None) -> None:
    body = b'{"error": {"message": "slow", "type": "OAuthException", "code": 613}}'
    outcome = MESSENGER.classify(REQUEST, HttpAnswer(400, {"x-business-use-case-usage": usage}, body), NOW)
    assert outcome.code == "throttled"
    assert outcome.retry_after == (None if minutes is None else timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("status", "body", "code", "ids"),
    [
        (200, b'{"recipient_id": "1", "message_id": "m_AG5Hz2U"}', "accepted", ("m_AG5Hz2U",)),
        (200, b'{"recipient_id": "1"}', "ambiguous", ()),
        (200, b"[]", "ambiguous", ()),
        (502, b"<html>", "ambiguous", ()),
        (400, b'{"error": "text"}', "permanent:messenger_400", ()),
        (400, b'{"error": {"code": true}}', "permanent:messenger_400", ()),
    ],
)
def test_other_answers(status: int, body: bytes, code: str, ids: tuple[str, ...]) -> None:
    outcome = MESSENGER.classify(REQUEST, HttpAnswer(status, {}, body), NOW)
    assert (outcome.code, outcome.ids) == (code, ids)
