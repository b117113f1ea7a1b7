"""A Telegram message → Content. Telegram Bot API, "Message"."""

from collections.abc import Callable, Iterator
from html import escape

from contracts.values import Attachment, Content, ContentKind, Location
from ingest.channels.telegram.people import message_id
from ingest.domain.shape import Json, Unreadable, count, identity, items, mapping, optional_part, part, text, write_json


def content_of(message: Json) -> Content:
    read = next((reader for name, reader in _READERS.items() if message.get(name) is not None), None)
    if read is None:
        raise Unreadable("a message of a kind that this adapter doesn't know")
    content = read(message)
    words = text(message, "caption") or content.text
    return content.model_copy(update={"text": words, "html": _linked(message), "reply_to": _answered(message)})


def _answered(message: Json) -> str | None:
    """In the same chat, or with `external_reply` in another one that is told."""
    for name in ("reply_to_message", "external_reply"):
        told = optional_part(message, name)
        chat = optional_part(told, "chat") or (part(message, "chat") if name == "reply_to_message" else {})
        if told.get("message_id") and chat.get("id"):
            return message_id({"chat": chat, "message_id": told["message_id"]})
    return None


def _text(message: Json) -> Content:
    """`/start KEY` is what a link to the bot sends: the key is told apart."""
    words = text(message, "text") or ""
    command, _, key = words.partition(" ")
    return Content(kind=ContentKind.TEXT, text=words, payload=key.strip() or None if command == "/start" else None)


def _file(name: str, kind: ContentKind) -> Callable[[Json], Content]:
    def read(message: Json) -> Content:
        return Content(kind=kind, attachments=(_attachment(part(message, name), kind),))

    return read


def _attachment(file: Json, kind: ContentKind) -> Attachment:
    seconds = count(file, "duration")
    return Attachment(
        kind=kind,
        provider_media_id=identity(file, "file_id"),
        mime=text(file, "mime_type"),
        size_bytes=count(file, "file_size"),
        file_name=text(file, "file_name"),
        duration_ms=None if seconds is None else min(seconds, 10**9) * 1000,
    )


def _largest(sizes: Json, name: str) -> Attachment:
    found = [mapping(each, "a photo size") for each in items(sizes, name)]
    if not found:
        raise Unreadable(f"{name} is empty")
    largest = max(found, key=lambda size: (count(size, "width") or 0) * (count(size, "height") or 0))
    return _attachment(largest, ContentKind.IMAGE)


def _photo(message: Json) -> Content:
    return Content(kind=ContentKind.IMAGE, attachments=(_largest(message, "photo"),))


def _paid(message: Json) -> Content:
    def each() -> Iterator[Attachment]:
        for one in items(part(message, "paid_media"), "paid_media"):
            media = mapping(one, "a paid medium")
            if "photo" in media:
                yield _largest(media, "photo")
            elif "video" in media:
                yield _attachment(part(media, "video"), ContentKind.VIDEO)

    files = tuple(each())
    return Content(kind=files[0].kind if files else ContentKind.UNKNOWN, attachments=files)


def _sticker(message: Json) -> Content:
    sticker = part(message, "sticker")
    file = _attachment(sticker, ContentKind.STICKER)
    return Content(
        kind=ContentKind.STICKER, sticker=file.provider_media_id, text=text(sticker, "emoji"), attachments=(file,)
    )


def _location(message: Json) -> Content:
    """Of a venue the message has the place, too."""
    venue = optional_part(message, "venue")
    place = optional_part(venue, "location") or part(message, "location")
    location = Location.model_validate(
        {
            "latitude": place.get("latitude"),
            "longitude": place.get("longitude"),
            "title": text(venue, "title"),
            "address": text(venue, "address"),
        }
    )
    return Content(kind=ContentKind.LOCATION, location=location)


def _contact(message: Json) -> Content:
    card = part(message, "contact")
    words = " ".join(filter(None, (text(card, name) for name in ("first_name", "last_name", "phone_number"))))
    return Content(kind=ContentKind.CONTACT_CARD, text=words or None, payload=write_json(card))


