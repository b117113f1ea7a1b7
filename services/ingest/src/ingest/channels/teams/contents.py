"""A message activity → Content. Source: Bot Framework, "Activity schema"; Teams, "Messages in bot conversations", "Bots and files"."""

import re
from collections.abc import Sequence
from html import unescape

from contracts.values import Attachment, Content, ContentKind
from ingest.channels.teams.people import message_id
from ingest.domain.media import type_by_name
from ingest.domain.shape import Json, Unreadable, items, mapping, optional_part, read_json, text, write_json
from ingest.domain.text import clean
from runtime.file_type import kind_of

_DOWNLOAD = "application/vnd.microsoft.teams.file.download.info"
_QUOTED = re.compile(r'itemtype="http://schema\.skype\.com/Reply"[^>]*itemid="([^"]{1,64})"')
_BREAKS = re.compile(r"<br\s*/?>|</(?:p|div|li|tr|h\d|blockquote)>", re.IGNORECASE)
_TAGS = re.compile(r"<[^<>]{1,2000}>")
_IMAGES = re.compile(r"<img\b[^<>]{1,4000}>", re.IGNORECASE)
_SOURCE = re.compile(r"""\bsrc\s*=\s*["']([^"'<>]{1,2000})["']""", re.IGNORECASE)
_ALT = re.compile(r"""\balt\s*=\s*["']([^"'<>]{1,16})["']""", re.IGNORECASE)
_AT = re.compile(r"<at(?:\s[^<>]*)?>([^<>]*)</at>", re.IGNORECASE)


def content_of(activity: Json, conversation: str) -> Content:
    """`value` is what a card's button sends along; the words are those that the person sees as theirs."""
    shared = [one for one in items(activity, "attachments") if isinstance(one, dict)]
    html = next((text(one, "content") for one in shared if text(one, "contentType") == "text/html"), None)
    files = _files(shared, html or "")
    pressed = activity.get("value")
    return Content(
        kind=ContentKind.POSTBACK if pressed else files[0].kind if files else ContentKind.TEXT,
        text=_words(activity, html) or _forwarded(shared),
        attachments=files,
        payload=_payload(pressed),
        reply_to=_quoted(activity, html, shared, conversation),
    )


def _files(shared: Sequence[Json], html: str) -> tuple[Attachment, ...]:
    """Pictures between the words are sometimes in the HTML only."""
    files = [file for one in shared if (file := _attachment(one)) is not None]
    known = {file.url for file in files}
    inside = (source for found in _IMAGES.findall(html) if (source := _source(found)) is not None)
    pictures = [Attachment(kind=ContentKind.IMAGE, url=url) for url in dict.fromkeys(inside) if url not in known]
    return (*files, *(pictures if not any(file.kind is ContentKind.IMAGE for file in files) else ()))


def _source(image: str) -> str | None:
    """None for an emoji, which is a character in the words, and for what is no place at all."""
    found = _SOURCE.search(image)
    url = unescape(found[1]) if found else ""
    return url if url.startswith("https://") and "schema.skype.com/Emoji" not in image else None


def _words(activity: Json, html: str | None) -> str | None:
    written = text(activity, "text")
    if written is None:
        return _without_tags(html) if html else None
    for mention in items(activity, "entities"):
        if isinstance(mention, dict) and _is_of_bot(mention, activity):
            written = written.replace(text(mention, "text") or "\0", "")
    shown = _AT.sub(lambda found: "@" + found[1], written)
    if text(activity, "textFormat") == "xml":
        return _without_tags(shown)
    return unescape(shown).replace("\xa0", " ").strip() or None


def _is_of_bot(mention: Json, activity: Json) -> bool:
    bot = text(optional_part(activity, "recipient"), "id")
    return mention.get("type") == "mention" and optional_part(mention, "mentioned").get("id") == bot


def _without_tags(html: str) -> str | None:
    plain = _TAGS.sub("", _BREAKS.sub("\n", _IMAGES.sub(_shown, html)))
    return clean(unescape(plain)).replace("\xa0", " ").strip() or None


def _shown(image: re.Match[str]) -> str:
    """An emoji is the character that stands for it."""
    alt = _ALT.search(image[0]) if "schema.skype.com/Emoji" in image[0] else None
    return alt[1] if alt else ""


def _payload(pressed: object) -> str | None:
    if not pressed:
        return None
    return clean(pressed) or None if isinstance(pressed, str) else write_json(pressed)


def _forwarded(shared: Sequence[Json]) -> str | None:
    """Another message, passed on."""
    told = _reference(shared, "forwardedmessagereference")
    return _without_tags(text(told, "originalMessageContent") or text(told, "messagePreview") or "")


def _reference(shared: Sequence[Json], kind: str) -> Json:
    """A message inside a message is JSON inside a string."""
    for one in shared:
        if (text(one, "contentType") or "").lower() == kind:
            try:
                return mapping(read_json((text(one, "content") or "").encode()), "content")
            except Unreadable:
                return {}
    return {}


def _quoted(activity: Json, html: str | None, shared: Sequence[Json], conversation: str) -> str | None:
    found = _QUOTED.search(html) if html else None
    referred = text(_reference(shared, "messagereference"), "messageId")
    answered = found[1] if found else referred or text(activity, "replyToId")
    return message_id(conversation, answered) if answered else None


def _attachment(shared: Json) -> Attachment | None:
    """Cards and the text's own HTML are no files. A file's `downloadUrl` needs no token; a picture's `contentUrl` does."""
    declared = (text(shared, "contentType") or "").lower()
    if declared == _DOWNLOAD:
        return _file(shared)
    url = text(shared, "contentUrl")
    if declared in ("", "text/html", "text/plain") or "card" in declared or url is None:
        return None
    named = text(shared, "name")
    mime = declared if "/" in declared and not declared.endswith("/*") else type_by_name(named or "")
    return Attachment(kind=kind_of(mime or declared), url=url, mime=mime, file_name=named)


def _file(shared: Json) -> Attachment:
    told = optional_part(shared, "content")
    name, extension = text(shared, "name"), text(told, "fileType")
    mime = type_by_name(name or f"file.{extension}")
    return Attachment(
        kind=kind_of(mime),
        provider_media_id=text(told, "uniqueId"),
        url=text(told, "downloadUrl") or text(shared, "contentUrl"),
        mime=mime,
        file_name=name,
    )
