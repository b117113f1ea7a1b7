"""Content to LINE's reply and push requests. Source: LINE Messaging API reference, "Send reply message", "Send push message"."""

from typing import Any, Final

from contracts.values import Attachment, Content, ContentKind, Location
from notifier.channels.provider import (
    Outgoing,
    ProviderRequest,
    Sender,
    broken,
    encode_json,
    json_headers,
    part_key,
)
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import UNSUPPORTED_CONTENT, Outcome, permanent
from notifier.domain.splitter import split, utf16_units

TEXT_LIMIT: Final = 5000
MESSAGES_PER_REQUEST: Final = 5

Bubble = dict[str, Any]


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    """The first request may spend the reply token; what doesn't fit into it is pushed."""
    token = sender.secret("access_token")
    if token is None:
        return broken(f"the LINE account '{sender.id}' has no secret 'access_token'")
    bubbles = _bubbles(message.content)
    if not bubbles:
        return permanent(UNSUPPORTED_CONTENT, f"LINE can't carry a message of kind {message.content.kind}")
    groups = [bubbles[i : i + MESSAGES_PER_REQUEST] for i in range(0, len(bubbles), MESSAGES_PER_REQUEST)]
    return tuple(_request(message, token, part, group) for part, group in enumerate(groups))


def _request(message: Outgoing, token: str, part: int, bubbles: list[Bubble]) -> ProviderRequest:
    if part == 0 and message.method is Method.REPLY and message.reply_token is not None:
        body = encode_json({"replyToken": message.reply_token, "messages": bubbles})
        return ProviderRequest("/v2/bot/message/reply", Method.REPLY, Repeat.SINGLE_USE, json_headers(token), body)
    headers = json_headers(token) | {"X-Line-Retry-Key": str(part_key(message.key, part))}
    body = encode_json({"to": message.address.value, "messages": bubbles})
    return ProviderRequest("/v2/bot/message/push", Method.PUSH, Repeat.SAFE, headers, body)


def _bubbles(content: Content) -> list[Bubble]:
    match content.kind:
        case ContentKind.LOCATION if content.location is not None:
            return [_location(content.location), *_texts(content.text)]
        case ContentKind.STICKER if content.sticker is not None:
            return _sticker(content.sticker)
        case ContentKind.TEXT | ContentKind.TEMPLATE:
            return _texts(content.text)
        case ContentKind.IMAGE | ContentKind.VIDEO | ContentKind.AUDIO | ContentKind.FILE:
            return _with_attachments(content)
    return []


def _with_attachments(content: Content) -> list[Bubble]:
    bubbles = [_attachment(one) for one in content.attachments]
    if not bubbles or None in bubbles:
        return []
    return [bubble for bubble in bubbles if bubble is not None] + _texts(content.text)


def _attachment(file: Attachment) -> Bubble | None:
    """Video needs a preview picture and audio its length; without them, and for files, the customer gets the link."""
    if file.url is None or not file.url.startswith("https://"):
        return None
    match file.kind:
        case ContentKind.IMAGE:
            return {"type": "image", "originalContentUrl": file.url, "previewImageUrl": file.url}
        case ContentKind.AUDIO if file.duration_ms is not None:
            return {"type": "audio", "originalContentUrl": file.url, "duration": file.duration_ms}
    label = f"{file.file_name}\n" if file.file_name else ""
    return {"type": "text", "text": f"{label}{file.url}"}


def _texts(text: str | None) -> list[Bubble]:
    return [{"type": "text", "text": piece} for piece in split(text or "", TEXT_LIMIT, utf16_units)]


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
