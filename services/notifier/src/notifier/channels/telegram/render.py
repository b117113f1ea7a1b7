"""Content to Bot API requests. Source: Telegram Bot API, "Available methods".

The bot's token is a part of the path: a request's URL is as secret as its headers.
"""

from collections.abc import Mapping
from typing import Any, Final

from contracts.values import Address, AddressKind, Attachment, Content, ContentKind, Location, QuickReply
from notifier.channels.carried import CarriedFile, carried
from notifier.channels.multipart import multipart
from notifier.channels.provider import Outgoing, ProviderRequest, Sender, broken, encode_json
from notifier.channels.words import as_words, payload_of, public_url, unsupported
from notifier.domain.delivery import Repeat
from notifier.domain.outcome import Kind, Outcome
from notifier.domain.splitter import split, utf8_bytes, utf16_units

TEXT_LIMIT: Final = 4096
CAPTION_LIMIT: Final = 1024
CALLBACK_BYTES: Final = 64

Part = dict[str, Any]
HEADERS: Final = {"Content-Type": "application/json"}
_METHODS: Final = {
    ContentKind.IMAGE: ("sendPhoto", "photo"),
    ContentKind.VIDEO: ("sendVideo", "video"),
    ContentKind.AUDIO: ("sendAudio", "audio"),
    ContentKind.FILE: ("sendDocument", "document"),
    ContentKind.STICKER: ("sendSticker", "sticker"),
}
_CAPTIONED: Final = frozenset({"sendPhoto", "sendVideo", "sendAudio", "sendDocument", "sendVoice", "sendAnimation"})
_FETCHED: Final = frozenset({"image/gif", "application/pdf", "application/zip"})


def render(message: Outgoing, sender: Sender) -> tuple[ProviderRequest, ...] | Outcome:
    token = sender.secret("bot_token")
    if token is None:
        return broken(f"the Telegram account '{sender.id}' has no secret 'bot_token'")
    if message.address.kind is not AddressKind.TELEGRAM_CHAT:
        return Outcome(Kind.RECIPIENT_GONE, f"Telegram can't address a {message.address.kind}")
    calls = _calls(message.content, message.files)
    if not calls:
        return unsupported("Telegram", message.content)
    frame = place_of(message.address, message.thread)
    calls[0][1].update(_quoting(message.content.reply_to))
    calls[-1][1].update(_buttons(message.content.quick_replies))
    return tuple(_request(message, f"/bot{token}/{method}", frame | part) for method, part in calls)


def _request(message: Outgoing, url: str, part: Part) -> ProviderRequest:
    """Bytes travel in a form, whose other fields are JSON where they are no plain values."""
    files = [(name, value) for name, value in part.items() if isinstance(value, CarriedFile)]
    if not files:
        return ProviderRequest(url, message.method, Repeat.NEVER, HEADERS, encode_json(part))
    fields = {name: _field(value) for name, value in part.items() if not isinstance(value, CarriedFile)}
    body, kind = multipart(message.key, fields, files)
    return ProviderRequest(url, message.method, Repeat.NEVER, {"Content-Type": kind}, body)


def _field(value: Any) -> str:
    return value if isinstance(value, str) else encode_json(value).decode()


def place_of(address: Address, thread: Mapping[str, str]) -> Part:
    """To where the last message was said: a group, a topic of it, a letter to a channel, a business account's chat."""
    frame: Part = {"chat_id": _number(thread.get("chat_id") or address.value)}
    for topic in ("message_thread_id", "direct_messages_topic_id"):
        if topic in thread:
            frame[topic] = _number(thread[topic])
    if "business_connection_id" in thread:
        frame["business_connection_id"] = thread["business_connection_id"]
    return frame


def _number(value: str) -> int | str:
    """A public channel may be named (@name)."""
    return int(value) if value.removeprefix("-").isdecimal() else value


def _quoting(reply_to: str | None) -> Part:
    number = (reply_to or "").rpartition(":")[2]
    if not number.isdecimal():
        return {}
    return {"reply_parameters": {"message_id": int(number), "allow_sending_without_reply": True}}


def _buttons(replies: tuple[QuickReply, ...]) -> Part:
    """A payload that is too long for a callback stays away: pressing such a button sends its label as a message."""
    if not replies:
        return {}
    if any(utf8_bytes(payload_of(one)) > CALLBACK_BYTES for one in replies):
        keys = [[{"text": one.label}] for one in replies]
        return {"reply_markup": {"keyboard": keys, "one_time_keyboard": True, "resize_keyboard": True}}
    rows = [[{"text": one.label, "callback_data": payload_of(one)}] for one in replies]
    return {"reply_markup": {"inline_keyboard": rows}}


def _calls(content: Content, bytes_of: Mapping[str, bytes]) -> list[tuple[str, Part]]:
    if content.kind is ContentKind.STICKER and not content.attachments:
        return [("sendSticker", {"sticker": content.sticker})] if content.sticker else []
    files = [_file(one, carried(one, number, bytes_of)) for number, one in enumerate(content.attachments, 1)]
    known = [call for call in files if call is not None]
    if len(known) < len(files):
        return []
    places = [_location(content.location)] if content.location else []
    words = as_words(content.model_copy(update={"location": None}), files=False, buttons=False) or ""
    if known and known[0][0] in _CAPTIONED and words and utf16_units(words) <= CAPTION_LIMIT:
        known[0][1]["caption"] = words
        words = ""
    texts = [("sendMessage", {"text": piece}) for piece in split(words, TEXT_LIMIT, utf16_units)]
    return [*known, *places, *texts]


def _file(file: Attachment, whole: CarriedFile | None) -> tuple[str, Part] | None:
    """With its bytes, by URL, or by the id under which Telegram has it already. It fetches documents of few types only: others go
    as links.
    """
    url, mime = public_url(file) if whole is None else None, (file.mime or "").lower()
    named = file.provider_media_id if url is None else url
    source = named if whole is None else whole
    if source is None:
        return None
    method, field = _METHODS.get(file.kind, _METHODS[ContentKind.FILE])
    if file.kind is ContentKind.IMAGE and mime == "image/gif":
        method, field = "sendAnimation", "animation"
    if file.kind is ContentKind.AUDIO and (
        mime.startswith("audio/ogg") or (named or "").endswith((".ogg", ".oga", ".opus"))
    ):
        method, field = "sendVoice", "voice"
    if url is not None and method == "sendDocument" and not _is_fetched(file, mime):
        return "sendMessage", {"text": f"{file.file_name}\n{url}" if file.file_name else url}
    return method, {field: source}


def _is_fetched(file: Attachment, mime: str) -> bool:
    """Bot API, "Sending files": by URL GIF, PDF and ZIP. Of what is neither typed nor named, Telegram may find out."""
    ending = (file.file_name or "").rpartition(".")[2].lower()
    return mime in _FETCHED if mime else not ending or ending in ("gif", "pdf", "zip")


def _location(place: Location) -> tuple[str, Part]:
    where = {"latitude": place.latitude, "longitude": place.longitude}
    if not place.title and not place.address:
        return "sendLocation", where
    named = {"title": place.title or place.address, "address": place.address or place.title}
    return "sendVenue", where | named
