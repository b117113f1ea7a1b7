"""The Telegram Bot API's send methods in miniature. Source: Telegram Bot API, "Available methods", "Making requests"."""

import re
from collections.abc import Callable

from sandbox.basic import form_data, is_form_data
from sandbox.faults import FaultSpec
from sandbox.invented import content_png
from sandbox.ledger import readable
from sandbox.paths import json_object, routed
from sandbox.provider import Parts, Provider
from sandbox.wire import Answer, Call, Json, Shown, fingerprint

_MAX_TEXT, _MAX_CAPTION, _MAX_CALLBACK = 4096, 1024, 64
_FIELDS = {
    "sendMessage": ("text",),
    "sendPhoto": ("photo",),
    "sendVideo": ("video",),
    "sendAudio": ("audio",),
    "sendVoice": ("voice",),
    "sendAnimation": ("animation",),
    "sendDocument": ("document",),
    "sendSticker": ("sticker",),
    "sendLocation": ("latitude", "longitude"),
    "sendChatAction": ("action",),
    "readBusinessMessage": ("business_connection_id", "message_id"),
    "sendVenue": ("latitude", "longitude", "title", "address"),
}
_SIGNS = frozenset({"sendChatAction", "readBusinessMessage"})
_TOKEN = re.compile(r"\d+:[A-Za-z0-9_-]+")
_DESCRIPTIONS = {
    400: "Bad Request: chat not found",
    401: "Unauthorized",
    403: "Forbidden: bot was blocked by the user",
    404: "Not Found",
    429: "Too Many Requests: retry after {}",
    500: "Internal Server Error",
}


def open_telegram(parts: Parts) -> Provider:
    table = {("POST", f"/bot{{token}}/{method}"): _sending(method, parts) for method in _FIELDS}
    table[("GET", "/bot{token}/getFile")] = _file
    table[("GET", "/file/bot{token}/{path:path}")] = lambda call: Answer(200, content_png(call.params["path"]))
    routes = routed("telegram", table, lambda call: refuse(404))
    return Provider("telegram", _recipient, _fault, routes, lambda: None)


def refuse(status: int, description: str | None = None, retry_after: int | None = None) -> Answer:
    words = description or _DESCRIPTIONS.get(status, "Bad Gateway").format(retry_after)
    body: Json = {"ok": False, "error_code": status, "description": words}
    if retry_after is not None:
        body["parameters"] = {"retry_after": retry_after}
    return Answer(status, body)


def _fault(fault: FaultSpec) -> Answer:
    """A `code` is the supergroup that the group became."""
    if fault.code is not None:
        words = "Bad Request: group chat was upgraded to a supergroup chat"
        moved: Json = {"ok": False, "error_code": 400, "description": words}
        return Answer(400, moved | {"parameters": {"migrate_to_chat_id": fault.code}})
    return refuse(fault.status, retry_after=fault.retry_after)


def _body(call: Call) -> Json:
    """A form's fields are JSON where they are no plain words; a file is its name."""
    if not is_form_data(call):
        return json_object(call)
    fields: Json = dict(form_data(call))
    for name in ("reply_markup", "reply_parameters", "chat_id", "message_thread_id"):
        if name in fields:
            fields[name] = readable(str(fields[name]).encode())
    return fields


def _recipient(call: Call) -> str | None:
    found = _body(call).get("chat_id")
    return str(found) if isinstance(found, int | str) and found else None


def _file(call: Call) -> Answer:
    """Every file is one picture."""
    if not _TOKEN.fullmatch(call.params["token"]):
        return refuse(401)
    return Answer(200, {"ok": True, "result": {"file_id": "any", "file_path": "photos/file_0.jpg"}})


def _sending(method: str, parts: Parts) -> Callable[[Call], Answer]:
    def send(call: Call) -> Answer:
        token, body, chat = call.params["token"], _body(call), _recipient(call)
        if not _TOKEN.fullmatch(token):
            return refuse(401)
        wrong = "chat_id is empty" if chat is None else _wrong(method, body)
        if chat is None or wrong is not None:
            return refuse(400, f"Bad Request: {wrong}")
        if method in _SIGNS:
            return Answer(200, {"ok": True, "result": True})
        number = parts.ids.number() % 2**31
        text = body.get("text") or body.get("caption")
        shown = Shown(chat, f"{chat}:{number}", method, text, body, account=fingerprint(token))
        result = {"message_id": number, "chat": {"id": body["chat_id"]}, "date": int(parts.clock.now().timestamp())}
        return Answer(200, {"ok": True, "result": result}, shown=(shown,))

    return send


def _wrong(method: str, body: Json) -> str | None:
    missing = next((name for name in _FIELDS[method] if body.get(name) in (None, "")), None)
    if missing is not None:
        return "message text is empty" if missing == "text" else f"there is no {missing} in the request"
    if _units(body.get("text")) > _MAX_TEXT:
        return "message is too long"
    if _units(body.get("caption")) > _MAX_CAPTION:
        return "message caption is too long"
    rows = body.get("reply_markup", {}).get("inline_keyboard", [])
    known = all(0 < len(one.get("callback_data", "").encode()) <= _MAX_CALLBACK for row in rows for one in row)
    return None if known else "BUTTON_DATA_INVALID"


def _units(text: object) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2 if isinstance(text, str) else 0
