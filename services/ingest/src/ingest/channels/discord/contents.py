"""A Discord message → Content. Source: Discord, "Message resource"; "Reference, Message formatting"."""

import re
from datetime import timedelta

from contracts.values import Attachment, Content, ContentKind
from ingest.domain.media import type_by_name
from ingest.domain.shape import Json, count, items, mapping, one_of, optional_identity, optional_part, text
from runtime.file_type import kind_of

_MENTION = re.compile(r"<@!?(\d{1,20})>")
_EMOJI = re.compile(r"<a?(:\w{1,64}:)\d{1,20}>")


def content_of(message: Json) -> Content:
    """A forwarded message's words are in its snapshot."""
    told = _snapshot(message) or message
    files = tuple(attachment_of(mapping(one, "an attachment")) for one in items(told, "attachments"))
    stickers = [mapping(one, "a sticker") for one in items(told, "sticker_items")]
    words = text(told, "content")
    shown = _expanded(words, message) if words else None
    return Content(
        kind=ContentKind.STICKER if stickers else files[0].kind if files else ContentKind.TEXT,
        text=shown or (text(stickers[0], "name") if stickers else _embedded(told)),
        attachments=files,
        sticker=optional_identity(stickers[0], "id") if stickers else None,
        reply_to=text(optional_part(message, "message_reference"), "message_id") if told is message else None,
    )


def attachment_of(file: Json) -> Attachment:
    """Its URL is signed and ends; nothing else is needed to fetch it."""
    name = text(file, "filename")
    mime = text(file, "content_type") or (type_by_name(name) if name else None)
    seconds = file.get("duration_secs")
    length = timedelta(seconds=seconds) if isinstance(seconds, int | float) and 0 <= seconds < 10**6 else None
    return Attachment(
        kind=kind_of(mime),
        provider_media_id=optional_identity(file, "id"),
        url=one_of(file, "url", "proxy_url"),
        mime=mime.partition(";")[0] if mime else None,
        size_bytes=count(file, "size"),
        file_name=name,
        duration_ms=round(length / timedelta(milliseconds=1)) if length is not None else None,
    )


def _snapshot(message: Json) -> Json:
    found = message.get("message_snapshots")
    first = found[0] if isinstance(found, list) and found else None
    return optional_part(first, "message") if isinstance(first, dict) else {}


def _expanded(words: str, message: Json) -> str:
    told = [one for one in items(message, "mentions") if isinstance(one, dict)]
    names = {text(one, "id"): one_of(one, "global_name", "username") for one in told}
    shown = _MENTION.sub(lambda found: f"@{names.get(found[1]) or found[1]}", words)
    return _EMOJI.sub(r"\1", shown)


def _embedded(message: Json) -> str | None:
    told = [one for one in items(message, "embeds") if isinstance(one, dict)]
    return (
        _polled(optional_part(message, "poll"))
        or "\n".join(filter(None, (one_of(one, "title", "description", "url") for one in told)))
        or None
    )


def _polled(poll: Json) -> str | None:
    answers = [optional_part(one, "poll_media") for one in items(poll, "answers") if isinstance(one, dict)]
    shown = (f"▸ {answer}" for one in answers if (answer := text(one, "text")))
    return "\n".join(filter(None, (text(optional_part(poll, "question"), "text"), *shown))) or None
