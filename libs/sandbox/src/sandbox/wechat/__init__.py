"""WeChat's stable token and customer service messages in miniature. Source: WeChat, "getStableAccessToken", "Customer service messages"."""

from sandbox.basic import form_data
from sandbox.faults import FaultSpec
from sandbox.paths import json_object, routed
from sandbox.provider import Parts, Provider
from sandbox.wire import Answer, Call, Ids, Json, Shown

_TOKEN = "sandbox-stable-token"  # noqa: S105  # gives access to nothing
_MAX_BYTES = 2048
_SAID = {
    -1: "system error",
    40001: "invalid credential, access_token is invalid or not latest",
    40003: "invalid openid",
    45072: "invalid command",
    45015: "response out of time limit or subscription is canceled",
    45047: "out of response count limit",
}


def open_wechat(parts: Parts) -> Provider:
    table = {
        ("POST", "/cgi-bin/stable_token"): _grant,
        ("POST", "/cgi-bin/message/custom/send"): lambda call: _send(call, parts.ids),
        ("POST", "/cgi-bin/message/custom/typing"): _type,
        ("POST", "/cgi-bin/media/upload"): lambda call: _keep(call, parts.ids),
    }
    routes = routed("wechat", table, lambda call: Answer(404, {"errcode": 40066, "errmsg": "invalid url"}))
    return Provider("wechat", _recipient, _fault, routes, lambda: None)


def _refuse(code: int, status: int = 200) -> Answer:
    return Answer(status, {"errcode": code, "errmsg": _SAID.get(code, "refused")})


def _fault(fault: FaultSpec) -> Answer:
    return _refuse(fault.code or -1, fault.status)


def _recipient(call: Call) -> str | None:
    found = json_object(call).get("touser")
    return found if isinstance(found, str) else None


def _grant(call: Call) -> Answer:
    body = json_object(call)
    if body.get("grant_type") != "client_credential" or not body.get("appid"):
        return _refuse(40002)
    return Answer(200, {"access_token": _TOKEN, "expires_in": 7200}) if body.get("secret") else _refuse(40125)


def _send(call: Call, ids: Ids) -> Answer:
    if call.query.get("access_token") != _TOKEN:
        return _refuse(40001)
    body = json_object(call)
    person, kind = body.get("touser"), body.get("msgtype")
    if not isinstance(person, str) or not person:
        return _refuse(40003)
    words = _words(body)
    if words is None:
        return _refuse(40008)
    if len(words.encode()) > _MAX_BYTES:
        return _refuse(45002)
    shown = Shown(person, str(ids.number()), str(kind), words, body)
    return Answer(200, {"errcode": 0, "errmsg": "ok"}, shown=(shown,))


def _keep(call: Call, ids: Ids) -> Answer:
    """Source: WeChat, "Temporary media, upload"."""
    if call.query.get("access_token") != _TOKEN:
        return _refuse(40001)
    form = call.query.get("type")
    if form not in ("image", "voice", "video", "thumb"):
        return _refuse(40004)
    return (
        Answer(200, {"type": form, "media_id": f"m{ids.number()}"}) if form_data(call).get("media") else _refuse(41005)
    )


def _type(call: Call) -> Answer:
    body = json_object(call)
    if call.query.get("access_token") != _TOKEN:
        return _refuse(40001)
    if not isinstance(body.get("touser"), str) or body.get("command") not in ("Typing", "CancelTyping"):
        return _refuse(45072)
    return Answer(200, {"errcode": 0, "errmsg": "ok"})


def _words(body: Json) -> str | None:
    """None: of no known form."""
    match body:
        case {"msgtype": "text", "text": {"content": str(words)}} if words:
            return words
        case {"msgtype": "news", "news": {"articles": [{"title": str(words)}]}}:
            return words
        case {
            "msgtype": "msgmenu",
            "msgmenu": {"head_content": str(words), "list": [{"id": str(), "content": str()}, *_]},
        }:
            return words
        case {"msgtype": "image" | "voice" | "video" as form, **rest} if rest.get(form, {}).get("media_id"):
            return f"[{form}]"
    return None
