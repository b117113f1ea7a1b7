"""The header and the keyless path; the locking itself is tested on a real Postgres in tests/integration."""

from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from runtime.api import IdempotencyKey, Principal, Reply, create_api, idempotent, public


def routes() -> APIRouter:
    router = APIRouter(dependencies=[public()])

    @router.post("/echo")
    async def echo(key: IdempotencyKey) -> dict[str, str | None]:
        return {"key": key}

    return router


async def send(**headers: str) -> httpx.Response:
    app = create_api("test", "1", [routes()])
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://service.test") as client:
        return await client.post("/echo", headers=headers)


@pytest.mark.parametrize("key", ["a", "0190-abc", "!~", "x" * 200])
async def test_a_key_of_visible_ascii_is_taken(key: str) -> None:
    assert (await send(**{"idempotency-key": key})).json() == {"key": key}


async def test_the_key_may_be_left_out() -> None:
    assert (await send()).json() == {"key": None}


@pytest.mark.parametrize("key", ["", "a b", "x" * 201, "a\tb"])
async def test_any_other_key_is_refused(key: str) -> None:
    response = await send(**{"idempotency-key": key})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_idempotency_key")


class Untouchable:
    @property
    def connection(self) -> Any:
        raise AssertionError("a request without a key has no business with the table")


async def test_without_a_key_the_work_is_done_and_nothing_stored() -> None:
    async def produce() -> Reply:
        return Reply(201, {"done": True})

    caller = Principal("acme", "user-1", frozenset())
    reply = await idempotent(Untouchable(), caller, None, "POST /v1/cases", b"{}", produce)
    assert reply.response().status_code == 201
    assert "idempotency-replayed" not in reply.response().headers
