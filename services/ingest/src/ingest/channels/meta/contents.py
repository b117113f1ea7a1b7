"""A Messenger or Instagram message → Content. Meta, "messages Webhook Event Reference"; "Webhooks for Instagram Messaging"."""

from collections.abc import Iterator

from contracts.values import Attachment, Content, ContentKind, Location
from ingest.domain.shape import Json, count, items, mapping, optional_identity, optional_part, text, write_json

_MEDIA = {
    "image": ContentKind.IMAGE,
    "video": ContentKind.VIDEO,
    "audio": ContentKind.AUDIO,
    "file": ContentKind.FILE,
    "sticker": ContentKind.STICKER,
    "reel": ContentKind.VIDEO,
    "ig_reel": ContentKind.VIDEO,
}
_NO_FILES = frozenset({"fallback", "template", "location"})
"""What else has a URL (a share, a story, a post, what Meta thinks of next) is a picture or film of somebody's: the bytes will tell."""


def content_of(message: Json) -> Content:
    parts = [mapping(each, "an attachment") for each in items(message, "attachments")]
    found = _content(message, parts)
    words = text(message, "text") or found.text
    return found.model_copy(update={"text": words, "reply_to": _reply_to(message)})


def postback_content(postback: Json) -> Content:
    """In standby Meta withholds the payload: only the label is known."""
    return Content(kind=ContentKind.POSTBACK, text=text(postback, "title"), payload=text(postback, "payload"))


def _content(message: Json, parts: list[Json]) -> Content:
    payload = text(optional_part(message, "quick_reply"), "payload")
    if payload is not None:
        return Content(kind=ContentKind.POSTBACK, payload=payload)
    if message.get("is_unsupported") is True:
        return Content(kind=ContentKind.UNKNOWN, payload="is_unsupported")
    if any(text(each, "type") == "like_heart" for each in parts):
        return Content(kind=ContentKind.STICKER, sticker="like_heart", text="❤️")
    sticker = _sticker(message, parts)
    if sticker is not None:
        return Content(kind=ContentKind.STICKER, sticker=sticker, attachments=tuple(_files(parts))[:1])
    place = next((each for each in parts if text(each, "type") == "location" and _where(each)), None)
    if place is not None:
        return Content(kind=ContentKind.LOCATION, location=_location(place))
    return _with_files(message, parts)


def _with_files(message: Json, parts: list[Json]) -> Content:
    files = (*_files(parts), *_story(message))
    words = _words(parts)
    template = next((each for each in parts if text(each, "type") == "template"), None)
    if template is not None:
        return Content(kind=ContentKind.TEMPLATE, text=words, attachments=files, payload=write_json(template))
    if files and not text(message, "text"):
        return Content(kind=files[0].kind, text=words, attachments=files)
    if text(message, "text") or words:
        return Content(kind=_kind(message, files), text=words, attachments=files)
    return Content(kind=ContentKind.UNKNOWN, payload=write_json(parts) if parts else None)


def _kind(message: Json, files: tuple[Attachment, ...]) -> ContentKind:
    """A text that answers a story stays a text, with the story beside it."""
    told = not files or "story" in optional_part(message, "reply_to")
    return ContentKind.TEXT if told else files[0].kind


def _files(parts: list[Json]) -> Iterator[Attachment]:
    """For a while Instagram told of a shared post twice, as `share` and as `ig_post`."""
    posts: set[str] = set()
    for each in parts:
        kind, payload = text(each, "type") or "", optional_part(each, "payload")
        post = optional_identity(payload, "ig_post_media_id") or optional_identity(payload, "reel_video_id")
        if post in posts:
            continue
        posts |= {post} if post else set()
        url = text(payload, "url") or text(payload, "story_media_url") or text(each, "url")
        for picture in _pictures(payload):
            yield Attachment(kind=ContentKind.IMAGE, url=picture)
        if url is not None and kind not in _NO_FILES:
            yield Attachment(
                kind=_MEDIA.get(kind, ContentKind.FILE),
                provider_media_id=post,
                url=url,
                file_name=text(payload, "name"),
                size_bytes=count(payload, "size"),
            )


def _cards(payload: Json) -> list[Json]:
    """Of a carousel, a shared link, or products of a catalogue."""
    places = (payload, optional_part(payload, "generic"), optional_part(payload, "product"))
    listed = next((found for one in places if isinstance(found := one.get("elements"), list)), [])
    return [one for one in listed if isinstance(one, dict)]


def _pictures(payload: Json) -> Iterator[str]:
    """What customers send of a catalogue is shown; cards of a template are our own."""
    for card in _cards(payload) if "product" in payload else ():
        if url := text(card, "image_url"):
            yield url


def _story(message: Json) -> Iterator[Attachment]:
    story = optional_part(optional_part(message, "reply_to"), "story")
    url = text(story, "url")
    if url is not None:
        yield Attachment(kind=ContentKind.FILE, url=url, provider_media_id=optional_identity(story, "id"))


def _reply_to(message: Json) -> str | None:
    return optional_identity(optional_part(message, "reply_to"), "mid")


def _sticker(message: Json, parts: list[Json]) -> str | None:
    """Until 2026-08-30 a sticker came as a picture and as a sticker at once."""
    payloads = [optional_part(each, "payload") for each in parts]
    found = next((one.get("sticker_id") for one in (message, *payloads) if one.get("sticker_id")), None)
    return str(found) if isinstance(found, int | str) and not isinstance(found, bool) else None


def _words(parts: list[Json]) -> str | None:
    """The title and address of what was shared; a picture's own URL is no words."""
    lines: list[str | None] = []
    for each in parts:
        payload = optional_part(each, "payload")
        lines += [
            text(one, name) for one in (each, payload, *_cards(payload)) for name in ("title", "text", "subtitle")
        ]
        if text(each, "type") in ("fallback", "location"):
            lines.append(text(each, "url") or text(payload, "url"))
    return "\n".join(dict.fromkeys(line for line in lines if line)) or None


def _where(part: Json) -> Json:
    found = optional_part(optional_part(part, "payload"), "coordinates")
    return found if found.get("lat") is not None and found.get("long") is not None else {}


def _location(part: Json) -> Location:
    where = _where(part)
    place = {"latitude": where.get("lat"), "longitude": where.get("long"), "title": text(part, "title")}
    return Location.model_validate(place)
