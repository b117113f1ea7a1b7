"""What goes in and out of a miniature provider: plain values, no HTTP library."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from starlette.responses import Response

Json = dict[str, Any]


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware, in UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    provider: str
    method: str
    path: str
    headers: Mapping[str, str]
    params: Mapping[str, str]
    body: bytes = b""
    query: Mapping[str, str] = field(default_factory=dict)

    @property
    def bearer(self) -> str | None:
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() or None if scheme.lower() == "bearer" else None


@dataclass(frozen=True, slots=True)
class Shown:
    """One message that a person now sees."""

    recipient: str
    provider_id: str
    kind: str
    text: str | None
    content: Any
    retry_key: str | None = None
    account: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    shown: tuple[Shown, ...] = ()
    duplicate: bool = False
    media_type: str = "application/json"


@dataclass(slots=True)
class Ids:
    """Provider ids that never repeat, not even after a restart: they count up from the start time."""

    start: int
    count: int = 0

    def number(self) -> int:
        self.count += 1
        return self.start + self.count

    def line_message(self) -> str:
        return f"{self.number():018d}"

    def request_id(self) -> str:
        digest = hashlib.md5(str(self.number()).encode(), usedforsecurity=False).hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:]}"

    def wamid(self) -> str:
        return "wamid." + base64.b64encode(f"sandbox{self.number()}".encode()).decode()


def fingerprint(secret: str | None) -> str | None:
    return hashlib.sha256(secret.encode()).hexdigest()[:16] if secret else None


def encode_json(value: Any) -> bytes:
    # ASCII on purpose: a lone surrogate in a recorded text cannot be encoded as UTF-8.
    return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def render(answer: Answer) -> Response:
    if answer.body is None:
        return Response(status_code=answer.status, headers=dict(answer.headers))
    content = answer.body if isinstance(answer.body, bytes) else encode_json(answer.body)
    return Response(content, answer.status, dict(answer.headers), answer.media_type)
