"""Kakao's skill callbacks and Event API in miniature. Source: Kakao, "AI chatbot callback guide", "Event API"."""

from collections import OrderedDict

from sandbox.faults import FaultSpec
from sandbox.paths import json_object, routed
from sandbox.provider import Parts, Provider
from sandbox.wire import Answer, Call, Ids, Shown

_MAX_TEXT, _MAX_OUTPUTS = 1000, 3


def open_kakao(parts: Parts) -> Provider:
    api = _Api(parts.ids, parts.limit)
    table = {
        ("POST", "/v1/bots/{bot}/callback/{token}"): api.answer,
        ("POST", "/v2/bots/{bot}/talk"): api.event,
    }
    routes = routed("kakao", table, lambda call: _told(404, "FAIL", "not found"))
    return Provider("kakao", _recipient, _fault, routes, api.reset)


class _Api:
    def __init__(self, ids: Ids, limit: int) -> None:
        self._ids = ids
        self._limit = limit
        self._spent: OrderedDict[str, None] = OrderedDict()

    def reset(self) -> None:
        self._spent.clear()

    def answer(self, call: Call) -> Answer:
        token = call.params["token"]
        if token in self._spent:
            return _told(400, "FAIL", "the callback token is invalid or was used")
        template = json_object(call).get("template")
        outputs = template.get("outputs") if isinstance(template, dict) else None
        if not isinstance(outputs, list) or not 1 <= len(outputs) <= _MAX_OUTPUTS:
            return _told(400, "FAIL", "template.outputs must have 1 to 3 entries")
        texts = [one["simpleText"]["text"] for one in outputs if "simpleText" in one]
        if any(len(text) > _MAX_TEXT for text in texts):
            return _told(400, "FAIL", "simpleText.text is longer than 1,000 characters")
        self._spent[token] = None
        while len(self._spent) > self._limit:
            self._spent.popitem(last=False)
        return self._shown(token, "answer", "\n".join(texts), call)

    def event(self, call: Call) -> Answer:
        scheme, _, key = call.headers.get("authorization", "").partition(" ")
        if scheme != "KakaoAK" or not key:
            return _told(401, "FAIL", "unauthorized")
        match json_object(call):
            case {
                "event": {"name": str(), "data": {"text": str(text)}},
                "user": [{"type": "botUserKey", "id": str(user)}],
            }:
                return self._shown(user, "event", text, call)
        return _told(400, "FAIL", "the event or the user is missing")

    def _shown(self, recipient: str, kind: str, text: str, call: Call) -> Answer:
        task = str(self._ids.number())
        shown = Shown(recipient, task, kind, text, json_object(call))
        return Answer(200, {"taskId": task, "status": "SUCCESS", "message": "OK"}, shown=(shown,))


def _told(status: int, word: str, message: str) -> Answer:
    return Answer(status, {"taskId": "", "status": word, "message": message})


def _fault(fault: FaultSpec) -> Answer:
    return _told(fault.status, "ERROR" if fault.status >= 500 else "FAIL", "a fault was commanded")


def _recipient(call: Call) -> str | None:
    match json_object(call):
        case {"user": [{"id": str(user)}]}:
            return user
    return call.params.get("token")
