"""A posted form → one message. Like the generic door it is our own API: what is wrong is told, with the field's name.

Known fields: `text` (or message, body, comment), `name`, `email`, `phone` (or tel), `subject`, `language`, `id`; the others travel in
the payload. A form without a person's address is a visitor's, and each such form its own visitor.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime

from contracts.inbound import MessageReceived
from contracts.values import Address, AddressKind, Attachment, Contact, Content, ContentKind
from ingest.domain.form import read_pairs
from ingest.domain.multipart import Part, read_multipart
from ingest.domain.shape import MAX_ID_CHARS, Unreadable, mapping, read_json
from ingest.domain.text import clean
from ingest.domain.webhook import Draft, InlineFile, Webhook
from ingest.handlers.ports import FORM, JSON, AccountOf
from runtime.errors import Malformed
from runtime.file_type import file_type
from runtime.object_store import file_key

MAX_FILES = 10
MAX_TEXT = 20_000
MAX_FIELD = 1_000
MAX_FIELDS = 100
_TEXTS = ("text", "message", "body", "comment", "inquiry")
_PHONES = ("phone", "tel", "telephone")
_KNOWN = frozenset({*_TEXTS, *_PHONES, "name", "email", "subject", "language", "id", "opened_at"})
_EMAIL = re.compile(r"[^@\s]{1,64}@[^@\s]{1,255}")
_PHONE = re.compile(r"\+?[0-9]{6,15}")
_KINDS = {"image": ContentKind.IMAGE, "video": ContentKind.VIDEO, "audio": ContentKind.AUDIO}


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    """Raises Malformed."""
    fields, parts = _posted(webhook)
    if _is_machine(webhook, fields):
        return ()
    files = [part for part in parts if part.file_name is not None and part.content]
    _check(fields, files)
    kept = [_file(webhook, part) for part in files]
    content = _content(webhook, fields, tuple(attachment for attachment, _ in kept))
    event_id = _event_id(webhook, fields)
    contact = _contact(fields, event_id)
    event = MessageReceived(
        channel=webhook.account.channel,
        account=webhook.account.id,
        conversation=contact.address.value,
        provider_event_id=event_id,
        provider_message_id=event_id,
        occurred_at=webhook.received_at,
        received_at=webhook.received_at,
        contact=contact,
        content=content,
    )
    return (Draft(event, files=tuple(file for _, file in kept)),)


def _posted(webhook: Webhook) -> tuple[dict[str, str], tuple[Part, ...]]:
    try:
        if webhook.media_type in JSON:
            body = mapping(read_json(webhook.body), "the body")
            return _joined((clean(name), one) for name, value in body.items() for one in _scalars(value)), ()
        if webhook.media_type in FORM:
            return _joined(read_pairs(webhook.body)), ()
        parts = read_multipart(webhook.body, webhook.headers.get("content-type", ""))
    except Unreadable as error:
        raise Malformed(f"{error.reason}.", code="invalid_form", status=400) from None
    return _joined((part.name, part.text()) for part in parts if part.file_name is None), parts


def _scalars(value: object) -> Iterator[str]:
    for one in value if isinstance(value, list) else [value]:
        if isinstance(one, str | int | float | bool):
            yield clean(str(one))


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Boxes that were ticked under one name are one field, by commas."""
    found: dict[str, str] = {}
    for name, value in pairs:
        said = value.strip()
        found[name] = f"{found[name]}, {said}" if found.get(name) and said else said or found.get(name, "")
    return found


def _is_machine(webhook: Webhook, fields: Mapping[str, str]) -> bool:
    """It filled in what people don't see, or was faster than people are."""
    options = webhook.account.options
    if fields.get(options.get("trap", "website")):
        return True
    least = options.get("least_seconds", "")
    if not least.isdigit():
        return False
    opened = _opened_at(fields.get("opened_at", ""))
    return opened is None or (webhook.received_at - opened).total_seconds() < int(least)


def _opened_at(said: str) -> datetime | None:
    """Milliseconds since 1970, as browsers count."""
    if not (said.isascii() and said.isdigit() and len(said) <= 14):
        return None
    return datetime.fromtimestamp(int(said) / 1000, UTC)


def _check(fields: Mapping[str, str], files: list[Part]) -> None:
    if not _first(fields, _TEXTS) and not files:
        raise _wrong("text", "A form needs a text or a file.")
    if len(files) > MAX_FILES or len(fields) > MAX_FIELDS:
        raise _wrong("files", f"A form has at most {MAX_FILES} files and {MAX_FIELDS} fields.")
    for name, value in fields.items():
        if len(value) > (MAX_TEXT if name in _TEXTS else MAX_FIELD):
            raise _wrong(name[:100], "The field is too long.")
    if fields.get("email") and not _EMAIL.fullmatch(fields["email"]):
        raise _wrong("email", "This is no e-mail address.")
    if _first(fields, _PHONES) and not _PHONE.fullmatch(_digits(_first(fields, _PHONES))):
        raise _wrong("phone", "This is no telephone number.")


def _wrong(name: str, sentence: str) -> Malformed:
    return Malformed(
        sentence, code="invalid_form", status=422, pointer="/" + name.replace("~", "~0").replace("/", "~1")
    )


def _first(fields: Mapping[str, str], names: Iterable[str]) -> str:
    return next((fields[name] for name in names if fields.get(name)), "")


def _digits(number: str) -> str:
    return re.sub(r"[\s().\-‐－]", "", number)


def _event_id(webhook: Webhook, fields: Mapping[str, str]) -> str:
    """The page's own id, so that a second click is the same message; without one every post is another."""
    given = webhook.headers.get("idempotency-key") or fields.get("id")
    if given:
        return clean(given)[:MAX_ID_CHARS]
    told = webhook.body + webhook.received_at.isoformat().encode()
    return "sha256:" + hashlib.sha256(told).hexdigest()


def _contact(fields: Mapping[str, str], event_id: str) -> Contact:
    phone = _digits(_first(fields, _PHONES))
    pairs = ((AddressKind.EMAIL, fields.get("email", "").lower()), (AddressKind.PHONE, phone))
    addresses = [Address(kind=kind, value=value) for kind, value in pairs if value]
    first, *others = addresses or [Address(kind=AddressKind.VISITOR, value=event_id)]
    return Contact(
        address=first,
        alternates=tuple(others),
        display_name=fields.get("name") or None,
        language=fields.get("language") or None,
    )


def _content(webhook: Webhook, fields: Mapping[str, str], files: tuple[Attachment, ...]) -> Content:
    hidden = _KNOWN | {webhook.account.options.get("trap", "website")}
    more = {name: value for name, value in fields.items() if name not in hidden and value}
    return Content(
        kind=files[0].kind if files else ContentKind.TEXT,
        text=_first(fields, _TEXTS) or None,
        subject=fields.get("subject") or None,
        attachments=files,
        payload=json.dumps(more, ensure_ascii=False) if more else None,
    )


def _file(webhook: Webhook, part: Part) -> tuple[Attachment, InlineFile]:
    mime, digest = file_type(part.content, part.mime), hashlib.sha256(part.content).hexdigest()
    key = file_key(webhook.tenant, digest)
    attachment = Attachment(
        kind=_KINDS.get(mime.partition("/")[0], ContentKind.FILE),
        mime=mime,
        size_bytes=len(part.content),
        sha256=digest,
        file_name=(part.file_name or "").replace("\\", "/").rpartition("/")[2][:255] or None,
        object_key=key,
    )
    return attachment, InlineFile(key, part.content)
