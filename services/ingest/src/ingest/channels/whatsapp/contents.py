"""A WhatsApp message object → Content."""

from collections.abc import Callable

from contracts.values import Attachment, Content, ContentKind, Location
from ingest.domain.shape import (
    Json,
    Unreadable,
    identity,
    items,
    mapping,
    optional_identity,
    optional_part,
    part,
    required_text,
    text,
    write_json,
)


def content_of(message: Json) -> Content:
    read = _READERS.get(text(message, "type") or "")
    if read is None:
        raise Unreadable("a message type that this adapter doesn't know")
    replied_to = optional_identity(optional_part(message, "context"), "id")
    return read(message).model_copy(update={"reply_to": replied_to})


def _text(message: Json) -> Content:
    return Content(kind=ContentKind.TEXT, text=required_text(part(message, "text"), "body"))


def _media(name: str, kind: ContentKind) -> Callable[[Json], Content]:
    def read(message: Json) -> Content:
        media = part(message, name)
        attachment = Attachment(
            kind=kind,
            provider_media_id=identity(media, "id"),
            mime=text(media, "mime_type"),
            sha256=text(media, "sha256"),
            file_name=text(media, "filename"),
        )
        sticker = attachment.provider_media_id if kind is ContentKind.STICKER else None
        return Content(kind=kind, text=text(media, "caption"), attachments=(attachment,), sticker=sticker)

    return read


def _location(message: Json) -> Content:
    place = part(message, "location")
    location = Location.model_validate(
        {
            "latitude": place.get("latitude"),
            "longitude": place.get("longitude"),
            "title": text(place, "name"),
            "address": text(place, "address"),
        }
    )
    return Content(kind=ContentKind.LOCATION, location=location)


def _contacts(message: Json) -> Content:
    """The text is for people: one line per card. The cards themselves are the payload."""
    cards = [mapping(card, "a contact") for card in items(message, "contacts")]
    lines = [
        " ".join(filter(None, (text(optional_part(card, "name"), "formatted_name"), *_phones(card)))) for card in cards
    ]
    return Content(kind=ContentKind.CONTACT_CARD, text="\n".join(lines) or None, payload=write_json(cards))


def _phones(card: Json) -> list[str | None]:
    return [text(each, "phone") for each in items(card, "phones") if isinstance(each, dict)]


def _button(message: Json) -> Content:
    button = part(message, "button")
    return Content(kind=ContentKind.POSTBACK, text=text(button, "text"), payload=text(button, "payload"))


def _interactive(message: Json) -> Content:
    reply = part(message, "interactive")
    match text(reply, "type"):
        case "button_reply" | "list_reply" as kind:
            chosen = part(reply, kind)
            return Content(kind=ContentKind.POSTBACK, text=text(chosen, "title"), payload=required_text(chosen, "id"))
        case "nfm_reply":
            flow = part(reply, "nfm_reply")
            payload = required_text(flow, "response_json")
            return Content(kind=ContentKind.POSTBACK, text=text(flow, "body"), payload=payload)
        case _:
            raise Unreadable("an interactive reply that this adapter doesn't know")


def _order(message: Json) -> Content:
    order = part(message, "order")
    return Content(kind=ContentKind.POSTBACK, text=text(order, "text"), payload=write_json(order))


def _unsupported(message: Json) -> Content:
    """Somebody wrote something that the Cloud API can't carry: the agent must see that, and Meta's reason."""
    details = [optional_part(each, "error_data") for each in items(message, "errors") if isinstance(each, dict)]
    reasons = [text(detail, "details") for detail in details]
    return Content(kind=ContentKind.UNKNOWN, payload="; ".join(filter(None, reasons)) or None)


_READERS: dict[str, Callable[[Json], Content]] = {
    "text": _text,
    "image": _media("image", ContentKind.IMAGE),
    "video": _media("video", ContentKind.VIDEO),
    "audio": _media("audio", ContentKind.AUDIO),
    "voice": _media("voice", ContentKind.AUDIO),
    "document": _media("document", ContentKind.FILE),
    "sticker": _media("sticker", ContentKind.STICKER),
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "unsupported": _unsupported,
}
