"""LINE's Messaging API in miniature: reply, push, profile, content, mark as read.

Source: developers.line.biz (Messaging API reference, "Retry failed API requests") and line-bot-sdk 3.27's models.
"""

import hashlib
import uuid
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import replace

from sandbox.faults import FaultSpec
from sandbox.invented import content_png, display_name
from sandbox.ledger import readable
from sandbox.line.reply_tokens import ReplyTokens
from sandbox.line.validate import check_send, parse_body, refuse
from sandbox.wire import Answer, Call, Ids, Json, Shown, fingerprint

_FAULT_MESSAGES = {
    401: "Authentication failed. Confirm that the access token in the authorization header is valid.",
    403: "Access to this API is not available for your account",
    429: "The API rate limit has been exceeded. Try again later.",
}
_QUOTABLE = frozenset({"text", "textV2", "sticker", "image", "video", "template"})


class LineApi:
    def __init__(self, tokens: tuple[str, ...], reply_tokens: ReplyTokens, ids: Ids, limit: int) -> None:
        self._tokens = tokens
        self._ids = ids
        self._limit = limit
        self._accepted: OrderedDict[tuple[str | None, str], tuple[str, list[Json]]] = OrderedDict()
        self.reply_tokens = reply_tokens

    def reset(self) -> None:
        self._accepted.clear()
        self.reply_tokens.reset()

    def recipient_of(self, call: Call) -> str | None:
        body = readable(call.body)
        if not isinstance(body, dict):
            return call.params.get("user_id")
        token = body.get("replyToken")
        if isinstance(token, str):
            return self.reply_tokens.owner(token)
        to = body.get("to")
        return to if isinstance(to, str) else None

    def fault_answer(self, fault: FaultSpec) -> Answer:
        message = _FAULT_MESSAGES.get(fault.status, "Internal server error")
        return self._stamp(refuse(fault.status, message))

    def reply(self, call: Call) -> Answer:
        return self._checked(call, self._reply)

    def push(self, call: Call) -> Answer:
        return self._checked(call, self._push)

    def profile(self, call: Call) -> Answer:
        return self._checked(call, lambda call: Answer(200, _profile(call.params["user_id"])))

    def content(self, call: Call) -> Answer:
        return self._checked(
            call, lambda call: Answer(200, content_png(call.params["message_id"]), media_type="image/png")
        )

    def mark_as_read(self, call: Call) -> Answer:
        return self._checked(call, _mark_as_read)

    def loading(self, call: Call) -> Answer:
        return self._checked(call, _loading)

    def unknown(self, call: Call) -> Answer:
        return self._checked(call, lambda call: refuse(404, "Not found"))

    def _checked(self, call: Call, handler: Callable[[Call], Answer]) -> Answer:
        refused = self._authenticate(call)
        return self._stamp(handler(call) if refused is None else refused)

    def _authenticate(self, call: Call) -> Answer | None:
        if call.bearer is None:
            return refuse(401, "Authentication failed due to the following reason: missing or malformed token.")
        if self._tokens and call.bearer not in self._tokens:
            return refuse(401, _FAULT_MESSAGES[401])
        return None

    def _stamp(self, answer: Answer) -> Answer:
        return replace(answer, headers={"x-line-request-id": self._ids.request_id(), **answer.headers})

    def _reply(self, call: Call) -> Answer:
        if "x-line-retry-key" in call.headers:
            return refuse(400, "The X-Line-Retry-Key header is not supported by this endpoint")
        body = parse_body(call.headers.get("content-type", ""), call.body)
        refused = body if isinstance(body, Answer) else check_send(body, "replyToken")
        if isinstance(body, Answer) or refused is not None:
            return refused or refuse(400, "Invalid request")
        token = str(body["replyToken"])
        if not self.reply_tokens.spend(token):
            return refuse(400, "Invalid reply token")
        recipient = self.reply_tokens.owner(token) or f"reply:{token}"
        return self._deliver(call, body, recipient, None)

    def _push(self, call: Call) -> Answer:
        key = call.headers.get("x-line-retry-key")
        if key is not None and not _is_uuid(key):
            return refuse(400, "The value of the X-Line-Retry-Key header is invalid")
        body = parse_body(call.headers.get("content-type", ""), call.body)
        refused = body if isinstance(body, Answer) else check_send(body, "to")
        if isinstance(body, Answer) or refused is not None:
            return refused or refuse(400, "Invalid request")
        seen = self._accepted.get((call.bearer, key.lower())) if key else None
        return self._deliver(call, body, str(body["to"]), key) if seen is None else _already_accepted(*seen)

    def _deliver(self, call: Call, body: Json, recipient: str, key: str | None) -> Answer:
        account = fingerprint(call.bearer)
        shown = tuple(
            Shown(recipient, self._ids.line_message(), str(one["type"]), _text(one), one, key, account)
            for one in body["messages"]
        )
        sent = [_sent(one) for one in shown]
        request_id = self._ids.request_id()
        if key:
            self._remember((call.bearer, key.lower()), request_id, sent)
        return Answer(200, {"sentMessages": sent}, {"x-line-request-id": request_id}, shown)

    def _remember(self, key: tuple[str | None, str], request_id: str, sent: list[Json]) -> None:
        self._accepted[key] = (request_id, sent)
        while len(self._accepted) > self._limit:
            self._accepted.popitem(last=False)


def _already_accepted(request_id: str, sent: list[Json]) -> Answer:
    body = {"message": "The retry key is already accepted", "sentMessages": sent}
    return Answer(409, body, {"x-line-accepted-request-id": request_id}, duplicate=True)


def _sent(shown: Shown) -> Json:
    sent: Json = {"id": shown.provider_id}
    if shown.kind in _QUOTABLE:
        sent["quoteToken"] = "q" + hashlib.sha256(shown.provider_id.encode()).hexdigest()[:40]
    return sent


def _text(message: Json) -> str:
    text = message.get("text") or message.get("altText") or message.get("title")
    return str(text) if text else f"[{message['type']}]"


def _is_uuid(value: str) -> bool:
    try:
        return str(uuid.UUID(value)) == value.lower()
    except ValueError:
        return False


def _profile(user_id: str) -> Json:
    return {"displayName": display_name(user_id), "userId": user_id, "language": "ja"}


def _mark_as_read(call: Call) -> Answer:
    body = parse_body(call.headers.get("content-type", ""), call.body)
    if isinstance(body, Answer):
        return body
    token = body.get("markAsReadToken")
    if not isinstance(token, str) or not token:
        detail = {"message": "May not be empty", "property": "markAsReadToken"}
        return refuse(400, "The request body has 1 error(s)", [detail])
    return Answer(200, {})


def _loading(call: Call) -> Answer:
    """For people only, and of five seconds or a multiple up to a minute."""
    body = parse_body(call.headers.get("content-type", ""), call.body)
    if isinstance(body, Answer):
        return body
    chat, seconds = body.get("chatId"), body.get("loadingSeconds", 20)
    if not isinstance(chat, str) or not chat.startswith("U"):
        return refuse(400, "The property, 'chatId', in the request body is invalid")
    if seconds not in range(5, 61, 5):
        return refuse(400, "The property, 'loadingSeconds', in the request body is invalid")
    return Answer(202, {})
