"""A Mailgun webhook → events: routed mail, parsed or raw, and what became of mail of ours.

Source: Mailgun documentation, "Receiving messages" and "Webhooks"; payloads as django-anymail's tests have them.
"""

from datetime import UTC, datetime, timedelta
from typing import Final

from contracts.inbound import ContactChange
from ingest.channels.email.filing import Arrival, file_change, file_letter, file_report, file_source, keep_whole
from ingest.channels.mailgun.fields import Form, form_of, json_of
from ingest.domain.mail import headers as head
from ingest.domain.mail.bounces import Fate, Report
from ingest.domain.mail.html_text import text_of
from ingest.domain.mail.letter import File
from ingest.domain.mail.mime import with_headers
from ingest.domain.shape import (
    Json,
    Unreadable,
    count,
    instant_if_any,
    mapping,
    optional_part,
    part,
    read_json,
    text,
)
from ingest.domain.unrecognised import keep
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_SECOND: Final = timedelta(seconds=1)


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        if webhook.media_type == "application/json":
            return _event(webhook, json_of(webhook))
        return _form(webhook, form_of(webhook))
    except Unreadable as error:
        return (keep_whole(webhook, error.reason),)


def _form(webhook: Webhook, form: Form) -> tuple[Draft, ...]:
    fields = form.fields
    if "event" in fields:
        return _old_event(webhook, fields)
    arrival = Arrival(recipients=_recipients(fields), at=instant_if_any(fields, "timestamp", _SECOND))
    source = form.part("body-mime")
    if source is not None:
        return file_source(webhook, source.content, arrival)
    if "body-plain" not in fields and "body-html" not in fields and "message-headers" not in fields:
        raise Unreadable("a form that is neither a mail nor an event")
    return _letter(webhook, form, arrival)


def _letter(webhook: Webhook, form: Form, arrival: Arrival) -> tuple[Draft, ...]:
    fields = form.fields
    html = fields.get("body-html", "")
    letter = with_headers(
        _headers(fields),
        text=fields.get("body-plain", "") or text_of(html),
        html=html,
        stripped=fields.get("stripped-text", ""),
        files=(*_files(form), *_stored(fields)),
    )
    return file_letter(webhook, letter, arrival)


def _recipients(fields: dict[str, str]) -> tuple[str, ...]:
    return tuple(one.strip() for one in fields.get("recipient", "").split(",") if "@" in one)


def _headers(fields: dict[str, str]) -> head.Headers:
    """`message-headers` is a JSON list of pairs; the fields stand in for what it lacks."""
    try:
        listed = read_json(fields.get("message-headers", "[]").encode())
    except Unreadable:
        listed = []
    pairs = [(one[0], one[1]) for one in listed if _is_pair(one)] if isinstance(listed, list) else []
    found = head.gathered(pairs)
    for name, value in fields.items():
        if name.lower() in ("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references") and value:
            found.setdefault(name.lower(), [value])
    if "from" not in found and fields.get("sender"):
        found["from"] = [fields["sender"]]
    return found


def _is_pair(one: object) -> bool:
    return isinstance(one, list) and len(one) == 2 and all(isinstance(value, str) for value in one)


def _files(form: Form) -> list[File]:
    """`content-id-map`: {"<cid>": "attachment-1"}."""
    try:
        places = mapping(read_json(form.fields.get("content-id-map", "{}").encode()), "content-id-map")
    except Unreadable:
        places = {}
    by_field = {str(field_): place.strip("<>") for place, field_ in places.items()}
    return [
        File(
            part.content,
            part.mime.partition(";")[0] or "application/octet-stream",
            part.file_name,
            by_field.get(part.name),
            part.name in by_field,
        )
        for part in form.parts
        if part.file_name is not None and part.name != "body-mime"
    ]


def _stored(fields: dict[str, str]) -> list[File]:
    """A `store()` route keeps the files at Mailgun for three days and names their URLs."""
    try:
        listed = read_json(fields.get("attachments", "[]").encode())
    except Unreadable:
        return []
    found = [one for one in listed if isinstance(one, dict) and text(one, "url")] if isinstance(listed, list) else []
    return [
        File(
            b"",
            text(one, "content-type") or "application/octet-stream",
            text(one, "name"),
            url=text(one, "url"),
            size=count(one, "size"),
        )
        for one in found
    ]


def _event(webhook: Webhook, body: Json) -> tuple[Draft, ...]:
    data = part(body, "event-data")
    name = text(data, "event") or ""
    if name in _NO_NEWS:
        return ()
    recipient = head.bare(text(data, "recipient") or "")
    if name == "unsubscribed" and recipient:
        event_id = text(data, "id") or f"{recipient}:{name}"
        return (file_change(webhook, recipient, ContactChange.OPTED_OUT, "unsubscribed", event_id, _time(data)),)
    fate = _FATES.get(name)
    if fate is None:
        return (keep(webhook, "an event that this adapter doesn't know", data, provider_event_id=text(data, "id")),)
    if name == "failed" and text(data, "severity") == "temporary":
        return ()
    message_id = text(optional_part(optional_part(data, "message"), "headers"), "message-id")
    if message_id is None:
        raise Unreadable("message.headers.message-id is missing")
    status = optional_part(data, "delivery-status")
    report = Report(fate, _bracketed(message_id), recipient, _code(status), _why(data, status))
    return tuple(file_report(webhook, report, text(data, "id") or f"{message_id}:{name}", _time(data)))


_NO_NEWS: Final = frozenset({"stored", "list_member_uploaded", "list_member_upload_error", "list_uploaded"})
_FATES: Final = {
    "accepted": Fate.ACCEPTED,
    "delivered": Fate.DELIVERED,
    "opened": Fate.READ,
    "clicked": Fate.READ,
    "failed": Fate.FAILED,
    "rejected": Fate.FAILED,
    "complained": Fate.COMPLAINED,
}


def _time(data: Json) -> datetime | None:
    """Seconds with a fraction."""
    value = data.get("timestamp")
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < 2**35:
        return instant_if_any(data, "timestamp", _SECOND)
    return datetime.fromtimestamp(value, UTC)


def _code(status: Json) -> str:
    code = status.get("code")
    return str(code) if isinstance(code, int) and not isinstance(code, bool) else ""


def _why(data: Json, status: Json) -> str:
    rejected = text(optional_part(data, "reject"), "reason")
    return text(status, "message") or text(status, "description") or rejected or text(data, "reason") or ""


def _bracketed(message_id: str) -> str:
    return f"<{message_id.strip('<>')}>"


def _old_event(webhook: Webhook, fields: dict[str, str]) -> tuple[Draft, ...]:
    """Webhooks of before 2018, still sent to URLs of that time."""
    name = fields["event"]
    fate = _OLD_FATES.get(name)
    message_id = fields.get("Message-Id") or fields.get("message-id")
    if fate is None or message_id is None:
        return (
            ()
            if name in (*_NO_NEWS, "unsubscribed")
            else (keep(webhook, "an event that this adapter doesn't know", dict(fields)),)
        )
    reason = fields.get("error") or fields.get("description") or fields.get("reason", "")
    report = Report(
        fate, _bracketed(message_id), head.bare(fields.get("recipient", "")), fields.get("code", ""), reason
    )
    return tuple(
        file_report(webhook, report, fields.get("token", message_id), instant_if_any(fields, "timestamp", _SECOND))
    )


_OLD_FATES: Final = {**_FATES, "dropped": Fate.FAILED, "bounced": Fate.FAILED}
