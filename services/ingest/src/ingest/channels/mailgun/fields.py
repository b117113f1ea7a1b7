"""Mailgun's three envelopes: a form, a form with files, JSON."""

from dataclasses import dataclass

from ingest.domain.multipart import Part, fields_of, read_any_form
from ingest.domain.shape import Json, Unreadable, mapping, optional_part, read_json, text
from ingest.domain.webhook import Webhook


@dataclass(frozen=True, slots=True)
class Form:
    fields: dict[str, str]
    parts: tuple[Part, ...]

    def part(self, name: str) -> Part | None:
        return next((part for part in self.parts if part.name == name), None)


def form_of(webhook: Webhook) -> Form:
    """Raises Unreadable."""
    parts = read_any_form(webhook.body, webhook.headers.get("content-type", ""))
    return Form(fields_of(parts), parts)


def json_of(webhook: Webhook) -> Json:
    """Raises Unreadable."""
    return mapping(read_json(webhook.body), "the body")


def signature_of(webhook: Webhook) -> tuple[str, str, tuple[str, ...]]:
    """Timestamp, token and signatures; empty where they are not."""
    try:
        found: Json = (
            optional_part(json_of(webhook), "signature")
            if webhook.media_type == "application/json"
            else form_of(webhook).fields
        )
    except Unreadable:
        return "", "", ()
    signatures = [text(found, name) for name in ("signature", "parent-signature")]
    timestamp = found.get("timestamp")
    return (
        str(timestamp) if isinstance(timestamp, int | str) else "",
        text(found, "token") or "",
        tuple(filter(None, signatures)),
    )
