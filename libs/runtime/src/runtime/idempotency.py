"""`Idempotency-Key`: a command that is sent twice happens once, and both callers get the same answer."""

import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Protocol

from asyncpg.exceptions import LockNotAvailableError
from fastapi import Depends, Header
from pydantic import BaseModel
from starlette.responses import Response

from runtime.auth import Principal
from runtime.errors import Malformed, Refused

_CLAIM = """
INSERT INTO idempotency (tenant_id, route, key, body_sha256) VALUES ($1, $2, $3, $4)
ON CONFLICT (tenant_id, route, key) DO NOTHING RETURNING true
"""
_STORED = (
    "SELECT body_sha256, status, reply::text AS reply FROM idempotency WHERE (tenant_id, route, key) = ($1, $2, $3)"
)
_STORE = """
UPDATE idempotency SET status = $4, reply = $5::text::jsonb WHERE (tenant_id, route, key) = ($1, $2, $3)
"""
_VISIBLE_ASCII = re.compile(r"[\x21-\x7e]{1,200}")


@dataclass(frozen=True, slots=True)
class Reply:
    """A status and a body of JSON values. `replayed` marks the answer to a request that had been made before."""

    status: int
    body: Any
    replayed: bool = False

    def response(self) -> Response:
        headers = {"idempotency-replayed": "true"} if self.replayed else {}
        return Response(json.dumps(self.body, ensure_ascii=False), self.status, headers, "application/json")


class Work(Protocol):
    """The transaction that the command's effects are written in."""

    @property
    def connection(self) -> Any: ...


async def _read_key(idempotency_key: Annotated[str | None, Header(alias="Idempotency-Key")] = None) -> str | None:
    """A coroutine, because FastAPI takes anything else to a thread."""
    if idempotency_key is not None and not _VISIBLE_ASCII.fullmatch(idempotency_key):
        raise Malformed(
            "Idempotency-Key is not 1 to 200 visible ASCII characters.", code="invalid_idempotency_key", status=400
        )
    return idempotency_key


IdempotencyKey = Annotated[str | None, Depends(_read_key)]


async def idempotent(
    work: Work,
    principal: Principal,
    key: str | None,
    route: str,
    body: BaseModel | bytes,
    produce: Callable[[], Awaitable[Reply]],
) -> Reply:
    """`produce` once per tenant, route and key. `route` is the method and the actual path, ids included.

    The inserted row is the lock: a second caller waits for the first transaction's end and then reads its reply, or, if it
    was rolled back, does the work itself. Needs READ COMMITTED, as the runtime's transactions are.
    """
    if key is None:
        return await produce()
    digest = hashlib.sha256(body if isinstance(body, bytes) else body.model_dump_json().encode()).digest()
    try:
        claimed = await work.connection.fetchval(_CLAIM, principal.tenant, route, key, digest)
    except LockNotAvailableError:
        raise Refused("request_in_progress", "The first request with this Idempotency-Key is still running.") from None
    if not claimed:
        return _stored(await work.connection.fetchrow(_STORED, principal.tenant, route, key), digest)
    reply = await produce()
    await work.connection.execute(_STORE, principal.tenant, route, key, reply.status, json.dumps(reply.body))
    return reply


def _stored(row: Any, digest: bytes) -> Reply:
    if row is None or row["status"] is None:
        raise Refused("request_in_progress", "The first request with this Idempotency-Key is still running.")
    if bytes(row["body_sha256"]) != digest:
        raise Refused(
            "idempotency_key_reused", "This Idempotency-Key was used for a request with another body.", status=422
        )
    return Reply(row["status"], json.loads(row["reply"]), replayed=True)
