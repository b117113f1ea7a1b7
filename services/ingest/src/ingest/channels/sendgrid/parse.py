"""A SendGrid webhook → events: Inbound Parse (raw, which is preferred, or taken apart) and the event webhook.

Source: SendGrid documentation, "Setting Up The Inbound Parse Webhook".
"""

import email
from collections.abc import Iterator
from typing import Final

from ingest.channels.email.filing import Arrival, file_letter, file_source, keep_whole
from ingest.channels.sendgrid.events import event_drafts
from ingest.domain.mail import headers as head
from ingest.domain.mail.html_text import text_of
from ingest.domain.mail.letter import File
from ingest.domain.mail.mime import with_headers
from ingest.domain.multipart import Part, read_any_form
from ingest.domain.shape import Json, Unreadable, mapping, optional_part, read_json, text
from ingest.domain.text import clean
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_SHOWN: Final = ("from", "to", "cc", "subject")


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        if webhook.media_type == "application/json":
            return tuple(_events(webhook))
        return _mail(webhook, read_any_form(webhook.body, webhook.headers.get("content-type", "")))
    except Unreadable as error:
        return (keep_whole(webhook, error.reason),)


def _events(webhook: Webhook) -> Iterator[Draft]:
    body = read_json(webhook.body)
    for event in body if isinstance(body, list) else [body]:
        yield from event_drafts(webhook, event)


def _mail(webhook: Webhook, parts: tuple[Part, ...]) -> tuple[Draft, ...]:
    named = {part.name: part for part in parts}
    arrival = Arrival(recipients=_recipients(named))
    if "email" in named:
        return file_source(webhook, named["email"].content, arrival)
    if not {"headers", "text", "html", "from"} & named.keys():
        raise Unreadable("a form that is no mail")
    said = _decoded(named)
    letter = with_headers(
        _headers(said),
        text=said.get("text", "") or text_of(said.get("html", "")),
        html=said.get("html", ""),
        files=tuple(_files(parts, named)),
    )
    return file_letter(webhook, letter, arrival)


def _json(named: dict[str, Part], name: str) -> Json:
    try:
        return mapping(read_json(named[name].content), name) if name in named else {}
    except Unreadable:
        return {}


def _recipients(named: dict[str, Part]) -> tuple[str, ...]:
    """The envelope knows to whom it really came."""
    found = _json(named, "envelope").get("to")
    return tuple(clean(one) for one in found if isinstance(one, str)) if isinstance(found, list) else ()


def _decoded(named: dict[str, Part]) -> dict[str, str]:
    """Every field has a charset of its own."""
    charsets = _json(named, "charsets")
    return {name: part.text(text(charsets, name)) for name, part in named.items() if part.file_name is None}


def _headers(said: dict[str, str]) -> head.Headers:
    """`headers` as they came; the fields are already decoded."""
    found = head.headers_of(email.message_from_string(said.get("headers", "").strip("\r\n") + "\n\n"))
    for name in _SHOWN:
        if said.get(name):
            found[name] = [said[name]]
    return found


def _files(parts: tuple[Part, ...], named: dict[str, Part]) -> Iterator[File]:
    """`attachment-info` says what each is; `content-ids` where in the HTML."""
    about = _json(named, "attachment-info")
    places = {str(field): place for place, field in _json(named, "content-ids").items()}
    for part in parts:
        if part.file_name is None:
            continue
        info = optional_part(about, part.name)
        place = text(info, "content-id") or places.get(part.name)
        mime = text(info, "type") or part.mime.partition(";")[0] or "application/octet-stream"
        yield File(
            part.content,
            mime,
            text(info, "filename") or part.file_name or None,
            place.strip("<>") if place else None,
            place is not None,
        )
