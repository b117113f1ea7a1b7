"""Texts and pictures of direct messages and posts → Content. Source: X, "Message create object"; "Post object"."""

from html import unescape

from contracts.values import Attachment, Content, ContentKind
from ingest.domain.shape import Json, items, mapping, one_of, optional_part, text
from ingest.domain.text import clean

_KINDS = {"photo": ContentKind.IMAGE, "animated_gif": ContentKind.VIDEO, "video": ContentKind.VIDEO}


def message_content(data: Json) -> Content:
    """A quick reply's metadata is what we gave its button."""
    attachment = optional_part(data, "attachment")
    shown = optional_part(attachment, "media")
    chosen = text(optional_part(data, "quick_reply_response"), "metadata")
    return _content(data, "text", (shown,) if shown else (), chosen)


def post_content(post: Json) -> Content:
    """A post of the older form; a long one has its whole text apart."""
    whole = optional_part(post, "extended_tweet") or post
    entities = optional_part(whole, "extended_entities") or optional_part(post, "extended_entities")
    shown = tuple(mapping(one, "a picture") for one in items(entities, "media"))
    name = "full_text" if text(whole, "full_text") else "text"
    content = _content(whole, name, shown)
    return content.model_copy(update={"reply_to": text(post, "in_reply_to_status_id_str")})


def activity_content(post: Json, includes: Json) -> Content:
    """A post or message of the newer form: its pictures are in `includes`, by their keys."""
    keys = optional_part(post, "attachments").get("media_keys")
    wanted = keys if isinstance(keys, list) else []
    shown = tuple(one for one in items(includes, "media") if isinstance(one, dict) and one.get("media_key") in wanted)
    note = text(optional_part(post, "note_tweet"), "text")
    content = _content({"text": note} if note else post, "text", shown)
    return content.model_copy(update={"reply_to": answered_post(post)})


def answered_post(post: Json) -> str | None:
    told = [one for one in items(post, "referenced_tweets") if isinstance(one, dict)]
    found = next((text(one, "id") for one in told if one.get("type") == "replied_to"), None)
    return found or text(post, "in_reply_to_tweet_id")


def _content(holder: Json, name: str, shown: tuple[Json, ...], chosen: str | None = None) -> Content:
    files = tuple(_attachment(one) for one in shown)
    words = text(holder, name)
    kind = ContentKind.POSTBACK if chosen else files[0].kind if files else ContentKind.TEXT
    return Content(kind=kind, text=clean(unescape(words)) if words else None, attachments=files, payload=chosen)


def _attachment(shown: Json) -> Attachment:
    """Of a video its best copy."""
    told = optional_part(shown, "video_info")
    variants = [one for one in items(told or shown, "variants") if isinstance(one, dict)]
    copies = [one for one in variants if text(one, "content_type") != "application/x-mpegURL" and text(one, "url")]
    best = max(copies, key=_bit_rate, default={})
    length = told.get("duration_millis", shown.get("duration_ms"))
    return Attachment(
        kind=_KINDS.get(text(shown, "type") or "", ContentKind.FILE),
        provider_media_id=one_of(shown, "id_str", "media_key"),
        url=text(best, "url") or one_of(shown, "media_url_https", "url", "preview_image_url"),
        mime=text(best, "content_type"),
        duration_ms=length if isinstance(length, int) and 0 <= length < 2**53 else None,
    )


def _bit_rate(variant: Json) -> int:
    found = variant.get("bitrate", variant.get("bit_rate", 0))
    return found if isinstance(found, int) else 0
