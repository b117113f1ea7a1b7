"""A LINE message object → Content."""

from collections.abc import Callable

from contracts.values import Attachment, Content, ContentKind, Location
from ingest.domain.shape import (
    Json,
    Unreadable,
    count,
    identity,
    items,
    one_of,
    optional_identity,
    optional_part,
    required_text,
    text,
    write_json,
)
from ingest.domain.text import clean


def content_of(message: Json) -> Content:
    read = _READERS.get(text(message, "type") or "")
    if read is None and one_of(message, "altText", "text"):
        return _worded(message)
    if read is None:
        raise Unreadable("a message type that this adapter doesn't know")
    return read(message)


def postback_content(postback: Json) -> Content:
    """`params` hold what was picked: a date, a time, a rich menu."""
    picked = [clean(value) for value in optional_part(postback, "params").values() if isinstance(value, str)]
    return Content(
        kind=ContentKind.POSTBACK, payload=required_text(postback, "data"), text=" ".join(picked) if picked else None
    )


def _worded(message: Json) -> Content:
    """Of a flex message, a template and whatever LINE thinks of next people see the alternative text."""
    kind = ContentKind.TEMPLATE if text(message, "altText") else ContentKind.UNKNOWN
    return Content(kind=kind, text=one_of(message, "altText", "text"), payload=write_json(dict(message)))


def _text(message: Json) -> Content:
    return Content(
        kind=ContentKind.TEXT,
        text=required_text(message, "text"),
        reply_to=optional_identity(message, "quotedMessageId"),
    )


def _media(kind: ContentKind) -> Callable[[Json], Content]:
    """Pictures sent together come as messages of their own; the payload says which of how many this is."""

    def read(message: Json) -> Content:
        provider = optional_part(message, "contentProvider")
        external = text(provider, "originalContentUrl") if text(provider, "type") == "external" else None
        attachment = Attachment(
            kind=kind,
            provider_media_id=None if external else identity(message, "id"),
            url=external,
            duration_ms=count(message, "duration"),
        )
        together = optional_part(message, "imageSet")
        return Content(kind=kind, attachments=(attachment,), payload=write_json(together) if together else None)

    return read


def _file(message: Json) -> Content:
    attachment = Attachment(
        kind=ContentKind.FILE,
        provider_media_id=identity(message, "id"),
        file_name=text(message, "fileName"),
        size_bytes=count(message, "fileSize"),
    )
    return Content(kind=ContentKind.FILE, attachments=(attachment,))


def _location(message: Json) -> Content:
    location = Location.model_validate(
        {
            "latitude": message.get("latitude"),
            "longitude": message.get("longitude"),
            "title": text(message, "title"),
            "address": text(message, "address"),
        }
    )
    return Content(kind=ContentKind.LOCATION, location=location)


def _sticker(message: Json) -> Content:
    """The words a person typed onto a message sticker; else LINE's keywords for the picture."""
    keywords = [clean(word) for word in items(message, "keywords") if isinstance(word, str)]
    return Content(
        kind=ContentKind.STICKER,
        sticker=f"{identity(message, 'packageId')}/{identity(message, 'stickerId')}",
        text=text(message, "text") or ", ".join(keywords) or None,
        reply_to=optional_identity(message, "quotedMessageId"),
    )


_READERS: dict[str, Callable[[Json], Content]] = {
    "text": _text,
    "image": _media(ContentKind.IMAGE),
    "video": _media(ContentKind.VIDEO),
    "audio": _media(ContentKind.AUDIO),
    "file": _file,
    "location": _location,
    "sticker": _sticker,
}
