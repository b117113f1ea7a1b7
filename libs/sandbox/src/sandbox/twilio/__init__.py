"""Twilio's Messages resource in miniature, for SMS and for WhatsApp. Source: Twilio Docs, "Messages resource", "Error and Warning
Dictionary"; the numbers that refuse are those of Twilio's own test credentials ("Test Credentials").
"""

import hashlib
import re
from functools import partial
from typing import Final

from sandbox.basic import basic, form
from sandbox.faults import FaultSpec
from sandbox.invented import content_png
from sandbox.ledger import readable
from sandbox.paths import Table, routed
from sandbox.provider import OpenProvider, Parts, Provider
from sandbox.wire import Answer, Call, Json, Shown, fingerprint

MAX_BODY: Final = 1600
MAX_MEDIA: Final = 10
_NUMBER: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_BSUID: Final = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
_MAGIC: Final = {
    "+15005550001": 21211,
    "+15005550002": 21612,
    "+15005550003": 21408,
    "+15005550004": 21610,
    "+15005550009": 21614,
}
_ERRORS: Final = {
    20003: (401, "Authenticate"),
    20404: (404, "The requested resource was not found"),
    20429: (429, "Too Many Requests"),
    20500: (500, "An internal server error has occurred"),
    20503: (503, "Service unavailable"),
    21211: (400, "Invalid 'To' Phone Number"),
    21212: (400, "Invalid 'From' Phone Number"),
    21408: (400, "Permission to send an SMS has not been enabled for the region indicated by the 'To' number"),
    21602: (400, "Message body is required."),
    21603: (400, "A 'From' or 'MessagingServiceSid' parameter is required."),
    21604: (400, "A 'To' phone number is required."),
    21610: (400, "Attempt to send to unsubscribed recipient"),
    21612: (400, "The 'To' phone number is not currently reachable via SMS"),
    21614: (400, "'To' number is not a valid mobile number"),
    21617: (400, "The concatenated message body exceeds the 1600 character limit"),
    21654: (400, "ContentSid Required"),
    21656: (400, "The ContentVariables Parameter is invalid"),
    21623: (400, "Number of media files exceeds allowed limit"),
    21910: (400, "Invalid 'From' and 'To' pair. 'From' and 'To' should be of the same channel"),
}
_BY_STATUS: Final = {401: 20003, 404: 20404, 429: 20429, 503: 20503}


def open_twilio(name: str) -> OpenProvider:
    return partial(_open, name=name)


def _open(parts: Parts, name: str) -> Provider:
    account = "/2010-04-01/Accounts/{sid}"
    table: Table = {
        ("POST", f"{account}/Messages.json"): partial(
            _send, parts=parts, prefix="whatsapp:" if "whatsapp" in name else ""
        ),
        ("GET", f"{account}/Messages/{{message}}/Media/{{media}}"): _media,
        ("POST", "/v2/Indicators/Typing.json"): _type,
    }
    return Provider(name, _recipient, _fault, routed(name, table, lambda call: refuse(20404)), lambda: None)


def refuse(code: int, status: int | None = None) -> Answer:
    known_status, message = _ERRORS[code]
    told = status or known_status
    more = f"https://www.twilio.com/docs/errors/{code}"
    return Answer(told, {"code": code, "message": message, "more_info": more, "status": told})


def _fault(fault: FaultSpec) -> Answer:
    code = fault.code if fault.code in _ERRORS else _BY_STATUS.get(fault.status, 20500)
    return refuse(code, fault.status)


def _recipient(call: Call) -> str | None:
    return next(iter(form(call).get("To", ())), None)


def _media(call: Call) -> Answer:
    if not _allowed(call):
        return refuse(20003)
    return Answer(200, content_png(call.params["media"]), media_type="image/png")


def _type(call: Call) -> Answer:
    """Source: Twilio Docs, "Typing Indicators resource"."""
    fields = form(call)
    if basic(call) is None:
        return refuse(20003)
    known = re.fullmatch(r"(SM|MM)[0-9a-f]{32}", fields.get("messageId", [""])[0])
    return Answer(200, {"success": True}) if known and fields.get("channel") == ["whatsapp"] else refuse(20404)


def _allowed(call: Call) -> bool:
    pair = basic(call)
    return pair is not None and pair[0] == call.params["sid"]


def _send(call: Call, parts: Parts, prefix: str) -> Answer:
    fields = form(call)
    code = 20003 if not _allowed(call) else _wrong(fields, prefix)
    if code is not None:
        return refuse(code)
    to, media = fields["To"][0], fields.get("MediaUrl", [])
    sid = ("MM" if media else "SM") + hashlib.sha256(str(parts.ids.number()).encode()).hexdigest()[:32]
    body = fields.get("Body", [""])[0]
    pair = basic(call)
    shown = Shown(to, sid, "message", body or None, fields, account=fingerprint(pair[1] if pair else None))
    return Answer(201, _resource(call, fields, sid, body), shown=(shown,))


def _wrong(fields: dict[str, list[str]], prefix: str) -> int | None:
    to, origin = (fields.get(name, [""])[0] for name in ("To", "From"))
    service, body = fields.get("MessagingServiceSid"), fields.get("Body", [""])[0]
    number = to.removeprefix(prefix)
    rules = (
        (not to, 21604),
        (not origin and not service, 21603),
        (bool(origin) and to.startswith("whatsapp:") != origin.startswith("whatsapp:"), 21910),
        (not to.startswith(prefix) or not (_NUMBER.fullmatch(number) or (prefix and _BSUID.fullmatch(number))), 21211),
        (number in _MAGIC, _MAGIC.get(number, 0)),
        (origin.removeprefix("whatsapp:") == "+15005550001", 21212),
        (not body and not fields.get("MediaUrl") and not fields.get("ContentSid"), 21602),
        (len(body.encode("utf-16-le", "surrogatepass")) // 2 > MAX_BODY, 21617),
        (len(fields.get("MediaUrl", ())) > MAX_MEDIA, 21623),
        (bool(fields.get("ContentVariables")) and not fields.get("ContentSid"), 21654),
        (not _are_variables(fields.get("ContentVariables", ["{}"])[0]), 21656),
    )
    return next((code for broken, code in rules if broken), None)


def _are_variables(said: str) -> bool:
    """Source: Twilio Docs, "Using Variables with Content Templates"."""
    found = readable(said.encode("utf-8", "replace"))
    return (
        isinstance(found, dict)
        and len(found) <= 100
        and all(isinstance(value, str) and 0 < len(value) <= MAX_BODY for value in found.values())
    )


def _resource(call: Call, fields: dict[str, list[str]], sid: str, body: str) -> Json:
    return {
        "account_sid": call.params["sid"],
        "api_version": "2010-04-01",
        "body": body,
        "direction": "outbound-api",
        "error_code": None,
        "error_message": None,
        "from": next(iter(fields.get("From", ())), None),
        "messaging_service_sid": next(iter(fields.get("MessagingServiceSid", ())), None),
        "num_media": str(len(fields.get("MediaUrl", ()))),
        "sid": sid,
        "status": "queued",
        "to": fields["To"][0],
        "uri": f"/2010-04-01/Accounts/{call.params['sid']}/Messages/{sid}.json",
    }
