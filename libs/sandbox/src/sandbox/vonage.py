"""Vonage's SMS API in miniature: always 200, one status a segment. Source: Vonage, "SMS API reference", "Troubleshooting failed SMS"."""

import re
from typing import Final

from sandbox.basic import form
from sandbox.faults import FaultSpec
from sandbox.paths import Table, routed
from sandbox.provider import Parts, Provider
from sandbox.wire import Answer, Call, Ids, Json, Shown, fingerprint

_NUMBER: Final = re.compile(r"\d{7,15}")
_BARRED: Final = "15005550004"
_TEXTS: Final = {
    "1": "Throughput Rate Exceeded",
    "2": "Missing {} param",
    "3": "Invalid value for param: {}",
    "4": "Bad Credentials",
    "5": "Internal Error",
    "7": "Number barred.",
}
_BY_STATUS: Final = {401: "4", 429: "1"}


def open_vonage(parts: Parts) -> Provider:
    table: Table = {("POST", "/sms/json"): lambda call: _send(call, parts.ids)}
    return Provider(
        "vonage_sms", _recipient, _fault, routed("vonage_sms", table, lambda call: Answer(404)), lambda: None
    )


def _recipient(call: Call) -> str | None:
    return next(iter(form(call).get("to", ())), None)


def _refuse(status: str, what: str = "", http_status: int = 200) -> Answer:
    told = {"status": status, "error-text": _TEXTS[status].format(what)}
    return Answer(http_status, {"message-count": "1", "messages": [told]})


def _fault(fault: FaultSpec) -> Answer:
    code = str(fault.code) if str(fault.code) in _TEXTS else _BY_STATUS.get(fault.status, "5")
    return _refuse(code, http_status=fault.status)


def _send(call: Call, ids: Ids) -> Answer:
    fields = {name: values[-1] for name, values in form(call).items()}
    wrong = _wrong(fields)
    if wrong is not None:
        return wrong
    to, text = fields["to"], fields["text"]
    sent = [_segment(to, ids, fields) for _ in range(_segments(text, fields.get("type", "text")))]
    shown = Shown(to, sent[0]["message-id"], "message", text, fields, account=fingerprint(fields["api_secret"]))
    return Answer(200, {"message-count": str(len(sent)), "messages": sent}, shown=(shown,))


def _wrong(fields: dict[str, str]) -> Answer | None:
    for name in ("api_key", "api_secret", "to", "from", "text"):
        if not fields.get(name):
            return _refuse("2", name)
    if len(fields["api_key"]) != 8:
        return _refuse("4")
    if fields["to"] == _BARRED:
        return _refuse("7")
    if not _NUMBER.fullmatch(fields["to"]):
        return _refuse("3", "to")
    unicode_needed = any(ord(char) > 0x20AC for char in fields["text"])
    return _refuse("3", "type") if unicode_needed and fields.get("type") != "unicode" else None


def _segments(text: str, kind: str) -> int:
    whole, part = (70, 67) if kind == "unicode" else (160, 153)
    length = len(text.encode("utf-16-le", "surrogatepass")) // 2
    return 1 if length <= whole else -(-length // part)


def _segment(to: str, ids: Ids, fields: dict[str, str]) -> Json:
    return {
        "to": to,
        "message-id": f"{ids.number():016X}",
        "status": "0",
        "remaining-balance": "3.14159265",
        "message-price": "0.03330000",
        "network": "12345",
        "client-ref": fields.get("client-ref", ""),
    }
