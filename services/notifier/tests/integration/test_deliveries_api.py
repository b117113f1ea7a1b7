"""Operators look, send again and settle; tenants see their own rows only."""

from datetime import timedelta
from uuid import uuid4

import asyncpg
import pytest
from house import House, line, receipt, request, webhook, whatsapp
from provider_server import Answer

from contracts.outbound import SendRequested
from runtime.api import undeclared_routes

pytestmark = pytest.mark.integration


async def ended(house: House, answer: Answer) -> SendRequested:
    house.provider.script.append(answer)
    asked = request(line())
    await house.hear(asked)
    await house.rounds()
    return asked


async def held(house: House) -> SendRequested:
    house.provider.script.append(Answer(fault="reset"))
    asked = request(whatsapp())
    await house.hear(asked)
    await house.rounds()
    return asked


async def test_a_delivery_shows_its_attempts_but_not_the_words(house: House) -> None:
    asked = await ended(house, Answer(400, {"message": "The request body has 1 error(s)"}))
    answer = await house.api.get(f"/v1/deliveries/{asked.message_id}")
    assert answer.status_code == 200
    shown = answer.json()
    assert (shown["state"], shown["code"]) == ("failed", "permanent:line_400")
    assert [(one["n"], one["http_status"], one["method"]) for one in shown["attempts"]] == [(1, 400, "push")]
    assert shown["requested_at"].endswith("Z")
    assert "はい" not in answer.text


async def test_lists_are_filtered_and_paged(house: House) -> None:
    failed = [await ended(house, Answer(400, {})) for _ in range(3)]
    await ended(house, Answer(200, {}))
    first = (await house.api.get("/v1/deliveries", params={"state": "failed", "limit": 2})).json()
    rest = (
        await house.api.get("/v1/deliveries", params={"state": "failed", "limit": 2, "cursor": first["next"]})
    ).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [str(one.message_id) for one in failed]
    assert rest["next"] is None
    assert len((await house.api.get("/v1/deliveries")).json()["items"]) == 4
    assert (await house.api.get("/v1/deliveries", params={"state": "lost"})).status_code == 422
    assert (await house.api.get("/v1/deliveries", params={"cursor": "nonsense"})).status_code == 400


async def test_a_failed_delivery_is_sent_again_with_its_key(house: House) -> None:
    asked = await ended(house, Answer(400, {}))
    await house.later(timedelta(days=2))
    answer = await house.api.post(f"/v1/deliveries/{asked.message_id}/redrive")
    assert (answer.status_code, answer.json()["state"]) == (200, "pending")
    await house.rounds()
    first, second = house.provider.seen
    assert first.headers["x-line-retry-key"] == second.headers["x-line-retry-key"]
    assert house.told_as() == ["SendFailed", "SendAccepted"]


async def test_redriving_twice_with_one_key_happens_once(house: House) -> None:
    asked = await ended(house, Answer(400, {}))
    path, headers = f"/v1/deliveries/{asked.message_id}/redrive", {"idempotency-key": "k1"}
    first = await house.api.post(path, headers=headers)
    await house.rounds()
    second = await house.api.post(path, headers=headers)
    assert first.json() == second.json()
    assert second.headers["idempotency-replayed"] == "true"
    assert len(house.provider.seen) == 2


@pytest.mark.parametrize(
    ("outcome", "event", "state"), [("accepted", "SendAccepted", "accepted"), ("failed", "SendFailed", "failed")]
)
async def test_a_held_delivery_is_settled(house: House, outcome: str, event: str, state: str) -> None:
    asked = await held(house)
    answer = await house.api.post(f"/v1/deliveries/{asked.message_id}/settle", json={"outcome": outcome})
    assert (answer.status_code, answer.json()["state"]) == (200, state)
    assert house.told_as() == ["SendHeld", event]
    again = await house.api.post(f"/v1/deliveries/{asked.message_id}/settle", json={"outcome": outcome})
    assert (again.status_code, again.json()["code"]) == (409, "delivery_not_held")


async def test_a_held_delivery_can_be_sent_again(house: House) -> None:
    asked = await held(house)
    house.provider.script.append(Answer(200, {"messages": [{"id": "wamid.2"}]}))
    await house.api.post(f"/v1/deliveries/{asked.message_id}/redrive")
    await house.rounds()
    assert house.told_as() == ["SendHeld", "SendAccepted"]


@pytest.mark.parametrize(
    ("body", "status"), [({"outcome": "maybe"}, 422), ({}, 422), ({"outcome": "failed", "x": 1}, 422), ([], 422)]
)
async def test_bad_bodies_are_refused(house: House, body: object, status: int) -> None:
    asked = await held(house)
    answer = await house.api.post(f"/v1/deliveries/{asked.message_id}/settle", json=body)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_what_has_been_accepted_is_not_sent_again(house: House) -> None:
    asked = await ended(house, Answer(200, {}))
    answer = await house.api.post(f"/v1/deliveries/{asked.message_id}/redrive")
    assert (answer.status_code, answer.json()["code"]) == (409, "delivery_not_redrivable")


async def test_unknown_and_foreign_deliveries_look_the_same(house: House) -> None:
    asked = await ended(house, Answer(400, {}))
    for id, tenant in ((uuid4(), "acme"), (asked.message_id, "beta")):
        for method, path in (("GET", ""), ("POST", "/redrive")):
            answer = await house.api.request(method, f"/v1/deliveries/{id}{path}", headers={"x-tenant": tenant})
            assert (answer.status_code, answer.json()["code"]) == (404, "delivery_not_found")
    assert (await house.api.get("/v1/deliveries", headers={"x-tenant": "beta"})).json()["items"] == []


async def test_scopes_are_needed_and_every_route_declares_them(house: House) -> None:
    asked = await ended(house, Answer(400, {}))
    reading = {"x-scopes": "deliveries:read"}
    assert (await house.api.get("/v1/deliveries", headers={"x-scopes": "cases:read"})).status_code == 403
    answer = await house.api.post(f"/v1/deliveries/{asked.message_id}/redrive", headers=reading)
    assert (answer.status_code, answer.json()["code"]) == (403, "scope_missing")
    assert undeclared_routes(house.notifier.api) == []


async def test_another_tenant_sees_no_row_of_any_table(house: House) -> None:
    await held(house)
    await ended(house, Answer(400, {}))
    await house.hear(receipt("wamid.x", conversation="+810000000000"))
    tables = ("delivery", "attempt", "parked_receipt")
    for tenant, expected in (("acme", True), ("beta", False), ("", False)):
        async with house.transactions.read(tenant) as connection:
            seen = [await connection.fetchval(f"SELECT count(*) FROM {table}") for table in tables]
        assert [count > 0 for count in seen] == [expected] * 3


async def test_a_tenant_cannot_write_for_another(house: House) -> None:
    await held(house)
    async with house.transactions.begin("beta") as work:
        assert await work.connection.execute("UPDATE delivery SET state = 'dead'") == "UPDATE 0"
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            async with work.connection.transaction():
                await work.connection.execute(
                    """INSERT INTO parked_receipt
                       (tenant_id, account, provider_message_id, recipient, status, occurred_at)
                       VALUES ('acme', 'a', 'b', 'c', 'sent', now())"""
                )


async def test_tenants_share_message_ids_without_meeting(house: House) -> None:
    asked = request(webhook())
    await house.hear(asked)
    await house.hear(asked, tenant="beta")
    await house.rounds()
    assert await house.value("SELECT count(*) FROM delivery WHERE state = 'accepted'") == 2
