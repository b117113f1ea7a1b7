"""Content to Cloud API requests. Source: WhatsApp Cloud API reference, "Messages"."""

from typing import Any, Final
from urllib.parse import unquote, urlsplit

from contracts.values import AddressKind, Attachment, Content, ContentKind, Location
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json, json_headers
from notifier.channels.whatsapp import template
from notifier.channels.whatsapp.choices import TEXT_LIMIT, choices_of
from notifier.channels.words import as_words, unsupported
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome
from notifier.domain.splitter import split

CAPTION_LIMIT: Final = 1024

Part = dict[str, Any]
_MEDIA: Final = {
    ContentKind.IMAGE: "image",
    ContentKind.VIDEO: "video",
    ContentKind.AUDIO: "audio",
    ContentKind.FILE: "document",
    ContentKind.STICKER: "sticker",
}
_SHOWN: Final = {
    "image": frozenset({"image/jpeg", "image/png"}),
    "video": frozenset({"video/mp4", "video/3gpp"}),
    "audio": frozenset({"audio/aac", "audio/amr", "audio/mpeg", "audio/mp4", "audio/ogg", "audio/opus"}),
    "sticker": frozenset({"image/webp"}),
}
"""What WhatsApp shows as such; other types travel as documents. Source: Cloud API, "Media, supported media types"."""

_CAPTIONED: Final = frozenset({"image", "video", "document"})


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    token, number, to = sender.secret("access_token"), sender.external_id, _recipient(message)
    if token is None or number is None:
        return broken(f"the WhatsApp account '{sender.id}' has no secret 'access_token' or no external_id")
    if to is None:
        return Outcome(Kind.RECIPIENT_GONE, f"WhatsApp can't address a {message.address.kind}")
    parts = _parts(message)
    if not parts:
        return unsupported("WhatsApp", message.content)
    frame = _frame(message, to)
    bodies = [frame | part for part in parts]
    if message.content.reply_to is not None:
        bodies[0] |= {"context": {"message_id": message.content.reply_to}}
    url, headers = f"/{number}/messages", json_headers(token)
    return tuple(ProviderRequest(url, message.method, Repeat.NEVER, headers, encode_json(body)) for body in bodies)


def _frame(message: Outgoing, to: Part) -> Part:
    """`biz_opaque_callback_data` comes back in every status of the message."""
    return {"messaging_product": "whatsapp"} | to | {"biz_opaque_callback_data": str(message.message_id)}


def _recipient(message: Outgoing) -> Part | None:
    """What was asked in a group is answered in the group, whoever of it asked."""
    address, group = message.address, message.thread.get("group_id")
    if group is not None or address.kind is AddressKind.WHATSAPP_GROUP:
        return {"recipient_type": "group", "to": group or address.value}
    match address.kind:
        case AddressKind.PHONE:
            return {"recipient_type": "individual", "to": address.value.removeprefix("+")}
        case AddressKind.WHATSAPP_BSUID:
            return {"recipient_type": "individual", "recipient": address.value}
    return None


def _parts(message: Outgoing) -> list[Part]:
    if message.method is Method.TEMPLATE:
        filled = template.fitting(message.content, message.template, message.language)
        return [] if filled is None else [{"type": "template", "template": template.as_json(filled)}]
    content = message.content
    if not content.quick_replies:
        return _plain(content)
    asked = choices_of(content.text, content.quick_replies)
    if asked is None:
        return _plain(content.model_copy(update={"text": _with_choices(content)}))
    before, interactive = asked
    said = [part for piece in before for part in _texts(piece)]
    shown = _plain(content.model_copy(update={"text": None}))
    return [*shown, *said, {"type": "interactive", "interactive": interactive}]


def _with_choices(content: Content) -> str | None:
    return as_words(content.model_copy(update={"location": None}), files=False)


def _plain(content: Content) -> list[Part]:
    match content.kind:
        case ContentKind.TEXT:
            return _texts(content.text)
        case ContentKind.LOCATION if content.location is not None:
            return [{"type": "location", "location": _location(content.location)}, *_texts(content.text)]
        case ContentKind.IMAGE | ContentKind.VIDEO | ContentKind.AUDIO | ContentKind.FILE:
            return _media_parts(content)
        case ContentKind.STICKER:
            return _sticker_parts(content)
    return []


def _texts(text: str | None) -> list[Part]:
    pieces = split(text or "", TEXT_LIMIT)
    return [{"type": "text", "text": {"preview_url": False, "body": piece}} for piece in pieces]


def _media_parts(content: Content) -> list[Part]:
    """The caption rides on the first file that can carry one, else it follows as a text."""
    parts = [_media(one) for one in content.attachments]
    known = [part for part in parts if part is not None]
    if not known or len(known) < len(parts):
        return []
    first = known[0]
    if content.text and first["type"] in _CAPTIONED and len(content.text) <= CAPTION_LIMIT:
        first[first["type"]]["caption"] = content.text
        return known
    return [*known, *_texts(content.text)]


def _media(file: Attachment) -> Part | None:
    kind = _form_of(file)
    source = _source(file)
    if kind is None or source is None:
        return None
    if kind == "document" and (name := file.file_name or _name_in(source.get("link", ""))):
        source["filename"] = name
    return {"type": kind, kind: source}


def _form_of(file: Attachment) -> str | None:
    kind, mime = _MEDIA.get(file.kind), (file.mime or "").partition(";")[0].strip().lower()
    return "document" if kind in _SHOWN and mime and mime not in _SHOWN[kind] else kind


def _name_in(url: str) -> str:
    """A document without a name is shown as "Untitled"."""
    name = unquote(urlsplit(url).path.rpartition("/")[2])
    return name if "." in name else ""


def _source(file: Attachment) -> Part | None:
    if file.url is not None and file.url.startswith("https://"):
        return {"link": file.url}
    return {"id": file.provider_media_id} if file.provider_media_id else None


def _sticker_parts(content: Content) -> list[Part]:
    if content.attachments:
        part = _media(content.attachments[0])
        return [part] if part is not None and part["type"] == "sticker" else []
    known_here = content.sticker is not None and content.sticker.isdigit()
    return [{"type": "sticker", "sticker": {"id": content.sticker}}] if known_here else []


def _location(place: Location) -> Part:
    named = {"name": place.title, "address": place.address}
    return {"latitude": place.latitude, "longitude": place.longitude} | {k: v for k, v in named.items() if v}
