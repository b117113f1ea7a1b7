"""Amazon SES v2 in miniature; signatures are looked for, not proven. Source: SES API v2 reference, "SendEmail"."""

import base64
import binascii
import email
from typing import Any, Final

from sandbox.faults import FaultSpec
from sandbox.mail_api import json_body, mail_api, mail_shown
from sandbox.wire import Answer, Call, Ids, fingerprint


def _send(call: Call, ids: Ids) -> Answer:
    proof = call.headers.get("authorization", "")
    if not proof.startswith("AWS4-HMAC-SHA256 Credential=") or "x-amz-date" not in call.headers:
        return _refuse(403, "MissingAuthenticationTokenException", "Missing Authentication Token")
    recipient, source = _recipient(call), _source(json_body(call))
    if recipient is None or source is None:
        return _refuse(400, "BadRequestException", "Destination and content are required")
    message_id = f"0100{ids.number():015d}-sandbox-000000"
    mail = email.message_from_bytes(source)
    shown = mail_shown(
        recipient, message_id, source.decode("utf-8", "replace"), dict(mail.items()), fingerprint(proof[:60])
    )
    return Answer(200, {"MessageId": message_id}, shown=(shown,))


def _source(body: dict[str, Any]) -> bytes | None:
    try:
        return base64.b64decode(body["Content"]["Raw"]["Data"], validate=True) or None
    except (KeyError, TypeError, ValueError, binascii.Error):
        return None


def _recipient(call: Call) -> str | None:
    try:
        to = json_body(call)["Destination"]["ToAddresses"][0]
    except (KeyError, TypeError, IndexError):
        return None
    return to if isinstance(to, str) else None


def _refuse(status: int, name: str, message: str) -> Answer:
    return Answer(status, {"message": message}, {"x-amzn-errortype": name})


def _fault(fault: FaultSpec) -> Answer:
    return _refuse(
        fault.status,
        "TooManyRequestsException" if fault.status == 429 else "InternalServiceErrorException",
        "as commanded",
    )


open_ses: Final = mail_api("ses", "/v2/email/outbound-emails", _send, _recipient, _fault)
