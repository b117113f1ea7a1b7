"""What a provider shows as a picture, film or sound; every other type still arrives, as a document or a link.

Sources: WhatsApp Cloud API, "Media, supported media types"; LINE Messaging API, "Image message", "Audio message", "Video message".
"""

import json

import pytest
from channel_values import PHONE, USER, outgoing, sender

from contracts.values import Attachment, Content, ContentKind
from notifier.channels.line import LINE
from notifier.channels.whatsapp import WHATSAPP
from notifier.domain.choose_path import Method

URL = "https://cdn.example/a/file.bin"


@pytest.mark.parametrize(
    ("kind", "mime", "form"),
    [
        (ContentKind.IMAGE, "image/jpeg", "image"),
        (ContentKind.IMAGE, "image/PNG", "image"),
        (ContentKind.IMAGE, None, "image"),
        (ContentKind.IMAGE, "image/gif", "document"),
        (ContentKind.IMAGE, "image/heic", "document"),
        (ContentKind.VIDEO, "video/mp4", "video"),
        (ContentKind.VIDEO, "video/quicktime", "document"),
        (ContentKind.AUDIO, "audio/ogg; codecs=opus", "audio"),
        (ContentKind.AUDIO, "audio/wav", "document"),
        (ContentKind.FILE, "image/jpeg", "document"),
    ],
)
def test_whatsapp(kind: ContentKind, mime: str | None, form: str) -> None:
    content = Content(kind=kind, attachments=(Attachment(kind=kind, url=URL, mime=mime),))
    found = WHATSAPP.render(outgoing(content, PHONE, Method.FREE_FORM), sender())
    assert isinstance(found, tuple)
    body = json.loads(found[0].body)
    named = {"filename": "file.bin"} if form == "document" else {}
    assert (body["type"], body[form]) == (form, {"link": URL, **named})


@pytest.mark.parametrize(
    ("kind", "mime", "form"),
    [
        (ContentKind.IMAGE, "image/png", "image"),
        (ContentKind.IMAGE, None, "image"),
        (ContentKind.IMAGE, "image/webp", "text"),
        (ContentKind.AUDIO, "audio/mp4", "audio"),
        (ContentKind.AUDIO, "audio/ogg; codecs=opus", "text"),
        (ContentKind.VIDEO, "video/mp4", "video"),
        (ContentKind.VIDEO, "video/webm", "text"),
        (ContentKind.FILE, "application/pdf", "text"),
    ],
)
def test_line(kind: ContentKind, mime: str | None, form: str) -> None:
    content = Content(kind=kind, attachments=(Attachment(kind=kind, url=URL, mime=mime, duration_ms=900),))
    account = sender(options={"video_preview": "https://cdn.example/p.png"})
    found = LINE.render(outgoing(content, USER, Method.PUSH), account)
    assert isinstance(found, tuple)
    (bubble,) = json.loads(found[0].body)["messages"]
    assert bubble["type"] == form
    assert bubble.get("text", URL) == URL
