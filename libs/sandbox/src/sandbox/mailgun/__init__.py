"""Mailgun's messages API in miniature. Source: Mailgun API reference, "Send an email"."""

import base64
from typing import Final

from sandbox.basic import form_data
from sandbox.faults import FaultSpec
from sandbox.mail_api import mail_api, mail_shown
from sandbox.wire import Answer, Call, Ids, fingerprint


def _send(call: Call, ids: Ids) -> Answer:
    credentials = call.headers.get("authorization", "").removeprefix("Basic ")
    if not base64.b64decode(credentials + "==").startswith(b"api:"):
        return Answer(401, b"Forbidden", media_type="text/plain")
    fields = form_data(call)
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


def _fault(fault: FaultSpec) -> Answer:
    return Answer(fault.status, {"message": "as commanded"})


open_mailgun: Final = mail_api(
    "mailgun", "/v3/{domain}/messages", _send, lambda call: form_data(call).get("to"), _fault
)
