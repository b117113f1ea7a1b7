from datetime import timedelta
from typing import Any

import httpx
import pytest

BEARER = {"authorization": "Bearer channel-token"}
KEY = "123e4567-e89b-12d3-a456-426614174000"
PUSH = "/line/v2/bot/message/push"
REPLY = "/line/v2/bot/message/reply"


def text(body: str = "こんにちは") -> dict[str, Any]:
    return {"type": "text", "text": body}


async def push(client: httpx.AsyncClient, key: str | None = None, **body: Any) -> httpx.Response:
    headers = {**BEARER, **({"x-line-retry-key": key} if key else {})}
    return await client.post(PUSH, json={"to": "U1", "messages": [text()], **body}, headers=headers)


async def visible(client: httpx.AsyncClient, **query: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/_control/visible", params=query)).json()["items"]
    return items


async def test_push_is_shown_with_ids_key_and_trace(client: httpx.AsyncClient) -> None:
    trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
    headers = {**BEARER, "x-line-retry-key": KEY, "traceparent": trace}
    answer = await client.post(PUSH, json={"to": "U1", "messages": [text("返金")]}, headers=headers)
    assert answer.status_code == 200
    [shown] = await visible(client, recipient="U1")
    assert [shown["provider_id"]] == [sent["id"] for sent in answer.json()["sentMessages"]]
    assert (shown["text"], shown["retry_key"], shown["traceparent"]) == ("返金", KEY, trace)
    assert await visible(client, recipient="U2") == []


async def test_second_use_of_a_retry_key_is_409_with_the_first_answer(client: httpx.AsyncClient) -> None:
    first, second = await push(client, KEY), await push(client, KEY.upper())
    assert second.status_code == 409
    assert second.json() == {"message": "The retry key is already accepted", **first.json()}
    assert second.headers["x-line-accepted-request-id"] == first.headers["x-line-request-id"]
    assert second.headers["x-line-request-id"] != first.headers["x-line-request-id"]
    assert len(await visible(client)) == 1
    counts = (await client.get("/_control/counts")).json()
    assert (counts["requests"], counts["visible"], counts["duplicates"]) == ({"line": 2}, {"line": 1}, {"line": 1})


async def test_pushes_without_a_key_are_each_shown(client: httpx.AsyncClient) -> None:
    await push(client)
    await push(client)
    assert len(await visible(client)) == 2


@pytest.mark.parametrize("key", ["not-a-uuid", "123e4567e89b12d3a456426614174000", "{" + KEY + "}"])
async def test_a_retry_key_that_is_no_uuid_is_refused(client: httpx.AsyncClient, key: str) -> None:
    assert (await push(client, key)).status_code == 400
    assert await visible(client) == []


async def test_a_refused_push_does_not_use_up_its_retry_key(client: httpx.AsyncClient) -> None:
    assert (await push(client, KEY, messages=[])).status_code == 400
    assert (await push(client, KEY)).status_code == 200


@pytest.mark.parametrize(
    ("body", "place", "message"),
    [
        ({"messages": []}, "messages", "May not be empty"),
        ({"messages": [text()] * 6}, "messages", "Size must be between 1 and 5"),
        ({"messages": [text(""), text()]}, "messages[0].text", "May not be empty"),
        ({"messages": [text("a" * 5001)]}, "messages[0].text", "Length must be between 0 and 5000"),
        ({"messages": [text("😀" * 2501)]}, "messages[0].text", "Length must be between 0 and 5000"),
        ({"messages": [text(), {"type": "text", "text": 5}]}, "messages[1].text", "The value has the wrong type"),
        ({"messages": [text(), "hello"]}, "messages[1]", "Must be a message object"),
        ({"to": ""}, "to", "May not be empty"),
        ({"to": 7}, "to", "May not be empty"),
        (
            {"messages": [{"type": "image", "originalContentUrl": "http://x/a", "previewImageUrl": "https://x/b"}]},
            "messages[0].originalContentUrl",
            "invalid uri scheme",
        ),
        (
            {"messages": [{**text(), "quickReply": {"items": [{}] * 14}}]},
            "messages[0].quickReply.items",
            "Size must be between 1 and 13",
        ),
    ],
)
async def test_bad_messages_are_refused_with_their_place(
    client: httpx.AsyncClient, body: dict[str, Any], place: str, message: str
) -> None:
    answer = await push(client, **body)
    assert answer.status_code == 400
    assert answer.json()["message"] == "The request body has 1 error(s)"
    assert answer.json()["details"] == [{"message": message, "property": place}]


async def test_an_unknown_type_names_the_known_ones(client: httpx.AsyncClient) -> None:
    answer = await push(client, messages=[{"type": "hologram"}])
    [detail] = answer.json()["details"]
    assert detail["property"] == "messages[0].type"
    assert "text" in detail["message"]


async def test_text_of_5000_utf16_units_passes(client: httpx.AsyncClient) -> None:
    assert (await push(client, messages=[text("😀" * 2500)])).status_code == 200


async def test_a_lone_surrogate_is_kept_and_readable(client: httpx.AsyncClient) -> None:
    raw = b'{"to":"U1","messages":[{"type":"text","text":"a\\ud800b"}]}'
    answer = await client.post(PUSH, content=raw, headers={**BEARER, "content-type": "application/json"})
    assert answer.status_code == 200
    assert (await visible(client))[0]["text"] == "a\ud800b"


@pytest.mark.parametrize(
    ("content_type", "raw", "status", "words"),
    [
        ("application/json", b"{", 400, "could not be parsed as JSON (line: 1, column: 2)"),
        ("application/json", b"\xff", 400, "could not be parsed as JSON"),
        ("application/json", b"[" * 100_000, 400, "could not be parsed as JSON"),
        ("application/json", b"[]", 400, "must be a JSON object"),
        ("text/plain", b"{}", 415, "text/plain"),
    ],
)
async def test_bodies_that_are_no_json_object_are_refused(
    client: httpx.AsyncClient, content_type: str, raw: bytes, status: int, words: str
) -> None:
    answer = await client.post(PUSH, content=raw, headers={**BEARER, "content-type": content_type})
    assert answer.status_code == status
    assert words in answer.json()["message"]


async def test_no_bearer_token_is_401(client: httpx.AsyncClient) -> None:
    answer = await client.post(PUSH, json={"to": "U1", "messages": [text()]})
    assert answer.status_code == 401
    assert answer.json()["message"].startswith("Authentication failed")


async def test_only_configured_tokens_pass(start_in_process: Any, clock: Any) -> None:
    async with start_in_process(clock, line_tokens=("channel-token",)) as client:
        assert (await push(client)).status_code == 200
        other = await client.post(PUSH, json={}, headers={"authorization": "Bearer other"})
        assert other.status_code == 401


async def reply(client: httpx.AsyncClient, token: str, **headers: str) -> httpx.Response:
    body = {"replyToken": token, "messages": [text()]}
    return await client.post(REPLY, json=body, headers={**BEARER, **headers})


async def register(client: httpx.AsyncClient, token: str, ttl: float | None = None) -> None:
    one = {"token": token, "user_id": "U1", "ttl_seconds": ttl}
    assert (await client.post("/_control/line/reply-tokens", json={"tokens": [one]})).status_code == 200


async def test_a_reply_token_works_once_and_names_its_user(client: httpx.AsyncClient) -> None:
    await register(client, "t1")
    assert (await reply(client, "t1")).status_code == 200
    again = await reply(client, "t1")
    assert (again.status_code, again.json()) == (400, {"message": "Invalid reply token"})
    assert len(await visible(client, recipient="U1")) == 1


async def test_a_reply_token_expires(client: httpx.AsyncClient, clock: Any) -> None:
    await register(client, "t1", ttl=60)
    clock.advance(timedelta(seconds=60))
    assert (await reply(client, "t1")).json() == {"message": "Invalid reply token"}


async def test_the_default_life_of_reply_tokens_is_set_by_control(client: httpx.AsyncClient, clock: Any) -> None:
    await client.post("/_control/line/options", json={"reply_token_ttl_seconds": 30})
    await register(client, "t1")
    clock.advance(timedelta(seconds=31))
    assert (await reply(client, "t1")).status_code == 400


async def test_unknown_reply_tokens_pass_until_told_otherwise(client: httpx.AsyncClient) -> None:
    assert (await reply(client, "anything")).status_code == 200
    await client.post("/_control/line/options", json={"unknown_reply_tokens": "refuse"})
    assert (await reply(client, "anything-else")).json() == {"message": "Invalid reply token"}


async def test_a_retry_key_on_reply_is_refused_as_line_does(client: httpx.AsyncClient) -> None:
    assert (await reply(client, "t1", **{"x-line-retry-key": KEY})).status_code == 400


async def test_profiles_and_content_are_the_same_every_time(client: httpx.AsyncClient) -> None:
    first = await client.get("/line/v2/bot/profile/U1", headers=BEARER)
    assert first.json() == (await client.get("/line/v2/bot/profile/U1", headers=BEARER)).json()
    assert first.json()["userId"] == "U1"
    content = await client.get("/line/v2/bot/message/461230966842064897/content", headers=BEARER)
    assert content.headers["content-type"] == "image/png"
    assert content.content.startswith(b"\x89PNG")


async def test_an_unknown_path_is_a_recorded_404(client: httpx.AsyncClient) -> None:
    assert (await client.post("/line/v2/bot/message/shout", headers=BEARER)).json() == {"message": "Not found"}
    [entry] = (await client.get("/_control/requests")).json()["items"]
    assert entry["path"] == "/line/v2/bot/message/shout"
