"""Mailgun's messages API in miniature. Source: Mailgun API reference, "Send an email"."""

import base64
import email
from typing import Final
from urllib.parse import parse_qsl

from sandbox.faults import FaultSpec
from sandbox.mail_api import mail_api, mail_shown
from sandbox.wire import Answer, Call, Ids, fingerprint


def _send(call: Call, ids: Ids) -> Answer:
    credentials = call.headers.get("authorization", "").removeprefix("Basic ")
    if not base64.b64decode(credentials + "==").startswith(b"api:"):
        return Answer(401, b"Forbidden", media_type="text/plain")
    fields = _fields(call)
    for name in ("from", "to", "subject"):
        if not fields.get(name):
            return Answer(400, {"message": f"{name} parameter is missing"})
    if not fields.get("text") and not fields.get("html"):
        return Answer(
            400, {"message": "Need at least one of 'text', 'html', 'amp-html' or 'template' parameters specified"}
        )
    domain = call.params["domain"]
    message_id = fields.get("h:Message-Id") or f"<{ids.number()}@{domain}>"
    shown = mail_shown(fields["to"], message_id, fields.get("text", ""), fields, fingerprint(credentials))
    return Answer(200, {"id": message_id, "message": "Queued. Thank you."}, shown=(shown,))


def _fields(call: Call) -> dict[str, str]:
    """Of files their names, as `attachment`."""
    kind = call.headers.get("content-type", "")
    if not kind.startswith("multipart/form-data"):
        return dict(parse_qsl(call.body.decode("utf-8", "replace")))
    form = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.body)
    found: dict[str, str] = {}
    for part in form.walk():
        name = part.get_param("name", "", "content-disposition")
        if not part.is_multipart() and isinstance(name, str) and name:
            content = part.get_payload(decode=True)
            said = content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
            found[name] = part.get_filename() or said
    return found


def _fault(fault: FaultSpec) -> Answer:
    return Answer(fault.status, {"message": "as commanded"})


open_mailgun: Final = mail_api("mailgun", "/v3/{domain}/messages", _send, lambda call: _fields(call).get("to"), _fault)
