"""A Standard Webhooks receiver: verifies, records, shows each webhook-id once.

Source: the Standard Webhooks specification (`webhook-id`, `webhook-timestamp`, `webhook-signature`).
"""

import base64
import binascii
import hashlib
import hmac
from collections import OrderedDict
from typing import Any

from sandbox.faults import FaultSpec
from sandbox.ledger import readable
from sandbox.wire import Answer, Call, Clock, Json, Shown

_TOLERANCE_SECONDS = 300
_TEXT_PATHS = (("text",), ("data", "text"), ("data", "message", "text"), ("message", "text"))


def decode_secret(secret: str) -> bytes:
    """`whsec_` and base64; raises ValueError in one sentence otherwise."""
    encoded = secret.removeprefix("whsec_")
    try:
        key = base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not key:
        raise ValueError("a webhook secret is 'whsec_' followed by base64")
    return key


class WebhooksApi:
    def __init__(self, clock: Clock, limit: int) -> None:
        self._clock = clock
        self._limit = limit
        self._secrets: dict[str, tuple[bytes, ...]] = {}
        self._seen: OrderedDict[tuple[str, str], None] = OrderedDict()

    def register(self, name: str, secrets: tuple[str, ...]) -> None:
        self._secrets[name] = tuple(decode_secret(secret) for secret in secrets)

    def reset(self) -> None:
        self._secrets.clear()
        self._seen.clear()

    def recipient_of(self, call: Call) -> str | None:
        return call.params.get("name")

    def fault_answer(self, fault: FaultSpec) -> Answer:
        return Answer(fault.status, {"error": "commanded", "message": f"Answering {fault.status} on command."})

    def receive(self, call: Call) -> Answer:
        name = call.params["name"]
        keys = self._secrets.get(name)
        if keys is None:
            return _refuse(404, "unknown_receiver", f"No receiver is registered as {name!r}.")
        return self._verify(call, keys) or self._accept(name, call)

    def _verify(self, call: Call, keys: tuple[bytes, ...]) -> Answer | None:
        parts = [call.headers.get(f"webhook-{part}", "") for part in ("id", "timestamp", "signature")]
        if not all(parts):
            return _refuse(401, "headers_missing", "webhook-id, webhook-timestamp and webhook-signature are required.")
        webhook_id, timestamp, signatures = parts
        if not self._fresh(timestamp):
            return _refuse(401, "timestamp_out_of_tolerance", "webhook-timestamp is not within 5 minutes of now.")
        signed = f"{webhook_id}.{timestamp}.".encode() + call.body
        if not _any_match(signatures, keys, signed):
            return _refuse(401, "signature_mismatch", "No signature matches a registered secret.")
        return None

    def _fresh(self, timestamp: str) -> bool:
        if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12):
            return False
        return abs(self._clock.now().timestamp() - int(timestamp)) <= _TOLERANCE_SECONDS

    def _accept(self, name: str, call: Call) -> Answer:
        webhook_id = call.headers["webhook-id"]
        if (name, webhook_id) in self._seen:
            return Answer(204, duplicate=True)
        self._seen[name, webhook_id] = None
        while len(self._seen) > self._limit:
            self._seen.popitem(last=False)
        content = readable(call.body)
        kind = content.get("type") if isinstance(content, dict) else None
        shown = Shown(name, webhook_id, str(kind or "webhook"), _text(content), content, webhook_id, name)
        return Answer(204, shown=(shown,))


def _any_match(signatures: str, keys: tuple[bytes, ...], signed: bytes) -> bool:
    given = [one.removeprefix("v1,") for one in signatures.split() if one.startswith("v1,")]
    expected = [base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    return any(hmac.compare_digest(one.encode(), want.encode()) for one in given for want in expected)


def _text(content: Any) -> str | None:
    for path in _TEXT_PATHS:
        found = content
        for step in path:
            found = found.get(step) if isinstance(found, dict) else None
        if isinstance(found, str):
            return found
    return None


def _refuse(status: int, code: str, message: str) -> Answer:
    body: Json = {"error": code, "message": message}
    return Answer(status, body)
