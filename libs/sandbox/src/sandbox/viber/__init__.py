"""Viber's send_message in miniature. Source: Viber REST API, "Send Message", "Error Codes"."""

from sandbox.faults import FaultSpec
from sandbox.paths import json_object, routed
from sandbox.provider import Parts, Provider
from sandbox.wire import Answer, Call, Json, Shown, fingerprint

_MAX_TEXT, _MAX_BODY, _MAX_NAME = 7000, 30 * 1024, 28
_STATUS = {
    2: "invalidAuthToken",
    3: "badData",
    4: "missingData",
    5: "receiverNotRegistered",
    6: "receiverNotSubscribed",
    7: "publicAccountBlocked",
    12: "tooManyRequests",
}
_REQUIRED = {
    "text": ("text",),
    "picture": ("media",),
    "video": ("media", "size"),
    "file": ("media", "size", "file_name"),
    "contact": ("contact",),
    "location": ("location",),
    "url": ("media",),
    "sticker": ("sticker_id",),
}


def open_viber(parts: Parts) -> Provider:
    table = {("POST", "/pa/send_message"): lambda call: _send(call, parts)}
    routes = routed("viber", table, lambda call: Answer(404))
    return Provider("viber", _recipient, _fault, routes, lambda: None)


def refuse(status: int) -> Answer:
    return Answer(200, {"status": status, "status_message": _STATUS.get(status, "generalError")})


def _fault(fault: FaultSpec) -> Answer:
    """Viber's own refusals come with 200: `code` is their number."""
    return refuse(fault.code) if fault.code is not None else Answer(fault.status)


def _recipient(call: Call) -> str | None:
    found = json_object(call).get("receiver")
    return found if isinstance(found, str) and found else None


def _send(call: Call, parts: Parts) -> Answer:
    token, body, receiver = call.headers.get("x-viber-auth-token"), json_object(call), _recipient(call)
    if not token:
        return refuse(2)
    if receiver is None:
        return refuse(4)
    wrong = 3 if len(call.body) > _MAX_BODY else _wrong(body)
    if wrong is not None:
        return refuse(wrong)
    number = parts.ids.number()
    shown = Shown(receiver, str(number), body["type"], body.get("text"), body, account=fingerprint(token))
    taken = {"status": 0, "status_message": "ok", "message_token": number, "chat_hostname": "SN-CHAT-01_"}
    return Answer(200, taken, shown=(shown,))


def _wrong(body: Json) -> int | None:
    required = _REQUIRED.get(str(body.get("type")))
    name = (body.get("sender") or {}).get("name")
    if required is None or not name or any(body.get(field) in (None, "") for field in required):
        return 4
    too_long = len(name) > _MAX_NAME or len(body.get("text") or "") > _MAX_TEXT
    buttons = (body.get("keyboard") or {}).get("Buttons", [])
    return 3 if too_long or not all(one.get("ActionBody") and one.get("Text") for one in buttons) else None
