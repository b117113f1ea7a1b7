"""The Send API of Messenger and of Instagram in miniature. Source: Messenger Platform, "Send API", "Common Error Codes"."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sandbox.basic import form_data
from sandbox.faults import FaultSpec
from sandbox.ledger import readable
from sandbox.paths import json_object, routed
from sandbox.provider import OpenProvider, Parts, Provider
from sandbox.wire import Answer, Call, Json, Shown, fingerprint

_ERRORS: dict[int, tuple[int, int | None, str]] = {
    2: (500, None, "An unexpected error has occurred. Please retry your request later."),
    10: (400, 2018278, "(#10) This message is sent outside of allowed window."),
    100: (400, None, "(#100) Invalid parameter"),
    190: (401, None, "Invalid OAuth access token - Cannot parse access token"),
    551: (400, 1545041, "(#551) This person isn't available right now."),
    613: (400, None, "(#613) Calls to this api have exceeded the rate limit."),
}
_BY_STATUS = {400: 100, 401: 190, 403: 10, 429: 613}
_MAX_QUICK_REPLIES = 13


@dataclass(frozen=True, slots=True)
class _Limits:
    text: int
    measure: Callable[[str], int]


def _opening(name: str, limits: _Limits) -> OpenProvider:
    def opened(parts: Parts) -> Provider:
        def send(call: Call) -> Answer:
            return _send(call, limits, parts)

        table = {
            ("POST", "/{version}/me/messages"): send,
            ("POST", "/{version}/{endpoint_id}/messages"): send,
            ("POST", "/{version}/me/message_attachments"): lambda call: _keep(call, parts),
        }
        routes = routed(name, table, lambda call: refuse(100, "Unsupported post request."))
        return Provider(name, _recipient, _fault, routes, lambda: None)

    return opened


open_messenger = _opening("messenger", _Limits(2000, len))
open_instagram = _opening("instagram", _Limits(1000, lambda text: len(text.encode("utf-8", "surrogatepass"))))


def refuse(code: int, message: str | None = None, status: int | None = None) -> Answer:
    known, subcode, words = _ERRORS[code]
    error: Json = {"message": message or words, "type": "OAuthException", "code": code}
    if subcode is not None:
        error["error_subcode"] = subcode
    error["fbtrace_id"] = "A" + hashlib.sha256(words.encode()).hexdigest()[:22]
    return Answer(status or known, {"error": error})


def _fault(fault: FaultSpec) -> Answer:
    code = fault.code if fault.code in _ERRORS else _BY_STATUS.get(fault.status, 2)
    return refuse(code, status=fault.status)


def _recipient(call: Call) -> str | None:
    found = json_object(call).get("recipient")
    values = [found.get(name) for name in ("id", "user_ref")] if isinstance(found, dict) else []
    return next((value for value in values if isinstance(value, str) and value), None)


def _send(call: Call, limits: _Limits, parts: Parts) -> Answer:
    if call.bearer is None:
        return refuse(190)
    body, recipient = json_object(call), _recipient(call)
    if recipient is None:
        return refuse(100, "(#100) The parameter recipient is required")
    if "sender_action" in body:
        return _sign(body, recipient)
    wrong = _wrong(body, limits)
    if wrong is not None:
        return refuse(100, f"(#100) {wrong}")
    mid = f"m_{parts.ids.number()}"
    message = body["message"]
    shown = Shown(recipient, mid, _kind(message), message.get("text"), message, account=fingerprint(call.bearer))
    return Answer(200, {"recipient_id": recipient, "message_id": mid}, shown=(shown,))


def _keep(call: Call, parts: Parts) -> Answer:
    """Source: Messenger Platform, "Attachment Upload API"."""
    if call.bearer is None:
        return refuse(190)
    fields = form_data(call)
    said = readable(fields.get("message", "").encode())
    attachment = said.get("attachment") if isinstance(said, dict) else None
    known = isinstance(attachment, dict) and attachment.get("type") in ("image", "video", "audio", "file")
    if not known or not fields.get("filedata"):
        return refuse(100, "(#100) The parameter filedata is required")
    return Answer(200, {"attachment_id": str(parts.ids.number())})


def _sign(body: Json, recipient: str) -> Answer:
    action = body["sender_action"]
    if action not in ("typing_on", "typing_off", "mark_seen") or "message" in body:
        return refuse(100, "(#100) Param sender_action must be one of {TYPING_ON, TYPING_OFF, MARK_SEEN}, alone")
    return Answer(200, {"recipient_id": recipient})


def _wrong(body: Json, limits: _Limits) -> str | None:
    kind, message = body.get("messaging_type"), body.get("message")
    if kind not in ("RESPONSE", "UPDATE", "MESSAGE_TAG"):
        return "Param messaging_type must be one of {RESPONSE, UPDATE, MESSAGE_TAG}"
    if kind == "MESSAGE_TAG" and body.get("tag") != "HUMAN_AGENT":
        return "Param tag must be HUMAN_AGENT"
    if not isinstance(message, dict) or sum(name in message for name in ("text", "attachment", "sticker_id")) != 1:
        return "message must have exactly one of text, attachment, sticker_id"
    if "text" in message and not 0 < limits.measure(message["text"]) <= limits.text:
        return f"Length of param message[text] must be less than or equal to {limits.text}"
    return _wrong_parts(message)


def _wrong_parts(message: Json) -> str | None:
    attachment, replies = message.get("attachment"), message.get("quick_replies", [])
    if attachment is not None:
        payload: Any = attachment.get("payload") or {}
        if not (str(payload.get("url", "")).startswith("https://") or payload.get("attachment_id")):
            return "attachment needs a url or an attachment_id"
    if len(replies) > _MAX_QUICK_REPLIES:
        return f"Param message[quick_replies] has too many elements, at most {_MAX_QUICK_REPLIES}"
    return None if all(one.get("title") for one in replies) else "Param title is required"


def _kind(message: Json) -> str:
    return str(message["attachment"]["type"]) if "attachment" in message else "text"
