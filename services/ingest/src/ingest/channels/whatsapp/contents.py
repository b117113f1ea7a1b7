"""A WhatsApp message object → Content."""

import base64
from collections.abc import Callable

from contracts.values import Attachment, Content, ContentKind, Location, Template
from ingest.domain.shape import (
    Json,
    Unreadable,
    count,
    identity,
    items,
    mapping,
    one_of,
    optional_identity,
    optional_part,
    part,
    required_text,
    text,
    write_json,
)

_HEX_DIGITS = 64


def content_of(message: Json) -> Content:
    read = _READERS.get(text(message, "type") or next((name for name in _READERS if name in message), ""))
    if read is None:
        raise Unreadable("a message type that this adapter doesn't know")
    context = optional_part(message, "context")
    content = read(message).model_copy(update={"reply_to": optional_identity(context, "id")})
    product = optional_part(context, "referred_product")
    return content.model_copy(update={"payload": write_json(product)}) if product else content


def edited_content(message: Json) -> Content:
    """Of a changed caption Meta may tell the words alone."""
    kind = text(message, "type") or ""
    media = optional_part(message, kind)
    if kind in _MEDIA and not media.get("id"):
        return Content(kind=_MEDIA[kind], text=text(media, "caption"))
    return content_of(message)


def _text(message: Json) -> Content:
    return Content(kind=ContentKind.TEXT, text=required_text(part(message, "text"), "body"))


def _media(name: str, kind: ContentKind) -> Callable[[Json], Content]:
    def read(message: Json) -> Content:
        media = part(message, name)
        link = text(media, "link")
        attachment = Attachment(
            kind=kind,
            provider_media_id=identity(media, "id") if media.get("id") or not link else None,
            url=link,
            mime=text(media, "mime_type"),
            sha256=_hex(text(media, "sha256")),
            file_name=text(media, "filename"),
        )
        sticker = attachment.provider_media_id if kind is ContentKind.STICKER else None
        return Content(kind=kind, text=text(media, "caption"), attachments=(attachment,), sticker=sticker)

    return read


def _hex(digest: str | None) -> str | None:
    """Webhooks write a file's SHA-256 in base64, the media API in hex."""
    if digest is None or len(digest) == _HEX_DIGITS:
        return digest
    try:
        found = base64.b64decode(digest, validate=True)
    except ValueError:
        return None
    return found.hex() if len(found) * 2 == _HEX_DIGITS else None


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
        case kind if not optional_part(reply, kind or "type") and optional_part(reply, "body"):
            words = text(part(reply, "body"), "text")
            return Content(kind=ContentKind.TEXT, text=words, payload=write_json(dict(reply)))
        case kind:
            answered = part(reply, kind or "type")
            return Content(kind=ContentKind.POSTBACK, text=text(answered, "title"), payload=write_json(answered))


def _order(message: Json) -> Content:
    order = part(message, "order")
    words = text(order, "text") or "\n".join(_item(each) for each in items(order, "product_items"))
    return Content(kind=ContentKind.POSTBACK, text=words or None, payload=write_json(order))


def _item(item: object) -> str:
    wanted = item if isinstance(item, dict) else {}
    price = f"({wanted['item_price']} {text(wanted, 'currency') or ''})" if "item_price" in wanted else ""
    return " ".join(filter(None, (f"{count(wanted, 'quantity') or 1} ×", text(wanted, "product_retailer_id"), price)))


def _template(message: Json) -> Content:
    """Only we send templates: one that is echoed."""
    sent = part(message, "template")
    language = text(optional_part(sent, "language"), "code") or ""
    template = Template(name=identity(sent, "name"), language=language)
    return Content(kind=ContentKind.TEMPLATE, template=template, payload=write_json(dict(sent)))


def _unsupported(message: Json) -> Content:
    """Somebody wrote something that the Cloud API can't carry: the agent must see that, and Meta's reason."""
    errors = [each for each in items(message, "errors") if isinstance(each, dict)]
    reasons = [
        text(optional_part(each, "error_data"), "details") or one_of(each, "details", "title") for each in errors
    ]
    return Content(kind=ContentKind.UNKNOWN, payload="; ".join(filter(None, reasons)) or None)


_MEDIA = {
    "image": ContentKind.IMAGE,
    "video": ContentKind.VIDEO,
    "audio": ContentKind.AUDIO,
    "voice": ContentKind.AUDIO,
    "document": ContentKind.FILE,
    "sticker": ContentKind.STICKER,
}
_READERS: dict[str, Callable[[Json], Content]] = {
    **{name: _media(name, kind) for name, kind in _MEDIA.items()},
    "text": _text,
    "location": _location,
    "contacts": _contacts,
    "button": _button,
    "interactive": _interactive,
    "order": _order,
    "template": _template,
    "unsupported": _unsupported,
    "unknown": _unsupported,
}
