import os
from typing import Any

import httpx

BEARER = {"authorization": "Bearer channel-token"}
PUSH = "/line/v2/bot/message/push"


async def push(client: httpx.AsyncClient, text: str = "はい", to: str = "U1") -> None:
    await client.post(PUSH, json={"to": to, "messages": [{"type": "text", "text": text}]}, headers=BEARER)


async def requests(client: httpx.AsyncClient, **query: Any) -> dict[str, Any]:
    page: dict[str, Any] = (await client.get("/_control/requests", params=query)).json()
    return page


async def test_a_request_is_recorded_whole_but_for_its_secret(client: httpx.AsyncClient) -> None:
    await push(client)
    [entry] = (await requests(client))["items"]
    assert (entry["provider"], entry["method"], entry["path"], entry["status"]) == ("line", "POST", PUSH, 200)
    assert entry["recipient"] == "U1"
    assert entry["body"]["messages"][0]["text"] == "はい"
    assert entry["at"] == "2026-11-20T09:00:00.000+00:00"
    assert len(entry["visible"]) == 1
    assert entry["headers"]["authorization"].startswith("Bearer sha256:")
    assert "channel-token" not in (await client.get("/_control/requests")).text


async def test_lists_are_paged_by_since_and_limit(client: httpx.AsyncClient) -> None:
    for number in range(3):
        await push(client, str(number))
    first = await requests(client, limit=2)
    assert len(first["items"]) == 2
    rest = await requests(client, since=first["next"], limit=2)
    assert [one["body"]["messages"][0]["text"] for one in rest["items"]] == ["2"]
    assert rest["next"] is None


async def test_requests_are_found_by_provider_and_recipient(client: httpx.AsyncClient) -> None:
    await push(client, to="U1")
    await push(client, to="U2")
    assert len((await requests(client, recipient="U2"))["items"]) == 1
    assert (await requests(client, provider="whatsapp"))["items"] == []


async def test_reset_forgets_but_numbers_and_ids_go_on(client: httpx.AsyncClient) -> None:
    await push(client)
    before = (await requests(client))["items"][0]
    assert (await client.post("/_control/reset")).status_code == 200
    assert (await requests(client))["items"] == []
    await push(client)
    after = (await requests(client))["items"][0]
    assert after["n"] > before["n"]
    assert after["visible"] != before["visible"]


async def test_memory_is_bounded_by_entries(start_in_process: Any, clock: Any) -> None:
    async with start_in_process(clock, max_entries=3) as client:
        for number in range(5):
            await push(client, str(number))
        kept = (await requests(client))["items"]
        assert [one["body"]["messages"][0]["text"] for one in kept] == ["2", "3", "4"]
        counts = (await client.get("/_control/counts")).json()
        assert counts["evicted"] == {"requests": 2}
        assert counts["visible"] == {"line": 5}


async def test_memory_is_bounded_by_bytes(start_in_process: Any, clock: Any) -> None:
    async with start_in_process(clock, max_bytes=20_000) as client:
        for _ in range(5):
            await push(client, "a" * 4_900)
        assert 1 <= len((await requests(client))["items"]) <= 4


async def test_an_oversized_body_is_refused_and_recorded(client: httpx.AsyncClient) -> None:
    answer = await client.post(PUSH, content=b"x" * (4 * 1024 * 1024 + 1), headers=BEARER)
    assert answer.status_code == 413
    assert (await requests(client))["items"][0]["status"] == 413


async def test_health(client: httpx.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ok", "pid": os.getpid()}
