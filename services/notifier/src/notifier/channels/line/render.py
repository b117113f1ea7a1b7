"""Content to LINE's reply and push requests. Source: LINE Messaging API reference, "Send reply message", "Send push message"."""

from typing import Any, Final

from contracts.values import Attachment, Content, ContentKind, Location, QuickReply
from notifier.channels.line.flex import flex_of
from notifier.channels.provider import (
    Outgoing,
    ProviderRequest,
    Sender,
    broken,
    encode_json,
    json_headers,
    part_key,
)
from notifier.channels.words import as_words, cut, unsupported
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Outcome
from notifier.domain.splitter import graphemes, split, utf16_units

TEXT_LIMIT: Final = 5000
MESSAGES_PER_REQUEST: Final = 5
MAX_QUICK_REPLIES: Final = 13
LABEL_LIMIT: Final = 20
DATA_LIMIT: Final = 300
IMAGE_TYPES: Final = frozenset({"image/jpeg", "image/png"})
AUDIO_TYPES: Final = frozenset({"audio/mpeg", "audio/mp3", "audio/mp4", "audio/m4a", "audio/x-m4a", "audio/aac"})
SAID_LIMIT: Final = 300

Bubble = dict[str, Any]


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """The first request may spend the reply token; what doesn't fit into it is pushed."""
    token = sender.secret("access_token")
    if token is None:
        return broken(f"the LINE account '{sender.id}' has no secret 'access_token'")
    bubbles = _bubbles(message.content, sender.options.get("video_preview"))
    if not bubbles:
        return unsupported("LINE", message.content)
    _quote(message, bubbles)
    _add_buttons(message.content.quick_replies, bubbles)
    groups = [bubbles[i : i + MESSAGES_PER_REQUEST] for i in range(0, len(bubbles), MESSAGES_PER_REQUEST)]
    return tuple(_request(message, token, part, group) for part, group in enumerate(groups))


def _request(message: Outgoing, token: str, part: int, bubbles: list[Bubble]) -> ProviderRequest:
    if part == 0 and message.method is Method.REPLY and message.reply_token is not None:
        body = encode_json({"replyToken": message.reply_token, "messages": bubbles})
        return ProviderRequest("/v2/bot/message/reply", Method.REPLY, Repeat.SINGLE_USE, json_headers(token), body)
    headers = json_headers(token) | {"X-Line-Retry-Key": str(part_key(message.key, part))}
    body = encode_json({"to": message.address.value, "messages": bubbles})
    return ProviderRequest("/v2/bot/message/push", Method.PUSH, Repeat.SAFE, headers, body)


def _quote(message: Outgoing, bubbles: list[Bubble]) -> None:
    """Only by its token can a message be quoted: we hold that of the customer's last one."""
    token = message.thread.get("quote_token")
    quotes = message.content.reply_to is not None and message.content.reply_to == message.thread.get("message_id")
    target = next((one for one in bubbles if one["type"] in ("text", "sticker")), None)
    if token and quotes and target is not None:
        target["quoteToken"] = token


def _add_buttons(replies: tuple[QuickReply, ...], bubbles: list[Bubble]) -> None:
    """LINE shows those of the last bubble. More than it takes are lines of the text."""
    if replies and _are_buttons(replies):
        items = [{"type": "action", "action": _action(one)} for one in replies]
        bubbles[-1]["quickReply"] = {"items": items}


def _are_buttons(replies: tuple[QuickReply, ...]) -> bool:
    """Labels are counted as readers count, everything else in UTF-16. Source: Messaging API, "Character counting in a text"."""
    fits = all(utf16_units(one.payload or "") <= DATA_LIMIT and graphemes(one.label) <= SAID_LIMIT for one in replies)
    return len(replies) <= MAX_QUICK_REPLIES and fits


def _action(reply: QuickReply) -> Bubble:
    label = cut(reply.label, LABEL_LIMIT, graphemes)
    if not reply.payload:
        return {"type": "message", "label": label, "text": reply.label}
    return {"type": "postback", "label": label, "data": reply.payload, "displayText": reply.label}


def _bubbles(content: Content, preview: str | None) -> list[Bubble]:
    match content.kind:
        case ContentKind.LOCATION if content.location is not None:
            return [_location(content.location), *_texts(content)]
        case ContentKind.STICKER if content.sticker is not None:
            return _sticker(content.sticker)
        case ContentKind.TEMPLATE if content.payload:
            return flex_of(content)
        case ContentKind.TEXT | ContentKind.TEMPLATE:
            return _texts(content)
        case ContentKind.IMAGE | ContentKind.VIDEO | ContentKind.AUDIO | ContentKind.FILE:
            return _with_attachments(content, preview)
    return []


def _with_attachments(content: Content, preview: str | None) -> list[Bubble]:
    bubbles = [_attachment(one, preview) for one in content.attachments]
    if not bubbles or None in bubbles:
        return []
    return [bubble for bubble in bubbles if bubble is not None] + _texts(content)


def _attachment(file: Attachment, preview: str | None) -> Bubble | None:
    """Video needs a preview picture and audio its length; without them, of other types, and for files, the customer gets the link."""
    if file.url is None or not file.url.startswith("https://"):
        return None
    mime = (file.mime or "").partition(";")[0].strip().lower()
    match file.kind:
        case ContentKind.IMAGE if not mime or mime in IMAGE_TYPES:
            return {"type": "image", "originalContentUrl": file.url, "previewImageUrl": file.url}
        case ContentKind.AUDIO if file.duration_ms is not None and (not mime or mime in AUDIO_TYPES):
            return {"type": "audio", "originalContentUrl": file.url, "duration": file.duration_ms}
        case ContentKind.VIDEO if preview and mime in ("", "video/mp4"):
            return {"type": "video", "originalContentUrl": file.url, "previewImageUrl": preview}
    label = f"{file.file_name}\n" if file.file_name else ""
    return {"type": "text", "text": f"{label}{file.url}"}


def _texts(content: Content) -> list[Bubble]:
    words = content.model_copy(update={"location": None})
    said = as_words(words, files=False, buttons=not _are_buttons(content.quick_replies))
    return [{"type": "text", "text": piece} for piece in split(said or "", TEXT_LIMIT, utf16_units)]


def _location(place: Location) -> Bubble:
    coordinates = f"{place.latitude:.6f}, {place.longitude:.6f}"
    return {
        "type": "location",
        "title": (place.title or place.address or coordinates)[:100],
        "address": (place.address or place.title or coordinates)[:100],
        "latitude": place.latitude,
        "longitude": place.longitude,
    }


def _sticker(sticker: str) -> list[Bubble]:
    """`package/sticker`, as ingest writes it."""
    package, _, number = sticker.replace(":", "/").partition("/")
    if not package or not number:
        return []
    return [{"type": "sticker", "packageId": package, "stickerId": number}]
