"""Mail accounts of a tenant, forms as browsers and providers encode them, and what came of a mail."""

import json
from datetime import UTC, datetime
from typing import Any

from contracts.config import ChannelAccount
from contracts.envelope import Envelope, decode, encode
from contracts.inbound import MessageReceived
from contracts.values import Content
from ingest.channels import CHANNELS
from ingest.domain.identity import id_of
from ingest.domain.webhook import Draft, Webhook

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
REPLY_SECRET = "a secret of our reply addresses"
BOUNDARY = "mail-house-boundary"


def hook(
    channel: str,
    body: Any,
    content_type: str = "application/json",
    options: dict[str, str] | None = None,
    **headers: str,
) -> Webhook:
    account = ChannelAccount(id="support", channel=channel, external_id="support@acme.example", options=options or {})
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"content-type": content_type, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return Webhook("acme", account, named, raw, NOW, secrets={"reply_secret": (REPLY_SECRET,)})


def drafts(webhook: Webhook) -> tuple[Draft, ...]:
    """All of them can be written and read again, and different ones have different ids."""
    found = CHANNELS[webhook.account.channel].parse(webhook, {}.get)
    for draft in found:
        assert decode(encode(Envelope(id_of("acme", draft), "acme", "ingest", NOW, draft.event))).data == draft.event
    assert len({id_of("acme", draft) for draft in found}) == len(
        {(draft.part, draft.event.model_dump_json()) for draft in found}
    )
    return found


def received(
    channel: str, body: Any, content_type: str = "application/json", **options: Any
) -> tuple[MessageReceived, tuple[Any, ...]]:
    (draft,) = drafts(hook(channel, body, content_type, **options))
    assert isinstance(draft.event, MessageReceived), draft.event
    return draft.event, draft.files


def mail(source: bytes | str) -> tuple[MessageReceived, Content, dict[str, bytes]]:
    """One raw mail → the event, its content, and the files by name."""
    event, files = received("email", source.encode() if isinstance(source, str) else source, "message/rfc822")
    kept = {file.object_key: file.content for file in files}
    named = {one.file_name or "": kept[one.object_key or ""] for one in event.content.attachments}
    return event, event.content, named


def form(*fields: tuple[str, str | bytes] | tuple[str, str | bytes, str, str]) -> tuple[bytes, str]:
    """name, value; of a file also its name and type."""
    out = bytearray()
    for name, value, *file in fields:
        named = f'; filename="{file[0]}"\r\nContent-Type: {file[1]}' if file else ""
        out += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{named}\r\n\r\n'.encode()
        out += value if isinstance(value, bytes) else value.encode()
        out += b"\r\n"
    return bytes(out) + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"
