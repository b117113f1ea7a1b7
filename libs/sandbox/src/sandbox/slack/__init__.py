"""Slack's chat.postMessage in miniature. Source: Slack Web API, "chat.postMessage", "Rate limits"."""

from sandbox.faults import FaultSpec
from sandbox.paths import json_object, routed
from sandbox.provider import Parts, Provider
from sandbox.slack.uploads import Uploads, refuse, unauthorised
from sandbox.wire import Answer, Call, Ids, Json, Shown, fingerprint

_MAX_TEXT, _MAX_BLOCKS, _MAX_SECTION, _MAX_LABEL = 40_000, 50, 3000, 75
_BY_STATUS = {429: "ratelimited", 503: "service_unavailable"}


def open_slack(parts: Parts) -> Provider:
    uploads = Uploads(parts.ids, parts.limit)
    table = {
        ("POST", "/api/chat.postMessage"): lambda call: _post(call, parts.ids),
        ("POST", "/api/files.getUploadURLExternal"): uploads.begin,
        ("POST", "/upload/{file}"): uploads.put,
        ("POST", "/api/files.completeUploadExternal"): uploads.complete,
    }
    routes = routed("slack", table, lambda call: refuse("unknown_method"))
    return Provider("slack", _recipient, _fault, routes, uploads.reset)


def _fault(fault: FaultSpec) -> Answer:
    return refuse(_BY_STATUS.get(fault.status, "internal_error"), fault.status)


def _recipient(call: Call) -> str | None:
    body = json_object(call)
    channel = body.get("channel") or body.get("channel_id")
    return channel if isinstance(channel, str) else None


def _post(call: Call, ids: Ids) -> Answer:
    body = json_object(call)
    refused = _check(call, body)
    if refused is not None:
        return refuse(refused)
    number = ids.number()
    ts, channel = f"{number // 1_000_000}.{number % 1_000_000:06d}", str(body["channel"])
    # A person is written to in the direct conversation with the app, whose id Slack tells.
    place = "D" + channel[1:] if channel[:1] in ("U", "W") else channel
    shown = Shown(channel, f"{place}:{ts}", "message", body.get("text"), body, account=fingerprint(call.bearer))
    return Answer(
        200, {"ok": True, "channel": place, "ts": ts, "message": {"text": body.get("text"), "ts": ts}}, shown=(shown,)
    )


def _check(call: Call, body: Json) -> str | None:
    wrong = unauthorised(call)
    if wrong is not None:
        return wrong
    if not isinstance(body.get("channel"), str) or not body["channel"]:
        return "channel_not_found"
    text, blocks = body.get("text"), body.get("blocks")
    if not text and not blocks:
        return "no_text"
    if isinstance(text, str) and len(text) > _MAX_TEXT:
        return "msg_too_long"
    return None if blocks is None or _are_blocks(blocks) else "invalid_blocks"


def _are_blocks(blocks: object) -> bool:
    return isinstance(blocks, list) and 0 < len(blocks) <= _MAX_BLOCKS and all(map(_is_block, blocks))


def _is_block(block: object) -> bool:
    if not isinstance(block, dict):
        return False
    match block.get("type"):
        case "section":
            return len(block["text"]["text"]) <= _MAX_SECTION
        case "image":
            return bool(block.get("image_url") and block.get("alt_text"))
        case "actions":
            return all(len(one["text"]["text"]) <= _MAX_LABEL for one in block["elements"])
    return False
