"""X's direct messages and posts in miniature. Source: X API v2, "Create a DM message by participant id", "Create Post"."""

from sandbox.faults import FaultSpec
from sandbox.paths import json_object, routed
from sandbox.provider import Parts, Provider
from sandbox.wire import Answer, Call, Ids, Shown

_MAX_MESSAGE, _MAX_POST = 10_000, 280
_TITLES = {401: "Unauthorized", 403: "Forbidden", 429: "Too Many Requests"}


def open_x(parts: Parts) -> Provider:
    table = {
        ("POST", "/2/dm_conversations/with/{participant}/messages"): lambda call: _message(call, parts.ids),
        ("POST", "/1.1/direct_messages/indicate_typing.json"): _sign,
        ("POST", "/1.1/direct_messages/mark_read.json"): _sign,
        ("POST", "/2/tweets"): lambda call: _post(call, parts.ids),
    }
    return Provider("x", _recipient, _fault, routed("x", table, lambda call: _refuse(404)), lambda: None)


def _refuse(status: int, detail: str | None = None) -> Answer:
    title = _TITLES.get(status, "Invalid Request")
    return Answer(status, {"title": title, "type": "about:blank", "status": status, "detail": detail or title})


def _fault(fault: FaultSpec) -> Answer:
    headers = {"x-rate-limit-reset": str(fault.code)} if fault.status == 429 and fault.code else {}
    told = _refuse(fault.status)
    return Answer(told.status, told.body, headers)


def _recipient(call: Call) -> str | None:
    return call.params.get("participant") or "public"


def _is_signed(call: Call) -> bool:
    scheme = call.headers.get("authorization", "").partition(" ")[0]
    return scheme == "Bearer" or (scheme == "OAuth" and "oauth_signature=" in call.headers["authorization"])


def _message(call: Call, ids: Ids) -> Answer:
    text, person = json_object(call).get("text"), call.params["participant"]
    if not _is_signed(call):
        return _refuse(401)
    if not isinstance(text, str) or not 0 < len(text) <= _MAX_MESSAGE:
        return _refuse(400, "text: is not of 1 to 10,000 characters")
    number = str(ids.number())
    data = {"dm_conversation_id": f"1-{person}", "dm_event_id": number}
    return Answer(201, {"data": data}, shown=(Shown(person, number, "message", text, json_object(call)),))


def _sign(call: Call) -> Answer:
    """The old API knows the old signature only."""
    person, kind = call.query.get("recipient_id"), call.path.rpartition("/")[2].removesuffix(".json")
    if not call.headers.get("authorization", "").startswith("OAuth ") or not _is_signed(call):
        return _refuse(401)
    if not person or (kind == "mark_read" and not call.query.get("last_read_event_id")):
        return _refuse(400, "recipient_id, last_read_event_id: required")
    return Answer(204)


def _post(call: Call, ids: Ids) -> Answer:
    body = json_object(call)
    text = body.get("text")
    if not _is_signed(call):
        return _refuse(401)
    if not isinstance(text, str) or not text or _weight(text) > _MAX_POST:
        return _refuse(403, "Your Tweet text is too long.")
    number = str(ids.number())
    return Answer(201, {"data": {"id": number, "text": text}}, shown=(Shown("public", number, "post", text, body),))


def _weight(text: str) -> int:
    return sum(1 if ord(char) < 4352 or 8192 <= ord(char) <= 8247 else 2 for char in text)