def _poll(message: Json) -> Content:
    poll = part(message, "poll")
    options = [text(each, "text") for each in items(poll, "options") if isinstance(each, dict)]
    return Content(kind=ContentKind.TEXT, text=_lines(text(poll, "question"), options), payload=write_json(poll))


def _checklist(message: Json) -> Content:
    checklist = part(message, "checklist")
    tasks = [text(each, "text") for each in items(checklist, "tasks") if isinstance(each, dict)]
    return Content(kind=ContentKind.TEXT, text=_lines(text(checklist, "title"), tasks), payload=write_json(checklist))


def _lines(first: str | None, rest: list[str | None]) -> str | None:
    return "\n".join([*filter(None, [first]), *(f"▸ {each}" for each in rest if each)]) or None


def _dice(message: Json) -> Content:
    dice = part(message, "dice")
    return Content(kind=ContentKind.TEXT, text=f"{text(dice, 'emoji') or '🎲'} {count(dice, 'value') or ''}".strip())


def _web_app(message: Json) -> Content:
    data = part(message, "web_app_data")
    return Content(kind=ContentKind.POSTBACK, text=text(data, "button_text"), payload=text(data, "data"))


def _told(name: str, kind: ContentKind) -> Callable[[Json], Content]:
    """Nothing but its fields can be said of it."""

    def read(message: Json) -> Content:
        value = part(message, name)
        return Content(kind=kind, text=text(value, "title"), payload=write_json(value))

    return read


def _linked(message: Json) -> str | None:
    """The text with the links that stand behind its words. Telegram counts in UTF-16 units."""
    words = text(message, "text") or text(message, "caption") or ""
    entities = message.get("entities") or message.get("caption_entities")
    found = [one for one in entities if isinstance(one, dict)] if isinstance(entities, list) else []
    links = [one for one in found if one.get("type") == "text_link" and text(one, "url")]
    if not links:
        return None
    units, end, out = words.encode("utf-16-le"), 0, ""
    for one in sorted(links, key=lambda link: count(link, "offset") or 0):
        start = 2 * (count(one, "offset") or 0)
        stop = start + 2 * (count(one, "length") or 0)
        if start < end:
            continue
        label = escape(units[start:stop].decode("utf-16-le", "replace"))
        out += escape(units[end:start].decode("utf-16-le", "replace"))
        out += f'<a href="{escape(text(one, "url") or "")}">{label}</a>'
        end = stop
    return out + escape(units[end:].decode("utf-16-le", "replace"))


_READERS: dict[str, Callable[[Json], Content]] = {
    "text": _text,
    "animation": _file("animation", ContentKind.VIDEO),
    "photo": _photo,
    "video": _file("video", ContentKind.VIDEO),
    "video_note": _file("video_note", ContentKind.VIDEO),
    "audio": _file("audio", ContentKind.AUDIO),
    "voice": _file("voice", ContentKind.AUDIO),
    "document": _file("document", ContentKind.FILE),
    "live_photo": _file("live_photo", ContentKind.VIDEO),
    "paid_media": _paid,
    "sticker": _sticker,
    "venue": _location,
    "location": _location,
    "contact": _contact,
    "poll": _poll,
    "checklist": _checklist,
    "dice": _dice,
    "web_app_data": _web_app,
    "users_shared": _told("users_shared", ContentKind.POSTBACK),
    "user_shared": _told("user_shared", ContentKind.POSTBACK),
    "chat_shared": _told("chat_shared", ContentKind.POSTBACK),
    "successful_payment": _told("successful_payment", ContentKind.POSTBACK),
    "invoice": _told("invoice", ContentKind.UNKNOWN),
    "game": _told("game", ContentKind.UNKNOWN),
    "story": _told("story", ContentKind.UNKNOWN),
    "rich_message": _told("rich_message", ContentKind.UNKNOWN),
}
