"""`/v1` on the real broker and database."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx
import pytest
from aiokafka import TopicPartition

from contracts import routing
from contracts.config import Queue
from contracts.topics import ROUTING_COMMANDS
from router.adapters.figures import MetricFigures
from router.wiring import build_for_tests
from runtime import kafka
from runtime.testing.config import fixed_config

pytestmark = pytest.mark.integration


async def offered(house, case_id: UUID) -> routing.WorkOffered:
    await house.command(house.work_requested(case_id))
    return await house.events.first(routing.WorkOffered, case_id)


async def test_an_agent_is_offered_work_accepts_and_gives_it_back(house) -> None:
    case_id = uuid4()
    async with house.running():
        present = await house.ask("PUT", "/v1/agents/aiko/presence", agent="aiko", json={"presence": "available"})
        assert (present.status_code, present.json()["presence"]) == (200, "available")
        offer = await offered(house, case_id)
        (shown,) = (await house.ask("GET", "/v1/agents/aiko/offers")).json()["items"]
        assert shown["offer_id"] == str(offer.offer_id)
        accepted = await house.ask("POST", f"/v1/offers/{offer.offer_id}/accept", agent="aiko")
        assert (accepted.status_code, accepted.json()["state"]) == (200, "assigned")
        again = await house.ask("POST", f"/v1/offers/{offer.offer_id}/accept", agent="aiko")
        assert (again.status_code, again.json()["code"]) == (409, "offer_already_accepted")
        agent = (await house.ask("GET", "/v1/agents/aiko")).json()
        assert (agent["load"], [work["case_id"] for work in agent["work"]]) == ({"messaging": 1}, [str(case_id)])
        given_back = await house.ask("POST", f"/v1/work/{case_id}/requeue", agent="aiko", json={"note": "not mine"})
        assert (given_back.status_code, given_back.json()["state"]) == (200, "queued")


async def test_who_is_refused_and_how(house) -> None:
    case_id = uuid4()
    agents_only = {"x-scopes": "routing:read routing:write"}
    async with house.running():
        await house.presence("aiko")
        offer = await offered(house, case_id)
        path = f"/v1/offers/{offer.offer_id}"
        asked = [
            (await house.ask("POST", f"{path}/accept", agent="ken"), 409, "offer_not_yours"),
            (await house.ask("POST", f"/v1/offers/{uuid4()}/accept", agent="ken"), 404, "unknown_offer"),
            (await house.ask("POST", f"{path}/accept", headers=agents_only), 422, "agent_missing"),
            (
                await house.ask("POST", f"{path}/accept", agent="ken", json={"agent_id": "aiko"}, headers=agents_only),
                403,
                "scope_missing",
            ),
            (await house.ask("POST", f"/v1/work/{uuid4()}/pick", agent="aiko"), 404, "unknown_work"),
            (await house.ask("POST", f"/v1/work/{case_id}/pick", agent="ken"), 409, "already_assigned"),
            (await house.ask("GET", f"/v1/work/{uuid4()}"), 404, "unknown_work"),
            (await house.ask("GET", "/v1/queues/nowhere/work"), 404, "queue_not_found"),
            (await house.ask("PUT", "/v1/agents/x", json={"name": "X", "queues": ["no"]}), 422, "unknown_queue"),
            (await house.ask("PUT", "/v1/agents/x", json={"name": 5}), 422, "invalid_request"),
            (await house.ask("PUT", "/v1/agents/x", json={}, headers=agents_only), 403, "scope_missing"),
            (await house.ask("GET", "/v1/agents", headers={"x-tenant": "nobody"}), 200, None),
            (await house.ask("GET", "/v1/queues", headers={"x-tenant": "nobody"}), 409, "tenant_not_configured"),
            (await house.ask("GET", f"/v1/work/{case_id}", headers={"x-tenant": "other"}), 404, "unknown_work"),
        ]
        declined = await house.ask(
            "POST", f"{path}/decline", agent="aiko", json={"reason": "busy", "case_id": str(case_id)}
        )
    assert [(answer.status_code, answer.json().get("code")) for answer, _, _ in asked] == [
        (status, code) for _, status, code in asked
    ]
    assert declined.status_code == 200
    assert declined.json()["state"] == "offered", "alone in the queue, the agent is asked again"


async def test_the_same_key_carries_a_command_out_once(house) -> None:
    body = {"name": "Mia", "queues": ["main"], "capacity": {"messaging": 2}}
    key = {"idempotency-key": uuid4().hex}
    async with house.running():
        first = await house.ask("PUT", "/v1/agents/mia", json=body, headers=key)
        second = await house.ask("PUT", "/v1/agents/mia", json=body, headers=key)
        other = await house.ask("PUT", "/v1/agents/mia", json=body | {"name": "Mina"}, headers=key)
        await house.presence("mia")
        await house.until(lambda: house.events.of(routing.PresenceChanged))
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert first.json()["agent_id"] == "mia"
    assert (first.headers.get("idempotency-replayed"), second.headers["idempotency-replayed"]) == (None, "true")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    configured = await house.events.of(routing.AgentConfigured)
    assert [event.agent_id for event in configured].count("mia") == 1


async def test_a_refusal_is_repeated_too(house) -> None:
    key = {"idempotency-key": uuid4().hex}
    async with house.running():
        answers = [await house.ask("DELETE", "/v1/agents/nobody", headers=key) for _ in range(2)]
        removed = await house.ask("DELETE", "/v1/agents/ken")
        left = await house.ask("GET", "/v1/agents")
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [(404, "unknown_agent")] * 2
    assert removed.status_code == 204
    assert [agent["agent_id"] for agent in left.json()["items"]] == ["aiko"]


async def test_without_an_owner_the_outcome_is_unknown_and_asking_again_finds_it(house) -> None:
    key = {"idempotency-key": uuid4().hex}
    impatient = build_for_tests(
        house.configs,
        house.producer,
        house.transactions,
        house.parts.api.state.authenticator,
        figures=MetricFigures(),
        answer_within=0.3,
    )
    transport = httpx.ASGITransport(impatient.api)
    async with httpx.AsyncClient(transport=transport, base_url="http://router") as api:
        headers = {"x-tenant": house.tenant, "x-agent": "aiko", **key}
        body = {"presence": "available"}
        unknown = await api.put("/v1/agents/aiko/presence", json=body, headers=headers)
        assert (unknown.status_code, unknown.json()["code"]) == (503, "outcome_unknown")
        assert unknown.headers["retry-after"]
        async with house.running():
            await house.until(lambda: house.events.of(routing.PresenceChanged))
            found = await api.put("/v1/agents/aiko/presence", json=body, headers=headers)
    assert (found.status_code, found.json()["presence"]) == (200, "available")
    assert len(await house.events.of(routing.PresenceChanged)) == 1


async def test_a_process_that_owns_nothing_finds_results_and_queues_in_the_store(house) -> None:
    case_id = uuid4()
    async with house.running(house.another_process()):
        assert (await house.ask("PUT", "/v1/agents/aiko", json={"name": "A", "queues": ["main"]})).status_code == 200
        present = await house.ask("PUT", "/v1/agents/ken/presence", agent="ken", json={"presence": "busy"})
        assert present.status_code == 200
        await house.command(house.work_requested(case_id))
        await house.events.first(routing.WorkQueued, case_id)
        queues = (await house.ask("GET", "/v1/queues")).json()
        explained = (await house.ask("GET", f"/v1/work/{case_id}/explain")).json()
    assert queues["live"] is False
    main = next(queue for queue in queues["queues"] if queue["queue"] == "main")
    assert main["waiting"] == 1
    assert main["agents"] == {"available": 0, "busy": 1, "away": 0, "offline": 1}
    assert (explained["live"], explained["candidates"]) == (False, None)
    assert [decision["type"] for decision in explained["decisions"]] == ["WorkQueued"]


async def test_the_owner_explains_from_memory(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.presence("ken", "busy")
        await house.command(house.work_requested(case_id))
        await house.events.first(routing.WorkQueued, case_id)
        explained = (await house.ask("GET", f"/v1/work/{case_id}/explain")).json()
        queues = (await house.ask("GET", "/v1/queues")).json()
        waiting = (await house.ask("GET", "/v1/queues/main/work")).json()
    assert explained["live"] is True
    assert explained["sentence"] == "No rule matched: default queue 'main'."
    assert {each["agent_id"]: each["obstacle"] for each in explained["candidates"]} == {"aiko": "absent", "ken": "busy"}
    assert explained["next_timer"]["kind"] == "warn"
    assert queues["live"] is True
    assert [work["case_id"] for work in waiting["items"]] == [str(case_id)]


async def test_agents_of_the_configuration_are_there_before_any_customer(house) -> None:
    async with house.running():
        introducing = asyncio.create_task(house.parts.introducer.run())
        try:

            async def both() -> bool:
                return len((await house.ask("GET", "/v1/agents")).json()["items"]) == 2

            await house.until(both)
        finally:
            introducing.cancel()
            await asyncio.wait((introducing,))


async def test_a_removed_queue_gives_its_work_to_the_default_queue(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.command(house.work_requested(case_id))
        await house.events.first(routing.WorkQueued, case_id)
        queues = (Queue(id="other"),)
        house.configs.accept(house.tenant_config(house.tenant, 2, queues=queues, default_queue="other", agents=()))
        moved = await house.events.first(routing.WorkRequeued, case_id)
    assert (moved.queue, moved.reason) == ("other", "queue_removed")


async def test_commands_of_a_tenant_without_configuration_become_dead_letters(house, kafka_settings) -> None:
    stranger = f"stranger-{uuid4().hex[:8]}"
    house.configs = fixed_config()
    case_id = uuid4()
    house.tenant = stranger
    client = kafka.reader_client(kafka_settings)
    await client.start()
    try:
        dead_letters = TopicPartition(ROUTING_COMMANDS.dead_letters, 0)
        client.assign([dead_letters])
        await client.seek_to_end(dead_letters)
        async with house.running(house.another_process()):
            await house.command(house.work_requested(case_id), at=datetime.now(UTC) - timedelta(seconds=11))

            async def dead() -> list[object]:
                batches = await client.getmany(timeout_ms=100)
                return [
                    record
                    for records in batches.values()
                    for record in records
                    if stranger.encode() in (record.key or b"")
                ]

            (record,) = await house.until(dead, seconds=40)
    finally:
        await client.stop()
    assert dict(record.headers)["dlq-code"] == b"tenant_not_configured"
