"""A WeChat message → Content. Source: WeChat Official Accounts, "Receiving common messages"."""

from collections.abc import Callable

from contracts.values import Attachment, Content, ContentKind, Location
from ingest.domain.shape import Json, Unreadable, identity, required_text, text, write_json


def content_of(message: Json) -> Content:
    read = _READERS.get(text(message, "MsgType") or "")
    if read is None:
        raise Unreadable("a message type that this adapter doesn't know")
    return read(message)


def _text(message: Json) -> Content:
    """A choice from a menu that we sent is a text with the choice's id."""
    chosen = text(message, "bizmsgmenuid")
    kind = ContentKind.POSTBACK if chosen else ContentKind.TEXT
    return Content(kind=kind, text=required_text(message, "Content"), payload=chosen)


def _media(kind: ContentKind) -> Callable[[Json], Content]:
    def read(message: Json) -> Content:
        form = text(message, "Format")
        attachment = Attachment(
            kind=kind,
            provider_media_id=identity(message, "MediaId"),
            url=text(message, "PicUrl"),
            mime=f"audio/{form.lower()}" if form and kind is ContentKind.AUDIO else None,
        )
        return Content(kind=kind, text=text(message, "Recognition"), attachments=(attachment,))

    return read


def _location(message: Json) -> Content:
    return Content(
        kind=ContentKind.LOCATION,
        location=place_of(message, "Location_X", "Location_Y", text(message, "Label")),
    )


def place_of(message: Json, latitude: str, longitude: str, label: str | None = None) -> Location:
    return Location.model_validate(
        {"latitude": _number(message, latitude), "longitude": _number(message, longitude), "address": label}
    )


def _number(message: Json, name: str) -> float:
    """WeChat's XML has digits, its JSON numbers."""
    try:
        return float(str(message.get(name)))
    except ValueError:
        raise Unreadable(f"{name} is not a number") from None


def _link(message: Json) -> Content:
    told = [text(message, name) for name in ("Title", "Description", "Url")]
    return Content(kind=ContentKind.TEXT, text="\n".join(one for one in told if one) or None)


def _page(message: Json) -> Content:
    shown = {name: text(message, name) for name in ("AppId", "PagePath")}
    return Content(kind=ContentKind.POSTBACK, text=text(message, "Title"), payload=write_json(shown))


def _file(message: Json) -> Content:
    attachment = Attachment(
        kind=ContentKind.FILE,
        provider_media_id=text(message, "MediaId") or text(message, "FileKey"),
        file_name=text(message, "Title"),
    )
    return Content(kind=ContentKind.FILE, text=text(message, "Description"), attachments=(attachment,))


_READERS: dict[str, Callable[[Json], Content]] = {
    "text": _text,
    "image": _media(ContentKind.IMAGE),
    "voice": _media(ContentKind.AUDIO),
    "video": _media(ContentKind.VIDEO),
    "shortvideo": _media(ContentKind.VIDEO),
    "location": _location,
    "link": _link,
    "file": _file,
    "miniprogrampage": _page,
}
