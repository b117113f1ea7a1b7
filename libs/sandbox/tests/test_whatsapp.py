import hashlib
from datetime import timedelta
from typing import Any

import httpx
import pytest

BEARER = {"authorization": "Bearer system-user-token"}
SEND = "/whatsapp/v24.0/106540352242922/messages"
NUMBER = "106540352242922"


async def send(client: httpx.AsyncClient, **body: Any) -> httpx.Response:
    whole = {
        "messaging_product": "whatsapp",
        "to": "+81 90-1234-5678",
        "type": "text",
        "text": {"body": "はい"},
        **body,
    }
    return await client.post(SEND, json=whole, headers=BEARER)


async def visible(client: httpx.AsyncClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await client.get("/_control/visible")).json()["items"]
    return items


async def window(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    body = {"phone_number_id": NUMBER, "wa_id": "819012345678", **fields}
    return await client.post("/_control/whatsapp/windows", json=body)


async def test_a_text_is_accepted_and_shown(client: httpx.AsyncClient) -> None:
    answer = await send(client)
    assert answer.status_code == 200
    [message] = answer.json()["messages"]
    assert message["id"].startswith("wamid.")
    assert answer.json()["contacts"] == [{"input": "+81 90-1234-5678", "wa_id": "819012345678"}]
    [shown] = await visible(client)
    assert (shown["recipient"], shown["text"], shown["provider_id"]) == ("819012345678", "はい", message["id"])
    assert shown["account"] == NUMBER


async def test_a_person_without_a_number_is_reached_by_user_id(client: httpx.AsyncClient) -> None:
    answer = await send(client, to=None, recipient="US.13491208655302741918")
    assert answer.json()["contacts"][0]["user_id"] == "US.13491208655302741918"
    assert [one["recipient"] for one in await visible(client)] == ["US.13491208655302741918"]


async def test_a_closed_window_refuses_free_text_and_lets_a_template_pass(client: httpx.AsyncClient) -> None:
    await window(client, open=False)
    refused = await send(client)
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["type"]) == (400, 131047, "OAuthException")
    assert error["message"] == "(#131047) Re-engagement message"
    assert error["error_data"]["messaging_product"] == "whatsapp"
    assert "24 hours" in error["error_data"]["details"]
    assert error["fbtrace_id"]
    template = {"name": "reopen_case", "language": {"code": "ja"}}
    assert (await send(client, type="template", template=template)).status_code == 200
    assert [one["text"] for one in await visible(client)] == ["[template reopen_case]"]


async def test_a_window_closes_24_hours_after_the_last_inbound(client: httpx.AsyncClient, clock: Any) -> None:
    await window(client)
    clock.advance(timedelta(seconds=24 * 3600 - 1))
    assert (await send(client)).status_code == 200
    clock.advance(timedelta(seconds=1))
    assert (await send(client)).json()["error"]["code"] == 131047


async def test_the_default_window_is_set_by_control(client: httpx.AsyncClient) -> None:
    await client.post("/_control/whatsapp/options", json={"window_default": "closed"})
    assert (await send(client)).json()["error"]["code"] == 131047
    assert (await window(client, last_inbound_at="2026-11-20T08:00:00Z")).json() == {"open": True}
    assert (await send(client)).status_code == 200


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        ({"messaging_product": "sms"}, 100, "messaging_product"),
        ({"to": None}, 100, "to or recipient"),
        ({"to": "abc"}, 100, "to or recipient"),
        ({"type": "hologram"}, 100, "Param type"),
        ({"type": {"a": 1}}, 100, "Param type"),
        ({"text": {"body": "a" * 4097}}, 100, "4096"),
        ({"text": {"body": ""}}, 131008, "text.body"),
        ({"text": "hello"}, 131008, "text.body"),
        ({"type": "image", "image": {}}, 131009, "id and link"),
        ({"type": "template", "template": {"name": "x"}}, 131008, "template.language.code"),
        (
            {
                "type": "interactive",
                "interactive": {"type": "button", "body": {"text": "?"}, "action": {"buttons": []}},
            },
            131009,
            "1 to 3",
        ),
        ({"type": "location", "location": {"latitude": 35.6}}, 131008, "longitude"),
    ],
)
async def test_bad_sends_are_refused_in_metas_shape(
    client: httpx.AsyncClient, body: dict[str, Any], code: int, words: str
) -> None:
    answer = await send(client, **body)
    error = answer.json()["error"]
    assert (answer.status_code, error["code"]) == (400, code)
    assert words in error["error_data"]["details"]
    assert await visible(client) == []


async def test_interactive_buttons_pass(client: httpx.AsyncClient) -> None:
    buttons = [{"type": "reply", "reply": {"id": "y", "title": "はい"}}]
    part = {"type": "button", "body": {"text": "よろしいですか"}, "action": {"buttons": buttons}}
    assert (await send(client, type="interactive", interactive=part)).status_code == 200
    assert [one["text"] for one in await visible(client)] == ["よろしいですか"]


async def test_a_bad_token_is_190(start_in_process: Any, clock: Any) -> None:
    async with start_in_process(clock, whatsapp_tokens=("right",)) as client:
        answer = await send(client)
        assert (answer.status_code, answer.json()["error"]["code"]) == (401, 190)


@pytest.mark.parametrize("raw", [b"{", b"[]", b"\xff"])
async def test_a_body_that_is_no_object_is_refused(client: httpx.AsyncClient, raw: bytes) -> None:
    answer = await client.post(SEND, content=raw, headers={**BEARER, "content-type": "application/json"})
    assert answer.json()["error"]["code"] == 100


async def test_rate_limits_come_on_command(client: httpx.AsyncClient) -> None:
    for status, code in ((429, 130429), (400, 131056)):
        fault = {"provider": "whatsapp", "kind": "status", "status": status, "code": code, "retry_after": 6}
        await client.post("/_control/faults", json=fault)
        answer = await send(client)
        assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)
        assert answer.headers["retry-after"] == "6"


async def test_mark_as_read_and_media(client: httpx.AsyncClient) -> None:
    read = {"messaging_product": "whatsapp", "status": "read", "message_id": "wamid.x"}
    assert (await client.post(SEND, json=read, headers=BEARER)).json() == {"success": True}
    about = (await client.get("/whatsapp/v24.0/1003383421387256", headers=BEARER)).json()
    content = await client.get(about["url"], headers=BEARER)
    assert hashlib.sha256(content.content).hexdigest() == about["sha256"]
    assert len(content.content) == about["file_size"]
