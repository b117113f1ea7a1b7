"""The fields of an incoming message → Content."""

from contracts.values import Attachment, Content, ContentKind, Location
from ingest.channels.twilio.request import Fields
from ingest.domain.shape import optional_identity, text

MAX_MEDIA = 50
_CARDS = frozenset({"text/vcard", "text/x-vcard", "text/directory"})
_KINDS = {"image": ContentKind.IMAGE, "video": ContentKind.VIDEO, "audio": ContentKind.AUDIO}


def content_of(fields: Fields) -> Content:
    return _pressed(fields) or _placed(fields) or _sent(fields)


def _sent(fields: Fields) -> Content:
    files = attachments_of(fields)
    if not files:
        return Content(kind=ContentKind.TEXT, text=fields.get("Body", ""), reply_to=_quoted(fields))
    sticker = files[0].provider_media_id if fields.get("MessageType") == "sticker" else None
    kind = ContentKind.STICKER if sticker else _kind(files[0])
    said = text(fields, "Body")
    return Content(kind=kind, text=said, attachments=files, sticker=sticker, reply_to=_quoted(fields))


def _placed(fields: Fields) -> Content | None:
    if not fields.get("Latitude") or not fields.get("Longitude"):
        return None
    return Content(
        kind=ContentKind.LOCATION, location=_location(fields), text=text(fields, "Body"), reply_to=_quoted(fields)
    )


def _quoted(fields: Fields) -> str | None:
    return optional_identity(fields, "OriginalRepliedMessageSid")


def _pressed(fields: Fields) -> Content | None:
    """A button, a row of a list, a filled-in flow: what it sends along, and what the person saw."""
    said = text(fields, "Body")
    pairs = (
        (text(fields, "ButtonPayload") or text(fields, "ButtonText"), text(fields, "ButtonText") or said),
        (text(fields, "ListId"), text(fields, "ListTitle") or said),
        (text(fields, "InteractiveData") or text(fields, "FlowData"), said),
    )
    for payload, shown in pairs:
        if payload is not None:
            return Content(kind=ContentKind.POSTBACK, payload=payload, text=shown, reply_to=_quoted(fields))
    return None


def attachments_of(fields: Fields) -> tuple[Attachment, ...]:
    """By `MediaUrl0`, `MediaUrl1` …: `NumMedia` is missing in some channels."""
    found: list[Attachment] = []
    while len(found) < MAX_MEDIA and (url := text(fields, f"MediaUrl{len(found)}")):
        mime = text(fields, f"MediaContentType{len(found)}")
        found.append(
            Attachment(kind=_kind_of(mime or ""), provider_media_id=url.rpartition("/")[2] or None, url=url, mime=mime)
        )
    return tuple(found)


def _kind_of(mime: str) -> ContentKind:
    return _KINDS.get(mime.partition("/")[0].lower(), ContentKind.FILE)


def _kind(file: Attachment) -> ContentKind:
    return ContentKind.CONTACT_CARD if (file.mime or "").lower() in _CARDS else file.kind


def _location(fields: Fields) -> Location:
    return Location.model_validate(
        {
            "latitude": _number(fields["Latitude"]),
            "longitude": _number(fields["Longitude"]),
            "title": text(fields, "Label"),
            "address": text(fields, "Address"),
        }
    )


def _number(digits: str) -> object:
    """What is no number is left for the contract to refuse."""
    try:
        return float(digits)
    except ValueError:
        return None
