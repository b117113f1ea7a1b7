"""Content to Send API requests. Source: Messenger Platform, "Send API", "Quick Replies"; Instagram, "Send a message"."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, QuickReply
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json, json_headers
from notifier.channels.words import as_buttons, as_words, cut, payload_of, public_url, unsupported
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome
from notifier.domain.splitter import Measure, split

MAX_QUICK_REPLIES: Final = 13
LABEL_LIMIT: Final = 20
PAYLOAD_LIMIT: Final = 1000
OUR_MARK: Final = "madoguchi:"
"""So begins the metadata of what we sent. It comes back in the echo, where ingest knows it by this."""

Part = dict[str, Any]
_RESPONSE: Final = {"messaging_type": "RESPONSE"}
_TAGGED: Final = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
_MEDIA: Final = {
    ContentKind.IMAGE: "image",
    ContentKind.VIDEO: "video",
    ContentKind.AUDIO: "audio",
    ContentKind.FILE: "file",
}


@dataclass(frozen=True, slots=True)
class Platform:
    """`limit` of a text by `measure`; `marks`: a message may carry metadata; `stickers`: it may be a sticker; `asks_by_files`: quick
    replies may be under a file, not only under words.
    """

    name: str
    address: AddressKind
    limit: int
    measure: Measure
    marks: bool
    stickers: bool
    asks_by_files: bool


def renderer(platform: Platform) -> Callable[[Outgoing, Sender], tuple[ProviderRequest, ...] | Outcome]:
    def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
        token, to = sender.secret("access_token"), _recipient(message.address, platform)
        if token is None:
            return broken(f"the {platform.name} account '{sender.id}' has no secret 'access_token'")
        if to is None:
            return Outcome(Kind.RECIPIENT_GONE, f"{platform.name} can't address a {message.address.kind}")
        parts = _parts(message.content, platform)
        if not parts:
            return unsupported(platform.name, message.content)
        bodies = [_body(message, to, part, platform) for part in parts]
        if message.content.reply_to is not None:
            bodies[0]["reply_to"] = {"mid": message.content.reply_to}
        headers = json_headers(token)
        return tuple(
            ProviderRequest("/me/messages", message.method, Repeat.NEVER, headers, encode_json(body)) for body in bodies
        )

    return render


def _recipient(address: Address, platform: Platform) -> Part | None:
    if address.kind is platform.address:
        return {"id": address.value}
    return {"user_ref": address.value} if address.kind is AddressKind.EXTERNAL else None


def _body(message: Outgoing, to: Part, part: Part, platform: Platform) -> Part:
    """HUMAN_AGENT is for people's answers only: choose_path offers TAGGED to nobody else."""
    mark = {"metadata": f"{OUR_MARK}{message.message_id}"} if platform.marks else {}
    why = _TAGGED if message.method is Method.TAGGED else _RESPONSE
    return {"recipient": to, **why, "message": part | mark}


def _parts(content: Content, platform: Platform) -> list[Part]:
    if content.kind is ContentKind.STICKER and not content.attachments:
        return _sticker(content.sticker, platform)
    files = [_media(file) for file in content.attachments]
    known = [part for part in files if part is not None]
    if len(known) < len(files):
        return []
    buttons = as_buttons(content.quick_replies, MAX_QUICK_REPLIES, PAYLOAD_LIMIT)
    if not (content.text or content.location or platform.asks_by_files):
        buttons = ()
    words = as_words(content, files=False, buttons=not buttons)
    texts: list[Part] = [{"text": piece} for piece in split(words or "", platform.limit, platform.measure)]
    parts = known + texts
    if parts and buttons:
        parts[-1]["quick_replies"] = [_button(one) for one in buttons]
    return parts


def _media(file: Attachment) -> Part | None:
    kind, url = _MEDIA.get(file.kind), public_url(file)
    if kind is None:
        kind = "image" if file.kind is ContentKind.STICKER else "file"
    if url is not None:
        return {"attachment": {"type": kind, "payload": {"url": url}}}
    if file.provider_media_id is None:
        return None
    return {"attachment": {"type": kind, "payload": {"attachment_id": file.provider_media_id}}}


def _sticker(sticker: str | None, platform: Platform) -> list[Part]:
    return [{"sticker_id": int(sticker)}] if platform.stickers and sticker and sticker.isdecimal() else []


def _button(reply: QuickReply) -> Part:
    """Meta cuts labels at 20 characters itself, in the middle of whatever is there; the payload is whole."""
    title, payload = cut(reply.label, LABEL_LIMIT), payload_of(reply)
    return {"content_type": "text", "title": title, "payload": payload}
