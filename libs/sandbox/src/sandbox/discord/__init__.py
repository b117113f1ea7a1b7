"""Discord's messages and follow-ups in miniature. Source: Discord, "Create Message", "Create Followup Message", "Rate limits"."""

from collections import OrderedDict

from sandbox.basic import form_data, is_form_data
from sandbox.faults import FaultSpec
from sandbox.ledger import readable
from sandbox.paths import json_object, routed
from sandbox.provider import Parts, Provider
from sandbox.wire import Answer, Call, Ids, Json, Shown

_MAX_TEXT, _MAX_NONCE, _MAX_ROWS, _MAX_LABEL = 2000, 25, 5, 80
_CODES = {401: (0, "401: Unauthorized"), 403: (50013, "Missing Permissions"), 404: (10003, "Unknown Channel")}


def open_discord(parts: Parts) -> Provider:
    api = _Api(parts.ids, parts.limit)
    table = {
        ("POST", "/api/v10/channels/{channel}/messages"): api.create,
        ("POST", "/api/v10/channels/{channel}/typing"): _typing,
        ("POST", "/api/v10/webhooks/{application}/{token}"): api.follow_up,
    }
    routes = routed("discord", table, lambda call: _refuse(404, 0, "404: Not Found"))
    return Provider("discord", _recipient, _fault, routes, api.reset)


class _Api:
    def __init__(self, ids: Ids, limit: int) -> None:
        self._ids = ids
        self._limit = limit
        self._nonces: OrderedDict[tuple[str, str], Json] = OrderedDict()

    def reset(self) -> None:
        self._nonces.clear()

    def create(self, call: Call) -> Answer:
        scheme, _, token = call.headers.get("authorization", "").partition(" ")
        if scheme != "Bot" or not token:
            return _refuse(401, *_CODES[401])
        body, channel = _body(call), call.params["channel"]
        nonce = body.get("nonce")
        if nonce is not None and (not isinstance(nonce, str) or len(nonce) > _MAX_NONCE):
            return _refuse(400, 50035, "Invalid Form Body")
        seen = self._nonces.get((channel, nonce)) if nonce and body.get("enforce_nonce") else None
        return self._made(body, channel, nonce) if seen is None else Answer(200, seen, duplicate=True)

    def follow_up(self, call: Call) -> Answer:
        return self._made(_body(call), call.params["token"], None)

    def _made(self, body: Json, recipient: str, nonce: str | None) -> Answer:
        if not body.get("content") and not body.get("embeds") and not body.get("attachments"):
            return _refuse(400, 50006, "Cannot send an empty message")
        if not _is_legal(body):
            return _refuse(400, 50035, "Invalid Form Body")
        message = {
            "id": str(self._ids.number()),
            "channel_id": recipient,
            "content": body.get("content", ""),
            "nonce": nonce,
        }
        if nonce:
            self._nonces[recipient, nonce] = message
            while len(self._nonces) > self._limit:
                self._nonces.popitem(last=False)
        shown = Shown(recipient, str(message["id"]), "message", body.get("content"), body, nonce)
        return Answer(200, message, shown=(shown,))


def _body(call: Call) -> Json:
    """With files, the message is a form's `payload_json`, whose attachments name the files by number."""
    if not is_form_data(call):
        return json_object(call)
    fields = form_data(call)
    body = readable(fields.get("payload_json", "").encode())
    named = [f"files[{one['id']}]" for one in body.get("attachments", [])] if isinstance(body, dict) else []
    return body if isinstance(body, dict) and set(named) == fields.keys() - {"payload_json"} else {}


def _typing(call: Call) -> Answer:
    if not call.headers.get("authorization", "").startswith("Bot "):
        return _refuse(401, *_CODES[401])
    return Answer(204)


def _is_legal(body: Json) -> bool:
    rows = body.get("components", [])
    labels = [button["label"] for row in rows for button in row["components"]]
    return (
        len(body.get("content", "")) <= _MAX_TEXT
        and len(rows) <= _MAX_ROWS
        and all(len(label) <= _MAX_LABEL for label in labels)
    )


def _refuse(status: int, code: int, message: str) -> Answer:
    return Answer(status, {"message": message, "code": code})


def _fault(fault: FaultSpec) -> Answer:
    if fault.status == 429:
        return Answer(429, {"message": "You are being rate limited.", "retry_after": 1.337, "global": False})
    code, message = _CODES.get(fault.status, (0, "Internal Server Error"))
    return _refuse(fault.status, fault.code or code, message)


def _recipient(call: Call) -> str | None:
    return call.params.get("channel") or call.params.get("token")
