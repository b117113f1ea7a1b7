"""A Viber message object → Content. Viber REST API, "Receive message from user"."""

from collections.abc import Callable

from contracts.values import Attachment, Content, ContentKind, Location
from ingest.domain.shape import Json, Unreadable, count, part, required_text, text, write_json

MAX_SECONDS = 180


def content_of(message: Json) -> Content:
    read = _READERS.get(text(message, "type") or "")
    if read is None:
        raise Unreadable("a message type that this adapter doesn't know")
    return read(message)


def _text(message: Json) -> Content:
    return Content(kind=ContentKind.TEXT, text=required_text(message, "text"))


def _media(kind: ContentKind) -> Callable[[Json], Content]:
    def read(message: Json) -> Content:
        file = Attachment(
            kind=kind,
            url=required_text(message, "media"),
            file_name=text(message, "file_name"),
            size_bytes=count(message, "size") or count(message, "file_size"),
            duration_ms=_length(message),
        )
        return Content(kind=kind, text=text(message, "text"), attachments=(file,))

    return read


def _length(message: Json) -> int | None:
    """In seconds by the documentation, whose films last 180 of them at most; some devices write milliseconds."""
    found = count(message, "duration")
    return found * 1000 if found is not None and found <= MAX_SECONDS else found


def _link(message: Json) -> Content:
    return Content(kind=ContentKind.TEXT, text=required_text(message, "media"))


def _sticker(message: Json) -> Content:
    number, picture = count(message, "sticker_id"), text(message, "media")
    if number is None:
        raise Unreadable("sticker_id is not a number")
    files = (Attachment(kind=ContentKind.STICKER, url=picture),) if picture else ()
    return Content(kind=ContentKind.STICKER, sticker=str(number), attachments=files)


def _contact(message: Json) -> Content:
    card = part(message, "contact")
    words = " ".join(filter(None, (text(card, "name"), text(card, "phone_number"))))
    return Content(kind=ContentKind.CONTACT_CARD, text=words or None, payload=write_json(card))


def _location(message: Json) -> Content:
    place = part(message, "location")
    named = {"latitude": place.get("lat"), "longitude": place.get("lon"), "address": text(place, "address")}
    return Content(kind=ContentKind.LOCATION, location=Location.model_validate(named))


_READERS: dict[str, Callable[[Json], Content]] = {
    "text": _text,
    "picture": _media(ContentKind.IMAGE),
    "video": _media(ContentKind.VIDEO),
    "file": _media(ContentKind.FILE),
    "url": _link,
    "sticker": _sticker,
    "contact": _contact,
    "location": _location,
}
