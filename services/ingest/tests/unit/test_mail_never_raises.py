"""Whatever comes to a door of mail: events that can be written, or a file that holds it; never an exception."""

import json
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mail_house import BOUNDARY, drafts, form, hook

CHANNELS: Final = ("mailgun", "sendgrid", "postmark", "ses", "email")
VOCABULARY: Final = """
From To Subject Message-ID References In-Reply-To Date Content-Type Content-Disposition
Content-Transfer-Encoding MIME-Version multipart/mixed multipart/alternative multipart/report message/rfc822
message/delivery-status text/plain text/html text/calendar application/ms-tnef boundary=b charset=iso-2022-jp
charset=unknown filename*=utf-8''%41 =?iso-2022-jp?B?GyRC?= <a@b.example> jo@example.com --b --b-- base64
quoted-printable event event-data signature RecordType Delivery Bounce FromFull Headers Attachments
notificationType bounce bouncedRecipients mail messageId headers body-plain body-mime message-headers
content-id-map email charsets envelope attachment-info Message Type Notification Action failed Final-Recipient
"""
WORDS: Final = VOCABULARY.split()
TEXT = st.sampled_from(WORDS) | st.text(st.characters(exclude_categories=[]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=5),
    max_leaves=25,
)
LINES = st.lists(st.builds(": ".join, st.tuples(TEXT, TEXT)) | TEXT | st.just(""), max_size=30).map(
    lambda lines: "\r\n".join(lines).encode("utf-8", "surrogatepass")
)
FORMS = st.dictionaries(st.sampled_from(WORDS), LINES | st.binary(max_size=40), max_size=8)


@settings(max_examples=150, deadline=None)
@given(LINES | st.binary(max_size=200))
def test_any_mail(source: bytes) -> None:
    drafts(hook("email", b"From: jo@example.com\r\n" + source, "message/rfc822"))
    drafts(hook("email", source, "message/rfc822"))


@pytest.mark.parametrize("channel", CHANNELS)
@settings(max_examples=80, deadline=None)
@given(VALUES)
def test_any_json(channel: str, value: Any) -> None:
    drafts(hook(channel, json.dumps(value).encode()))
    if channel == "mailgun":
        drafts(hook(channel, {"event-data": value}))
    if channel == "sendgrid":
        drafts(hook(channel, [value]))
    if channel == "ses":
        drafts(hook(channel, {"Type": "Notification", "Message": json.dumps(value)}))


@pytest.mark.parametrize("channel", ["mailgun", "sendgrid"])
@settings(max_examples=80, deadline=None)
@given(FORMS, st.binary(max_size=60))
def test_any_form(channel: str, fields: dict[str, bytes], junk: bytes) -> None:
    drafts(hook(channel, *form(*fields.items(), ("from", "jo@example.com"))))
    body, kind = form(*fields.items())
    drafts(hook(channel, body[: len(body) // 2] + junk, kind))
    drafts(hook(channel, junk, f"multipart/form-data; boundary={BOUNDARY}"))
    drafts(hook(channel, junk, "multipart/form-data"))
    drafts(hook(channel, junk, "application/x-www-form-urlencoded"))


def test_a_form_of_too_many_fields_is_kept_whole() -> None:
    body, kind = form(*((f"f{number}", "x") for number in range(1_500)))
    (draft,) = drafts(hook("mailgun", body, kind))
    assert draft.files[0].content == body
