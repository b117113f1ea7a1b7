"""Postmark's email API in miniature. Source: Postmark API reference, "Email", "API error codes"."""

from typing import Final

from sandbox.faults import FaultSpec
from sandbox.mail_api import json_body, mail_api, mail_shown
from sandbox.wire import Answer, Call, Ids, fingerprint

INACTIVE: Final = "inactive@"
"""Addresses that begin so are suppressed."""


def _send(call: Call, ids: Ids) -> Answer:
    token = call.headers.get("x-postmark-server-token")
    if not token:
        return _refuse(
            401, 10, "The Server Token you provided in the X-Postmark-Server-Token request header was invalid."
        )
    body, recipient = json_body(call), _recipient(call)
    if not recipient or "@" not in recipient:
        return _refuse(422, 300, "Invalid 'To' address.")
    if "@" not in str(body.get("From", "")):
        return _refuse(422, 300, "Invalid 'From' address.")
    if not body.get("TextBody") and not body.get("HtmlBody"):
        return _refuse(422, 300, "Provide either email TextBody or HtmlBody or both.")
    if recipient.startswith(INACTIVE):
        return _refuse(422, 406, "You tried to send to recipient(s) that have been marked as inactive.")
    message_id = ids.request_id()
    shown = mail_shown(recipient, message_id, str(body.get("TextBody", "")), body, fingerprint(token))
    sent = {
        "To": recipient,
        "SubmittedAt": "2026-11-21T09:30:00Z",
        "MessageID": message_id,
        "ErrorCode": 0,
        "Message": "OK",
    }
    return Answer(200, sent, shown=(shown,))


def _recipient(call: Call) -> str | None:
    to = json_body(call).get("To")
    return to if isinstance(to, str) else None


def _refuse(status: int, code: int, message: str) -> Answer:
    return Answer(status, {"ErrorCode": code, "Message": message})


def _fault(fault: FaultSpec) -> Answer:
    return _refuse(fault.status, fault.code or 0, "as commanded")


open_postmark: Final = mail_api("postmark", "/email", _send, _recipient, _fault)
