"""Faults that only a real connection can show."""

import asyncio
from typing import Any

import httpx
import pytest

BEARER = {"authorization": "Bearer channel-token"}
PUSH = "/line/v2/bot/message/push"
KEY = "123e4567-e89b-12d3-a456-426614174000"
RESETS = (httpx.ReadError, httpx.RemoteProtocolError, httpx.WriteError)


async def arm(client: httpx.AsyncClient, kind: str, **fields: Any) -> None:
    answer = await client.post("/_control/faults", json={"provider": "line", "kind": kind, **fields})
    assert answer.status_code == 200, answer.text


async def push(client: httpx.AsyncClient, to: str = "U1", key: str = KEY) -> httpx.Response:
    body = {"to": to, "messages": [{"type": "text", "text": "はい"}]}
    return await client.post(PUSH, json=body, headers={**BEARER, "x-line-retry-key": key})


async def shown(client: httpx.AsyncClient) -> int:
    return len((await client.get("/_control/visible")).json()["items"])


async def last(client: httpx.AsyncClient) -> dict[str, Any]:
    entry: dict[str, Any] = (await client.get("/_control/requests")).json()["items"][-1]
    return entry


async def test_accept_then_reset_shows_the_message_and_the_retry_is_409(start_on_loopback: Any) -> None:
    async with start_on_loopback() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await arm(client, "accept_then_reset")
        with pytest.raises(RESETS):
            await push(client)
        assert await shown(client) == 1
        entry = await last(client)
        assert (entry["status"], entry["fault"], len(entry["visible"])) == (None, "accept_then_reset", 1)
        assert (await push(client)).status_code == 409
        assert await shown(client) == 1


async def test_reset_before_body_takes_nothing(start_on_loopback: Any) -> None:
    async with start_on_loopback() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await arm(client, "reset_before_body", times=2)
        for _ in range(2):
            with pytest.raises(RESETS):
                await push(client)
        assert await shown(client) == 0
        assert (await last(client))["body"] is None
        assert (await push(client)).status_code == 200


async def test_a_reset_for_one_recipient_spares_the_others(start_on_loopback: Any) -> None:
    async with start_on_loopback() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await arm(client, "reset_before_body", match={"recipient": "U2"})
        assert (await push(client, "U1")).status_code == 200
        with pytest.raises(RESETS):
            await push(client, "U2", "223e4567-e89b-12d3-a456-426614174000")
        assert await shown(client) == 1


@pytest.mark.parametrize(("accept", "seen"), [(False, 0), (True, 1)])
async def test_a_hang_lasts_until_the_client_leaves(start_on_loopback: Any, accept: bool, seen: int) -> None:
    async with start_on_loopback() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await arm(client, "hang", accept=accept)
        with pytest.raises(httpx.ReadTimeout):
            await client.post(
                PUSH,
                json={"to": "U1", "messages": [{"type": "text", "text": "はい"}]},
                headers=BEARER,
                timeout=0.3,
            )
        assert await shown(client) == seen


async def test_a_hang_ends_with_a_close_when_its_time_is_over(start_on_loopback: Any) -> None:
    async with start_on_loopback() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await arm(client, "hang", seconds=0.1)
        with pytest.raises(RESETS):
            await push(client)


async def test_a_stopping_server_resets_what_hangs(start_on_loopback: Any) -> None:
    async with httpx.AsyncClient() as client, asyncio.TaskGroup() as group:
        async with start_on_loopback() as url:
            client.base_url = url
            await arm(client, "hang")
            hung = group.create_task(outcome(client))
            async with asyncio.timeout(5):
                while not (await client.get("/_control/requests")).json()["items"]:
                    await asyncio.sleep(0.01)
        assert await hung in RESETS


async def outcome(client: httpx.AsyncClient) -> type[Exception] | int:
    try:
        return (await push(client)).status_code
    except httpx.TransportError as error:
        return type(error)


async def test_half_a_response_breaks_off(start_on_loopback: Any) -> None:
    async with start_on_loopback() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await arm(client, "half_response")
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            await push(client)
        assert await shown(client) == 1


async def test_slow_answers_late_and_whole(start_on_loopback: Any) -> None:
    async with start_on_loopback() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await arm(client, "slow", seconds=0.2)
        answer = await push(client)
        assert answer.status_code == 200
        assert answer.elapsed.total_seconds() >= 0.2


async def test_a_followed_redirect_is_on_record(start_on_loopback: Any) -> None:
    async with start_on_loopback() as url, httpx.AsyncClient(base_url=url, timeout=30) as client:
        await arm(client, "redirect", times=2)
        answer = await push(client)
        assert (answer.status_code, answer.headers["location"]) == (307, "/redirected")
        assert (await last(client))["provider"] == "line"
        client.follow_redirects = True
        await push(client)
        assert (await last(client))["provider"] == "redirected"
        assert await shown(client) == 0
