"""SendGrid's mail send in miniature. Source: Twilio SendGrid API reference, "Mail Send v3"."""

from typing import Any, Final

from sandbox.faults import FaultSpec
from sandbox.mail_api import json_body, mail_api, mail_shown
from sandbox.wire import Answer, Call, Ids, fingerprint


def _send(call: Call, ids: Ids) -> Answer:
    if call.bearer is None:
        return _refuse(401, "The provided authorization grant is invalid, expired, or revoked")
    body = json_body(call)
    recipient = _recipient(call)
    if recipient is None:
        return _refuse(
            400,
            "The personalizations field is required and must have at least one personalization.",
            "personalizations",
        )
    if not _part(body.get("from")).get("email"):
        return _refuse(400, "The from object must be provided for every email send.", "from.email")
    contents = body.get("content")
    if not isinstance(contents, list) or not contents or not all(_part(one).get("value") for one in contents):
        return _refuse(400, "The content value must be a string at least one character in length.", "content.0.value")
    message_id = f"sg{ids.number()}"
    shown = mail_shown(recipient, message_id, str(contents[0]["value"]), body, fingerprint(call.bearer))
    return Answer(202, headers={"x-message-id": message_id}, shown=(shown,))


def _part(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _recipient(call: Call) -> str | None:
    found = json_body(call).get("personalizations")
    first = _part(found[0]) if isinstance(found, list) and found else {}
    to = first.get("to")
    email = _part(to[0]).get("email") if isinstance(to, list) and to else None
    return email if isinstance(email, str) else None


def _refuse(status: int, message: str, field: str | None = None) -> Answer:
    return Answer(status, {"errors": [{"message": message, "field": field, "help": None}]})


def _fault(fault: FaultSpec) -> Answer:
    return _refuse(fault.status, "as commanded")


open_sendgrid: Final = mail_api("sendgrid", "/v3/mail/send", _send, _recipient, _fault)
