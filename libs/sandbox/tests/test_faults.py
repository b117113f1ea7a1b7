from typing import Any

import httpx
import pytest

BEARER = {"authorization": "Bearer channel-token"}
PUSH = "/line/v2/bot/message/push"


async def arm(client: httpx.AsyncClient, **fields: Any) -> httpx.Response:
    return await client.post("/_control/faults", json={"provider": "line", "kind": "status", **fields})


async def push(client: httpx.AsyncClient, to: str = "U1") -> httpx.Response:
    return await client.post(PUSH, json={"to": to, "messages": [{"type": "text", "text": "はい"}]}, headers=BEARER)


async def counts(client: httpx.AsyncClient) -> dict[str, Any]:
    table: dict[str, Any] = (await client.get("/_control/counts")).json()
    return table


async def test_a_status_strikes_as_often_as_told(client: httpx.AsyncClient) -> None:
    await arm(client, status=429, retry_after=5, times=2)
    answers = [await push(client) for _ in range(3)]
    assert [one.status_code for one in answers] == [429, 429, 200]
    assert answers[0].headers["retry-after"] == "5"
    assert answers[0].json()["message"].startswith("The API rate limit")
    assert (await counts(client))["faults"] == {"status": 2}
    assert (await counts(client))["visible"] == {"line": 1}


async def test_a_status_with_accept_shows_the_message_all_the_same(client: httpx.AsyncClient) -> None:
    await arm(client, status=500, accept=True)
    assert (await push(client)).status_code == 500
    assert (await counts(client))["visible"] == {"line": 1}


async def test_faults_match_path_and_recipient_and_strike_in_order(client: httpx.AsyncClient) -> None:
    await arm(client, status=403, match={"recipient": "U2"})
    await arm(client, status=503, match={"path": "*/push"}, times=None)
    assert [(await push(client, to)).status_code for to in ("U1", "U2", "U2")] == [503, 403, 503]
    profile = await client.get("/line/v2/bot/profile/U1", headers=BEARER)
    assert profile.status_code == 200
    assert (await client.request("DELETE", "/_control/faults")).json() == {"cleared": 2}
    assert (await push(client)).status_code == 200


async def test_a_body_can_be_dictated(client: httpx.AsyncClient) -> None:
    body = {"message": "You have reached your monthly limit."}
    await arm(client, status=429, body=body)
    assert (await push(client)).json() == body


async def test_armed_faults_are_listed_with_their_strikes(client: httpx.AsyncClient) -> None:
    await arm(client, status=500)
    await push(client)
    [armed] = (await client.get("/_control/faults")).json()["items"]
    assert (armed["struck"], armed["spent"], armed["status"]) == (1, True, 500)


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"kind": "explode"}, "/body/kind"),
        ({"provider": "no such"}, "/body/provider"),
        ({"times": 0}, "/body/times"),
        ({"seconds": 601}, "/body/seconds"),
        ({"colour": "red"}, "/body/colour"),
        ({"kind": "reset_before_body", "accept": True}, "/body"),
        ({"kind": "accept_then_reset", "accept": False}, "/body"),
    ],
)
async def test_a_wrong_fault_is_refused_with_its_place(
    client: httpx.AsyncClient, fields: dict[str, Any], pointer: str
) -> None:
    answer = await arm(client, **fields)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [one["pointer"] for one in answer.json()["errors"]] == [pointer]
