"""The WhatsApp Cloud API in miniature: send, mark as read, media.

Source: WhatsApp Business Platform documentation (messages reference, error codes, status webhooks).
"""

import hashlib
from dataclasses import replace
from typing import Any

from sandbox.basic import form_data
from sandbox.faults import FaultSpec
from sandbox.invented import content_png
from sandbox.ledger import readable
from sandbox.whatsapp.errors import WINDOW_CLOSED, code_for_status, refuse
from sandbox.whatsapp.receipts import Receipts, SentMessage
from sandbox.whatsapp.validate import address_of, check_send, parse_body
from sandbox.whatsapp.windows import Windows
from sandbox.wire import Answer, Call, Ids, Json, Shown

_CAPTIONED = ("image", "video", "document")


class WhatsAppApi:
    def __init__(
        self, tokens: tuple[str, ...], windows: Windows, receipts: Receipts, ids: Ids, closed_window: str
    ) -> None:
        self._tokens = tokens
        self._ids = ids
        self._fail_late = closed_window == "failed_status"
        self.windows = windows
        self.receipts = receipts

    def recipient_of(self, call: Call) -> str | None:
        body = readable(call.body)
        return address_of(body) if isinstance(body, dict) else None

    def fault_answer(self, fault: FaultSpec) -> Answer:
        return refuse(fault.code or code_for_status(fault.status), status=fault.status)

    def messages(self, call: Call) -> Answer:
        refused = self._authenticate(call)
        if refused is not None:
            return refused
        body = parse_body(call.headers.get("content-type", ""), call.body)
        if isinstance(body, Answer):
            return body
        if body.get("status") == "read":
            return _mark_as_read(body)
        return check_send(body) or self._send(call, body)

    def media(self, call: Call) -> Answer:
        refused = self._authenticate(call)
        if refused is not None:
            return refused
        media_id = call.params["media_id"]
        content = content_png(media_id)
        host = call.headers.get("host", "127.0.0.1")
        about = {
            "messaging_product": "whatsapp",
            "url": f"http://{host}/whatsapp/download/{media_id}",
            "mime_type": "image/png",
            "sha256": hashlib.sha256(content).hexdigest(),
            "file_size": len(content),
            "id": media_id,
        }
        return Answer(200, about)

    def upload(self, call: Call) -> Answer:
        refused, fields = self._authenticate(call), form_data(call)
        if refused is not None:
            return refused
        if fields.get("messaging_product") != "whatsapp" or not fields.get("file") or "/" not in fields.get("type", ""):
            return refuse(100, "Param file and type are required, messaging_product must be whatsapp.")
        return Answer(200, {"id": str(self._ids.number())})

    def download(self, call: Call) -> Answer:
        refused = self._authenticate(call)
        return refused or Answer(200, content_png(call.params["media_id"]), media_type="image/png")

    def unknown(self, call: Call) -> Answer:
        return self._authenticate(call) or refuse(100, "Unsupported request: the path is not known.", status=404)

    def _authenticate(self, call: Call) -> Answer | None:
        if call.bearer is None or (self._tokens and call.bearer not in self._tokens):
            return refuse(190)
        return None

    def _send(self, call: Call, body: Json) -> Answer:
        number, address = call.params["phone_number_id"], address_of(body) or ""
        kind = str(body.get("type", "text"))
        outside = kind != "template" and not self.windows.is_open(number, address)
        if outside and not self._fail_late:
            return refuse(WINDOW_CLOSED)
        wamid = self._ids.wamid()
        shown = Shown(address, wamid, kind, _text(kind, body[kind]), body[kind], account=number)
        answer = _accepted(body, address, wamid)
        self.receipts.submit(_sent_message(call, body, number, address, wamid, failed=outside))
        return answer if outside else replace(answer, shown=(shown,))


def _sent_message(call: Call, body: Json, number: str, address: str, wamid: str, *, failed: bool) -> SentMessage:
    opaque = body.get("biz_opaque_callback_data")
    return SentMessage(
        phone_number_id=number,
        wamid=wamid,
        recipient=address,
        error_code=WINDOW_CLOSED if failed else None,
        opaque=opaque if isinstance(opaque, str) else None,
        traceparent=call.headers.get("traceparent"),
    )


def _accepted(body: Json, address: str, wamid: str) -> Answer:
    by_number = isinstance(body.get("to"), str) and address.isdigit()
    contact = {"input": body["to"], "wa_id": address} if by_number else {"input": address, "user_id": address}
    return Answer(200, {"messaging_product": "whatsapp", "contacts": [contact], "messages": [{"id": wamid}]})


def _mark_as_read(body: Json) -> Answer:
    message_id = body.get("message_id")
    if not isinstance(message_id, str) or not message_id:
        return refuse(131008, "The parameter message_id is required.")
    if body.get("typing_indicator", {"type": "text"}) != {"type": "text"}:
        return refuse(100, "Param typing_indicator['type'] must be one of {TEXT}.")
    return Answer(200, {"success": True})


def _text(kind: str, part: Any) -> str:
    found: Any = None
    if kind == "text":
        found = part["body"]
    elif kind == "interactive":
        found = part["body"]["text"]
    elif kind == "template":
        found = f"[template {part['name']}]"
    elif kind in _CAPTIONED:
        found = part.get("caption")
    return found if isinstance(found, str) and found else f"[{kind}]"
