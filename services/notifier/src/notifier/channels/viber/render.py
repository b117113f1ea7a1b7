"""Content to send_message. Source: Viber REST API, "Send Message", "Keyboards"."""

from typing import Any, Final

from contracts.values import AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json
from notifier.channels.words import as_words, payload_of, public_url, unsupported
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome
from notifier.domain.splitter import split

TEXT_LIMIT: Final = 7000
PICTURE_TEXT_LIMIT: Final = 120
NAME_LIMIT: Final = 28
MAX_BUTTONS: Final = 24

Part = dict[str, Any]


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    token = sender.secret("auth_token")
    if token is None:
        return broken(f"the Viber account '{sender.id}' has no secret 'auth_token'")
    if message.address.kind is not AddressKind.VIBER_USER:
        return Outcome(Kind.RECIPIENT_GONE, f"Viber can't address a {message.address.kind}")
    parts = _parts(message.content)
    if not parts:
        return unsupported("Viber", message.content)
    frame = _frame(message, sender)
    headers = {"X-Viber-Auth-Token": token, "Content-Type": "application/json"}
    return tuple(
        ProviderRequest("/send_message", message.method, Repeat.NEVER, headers, encode_json(frame | part))
        for part in parts
    )


def _frame(message: Outgoing, sender: Sender) -> Part:
    """The tracking data come back with the person's next message."""
    name = sender.options.get("sender_name", sender.id)[:NAME_LIMIT]
    return {
        "receiver": message.address.value,
        "min_api_version": 1,
        "sender": {"name": name},
        "tracking_data": str(message.message_id),
    }


def _parts(content: Content) -> list[Part]:
    if content.kind is ContentKind.STICKER and not content.attachments:
        known = content.sticker is not None and content.sticker.isdecimal()
        return [{"type": "sticker", "sticker_id": int(content.sticker or 0)}] if known else []
    files = [_file(one) for one in content.attachments]
    links = tuple(one for one, part in zip(content.attachments, files, strict=True) if part is None)
    parts = [part for part in files if part is not None]
    if content.location is not None:
        parts.append(
            {"type": "location", "location": {"lat": content.location.latitude, "lon": content.location.longitude}}
        )
    buttons = content.quick_replies if len(content.quick_replies) <= MAX_BUTTONS else ()
    rest = content.model_copy(update={"attachments": links, "location": None})
    words = as_words(rest, buttons=not buttons)
    if words is None and links:
        return []
    parts = _captioned(parts, words or "")
    if parts and buttons:
        parts[-1]["keyboard"] = {"Type": "keyboard", "DefaultHeight": False, "Buttons": [_button(b) for b in buttons]}
    return parts


def _captioned(parts: list[Part], words: str) -> list[Part]:
    if parts and parts[0]["type"] == "picture" and len(words) <= PICTURE_TEXT_LIMIT:
        parts[0]["text"] = words
        return parts
    return [*parts, *({"type": "text", "text": piece} for piece in split(words, TEXT_LIMIT))]


def _file(file: Attachment) -> Part | None:
    """Viber wants the size of films and files, and a file's name; without them the customer gets the link."""
    url = public_url(file)
    match file.kind:
        case ContentKind.IMAGE | ContentKind.STICKER if url is not None:
            return {"type": "picture", "media": url, "text": ""}
        case ContentKind.VIDEO if url is not None and file.size_bytes:
            return {"type": "video", "media": url, "size": file.size_bytes}
        case ContentKind.FILE if url is not None and file.size_bytes and file.file_name:
            return {"type": "file", "media": url, "size": file.size_bytes, "file_name": file.file_name}
    return None


def _button(reply: QuickReply) -> Part:
    return {"ActionType": "reply", "ActionBody": payload_of(reply), "Text": reply.label}
