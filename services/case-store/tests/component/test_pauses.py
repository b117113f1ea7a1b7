"""What a case waits for: said by people, by an agent's answer, by the customer's next message."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.cases import CasePaused, CaseResumed, MessageAdded
from contracts.config import SlaPolicy, SlaTarget
from contracts.outbound import SendRequested
from contracts.routing import AgentReplied, WorkPaused, WorkResumed
from contracts.sla import SlaApplied
from contracts.values import AuthorKind

pytestmark = pytest.mark.integration


async def post(house, case_id: object, door: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return await house.api.post(f"/v1/cases/{case_id}/{door}", json=body or {}, headers={"x-agent": "aiko"} | headers)


async def pauses(house, case_id: object) -> list[str]:
    return list((await house.api.get(f"/v1/cases/{case_id}")).json()["pauses"])


async def test_a_case_on_hold_says_so_until_it_is_resumed(house) -> None:
    case_id = await house.open_case()
    await house.emitted()
    held = await post(house, case_id, "pause", {"reason": "on_hold"})
    assert (held.status_code, list(held.json()["pauses"]), held.json()["status"]) == (200, ["on_hold"], "open")
    told_router, told = await house.emitted()
    assert (type(told_router), told_router.reason) == (WorkPaused, "on_hold")
    assert (type(told), told.reason, told.by.id) == (CasePaused, "on_hold", "aiko")
    await house.deliver(house.line_message())
    assert await pauses(house, case_id) == ["on_hold"]
    await house.emitted()
    resumed = await post(house, case_id, "resume")
    assert (resumed.status_code, resumed.json()["pauses"]) == (200, {})
    told, told_router = await house.emitted()
    assert (type(told), type(told_router), told_router.reason) == (CaseResumed, WorkResumed, "on_hold")


async def test_several_reasons_hold_and_end_each_for_itself(house) -> None:
    case_id = await house.open_case()
    for reason in ("on_hold", "waiting_on_courier"):
        await post(house, case_id, "pause", {"reason": reason})
    listed = (await house.api.get("/v1/cases", params={"paused": "waiting_on_courier"})).json()["items"]
    assert [case["id"] for case in listed] == [str(case_id)]
    await post(house, case_id, "resume", {"reason": "on_hold"})
    assert await pauses(house, case_id) == ["waiting_on_courier"]
    assert (await house.api.get("/v1/cases", params={"paused": "on_hold"})).json()["items"] == []
    refused = await post(house, case_id, "resume", {"reason": "on_hold"})
    assert (refused.status_code, refused.json()["code"]) == (409, "case_not_paused")


async def test_a_reason_that_holds_already_is_no_news_to_readers(house) -> None:
    case_id = await house.open_case()
    first = await post(house, case_id, "pause", {"reason": "on_hold"})
    await house.emitted()
    again = await post(house, case_id, "pause", {"reason": "on_hold"})
    assert again.json() == first.json()
    assert [type(event) for event in await house.emitted()] == [WorkPaused]


async def test_a_customers_next_message_resumes_waiting_on_customer_by_itself(house) -> None:
    case_id = await house.open_case()
    await post(house, case_id, "pause", {"reason": "waiting_on_customer"})
    await house.deliver(house.line_message())
    assert await pauses(house, case_id) == []


async def test_an_answer_makes_the_case_wait_for_its_customer(house) -> None:
    case_id = await house.open_case()
    await house.reply(case_id)
    assert await pauses(house, case_id) == ["waiting_on_customer"]
    late = datetime.now(UTC) - timedelta(minutes=1)
    await house.deliver(house.line_message(received_at=late))
    assert await pauses(house, case_id) == ["waiting_on_customer"]
    await house.deliver(house.line_message(received_at=datetime.now(UTC) + timedelta(seconds=1)))
    assert await pauses(house, case_id) == []


async def test_notes_and_automatic_replies_answer_nobody(house) -> None:
    case_id = await house.open_case()
    await house.emitted()
    await house.reply(case_id, automatic=True)
    (replied,) = await house.emitted(AgentReplied)
    assert (replied.automatic, replied.internal) == (True, False)
    noted = await post(house, case_id, "notes", {"text": "配送業者に確認中"}, **{"idempotency-key": "n1"})
    assert (noted.status_code, noted.json()["seq"]) == (201, 3)
    added, replied = await house.emitted()
    assert (type(added), added.internal, type(replied), replied.internal) == (MessageAdded, True, AgentReplied, True)
    assert await pauses(house, case_id) == []
    shown = (await house.api.get(f"/v1/cases/{case_id}/messages")).json()["items"]
    assert [(one["direction"], one["status"], one["automatic"]) for one in shown] == [
        ("in", None, False),
        ("out", "queued", True),
        ("note", None, False),
    ]
    again = await post(house, case_id, "notes", {"text": "配送業者に確認中"}, **{"idempotency-key": "n1"})
    assert again.json() == noted.json()


async def test_a_note_reaches_no_customer_and_needs_no_way_to_them(house) -> None:
    case_id = await house.open_case()
    await house.api.post(f"/v1/cases/{case_id}/resolve")
    await house.emitted()
    noted = await post(house, case_id, "notes", {"text": "あとで確認"}, **{"idempotency-key": uuid4().hex})
    assert noted.status_code == 201
    assert await house.emitted(SendRequested, AgentReplied) == []
    missing = await post(house, case_id, "notes", {"text": "x"})
    assert (missing.status_code, missing.json()["code"]) == (400, "idempotency_key_missing")
    for wrong in ({"text": ""}, {"text": " "}, {"text": 5}, {}, {"text": "a", "internal": True}):
        refused = await post(house, case_id, "notes", wrong, **{"idempotency-key": uuid4().hex})
        assert refused.status_code == 422


async def test_a_bots_answer_counts_only_if_the_policy_says_so(house) -> None:
    for bot_answers in (False, True):
        target = SlaTarget(metric="first_response", target=timedelta(minutes=5))
        policy = SlaPolicy(id="gold", targets=(target,), bot_answers=bot_answers)
        house.configs.accept(house.tenant_config("acme", revision=2 + bot_answers, sla_policies=(policy,)))
        case_id = await house.open_case(house.line_message(f"U-{bot_answers}"))
        now = datetime.now(UTC)
        stated: dict[str, Any] = {"policy": "gold", "policy_revision": 1, "target_ms": 1, "remaining_ms": 1}
        await house.deliver(SlaApplied(case_id=case_id, metric="first_response", cause="x", at=now, **stated))
        await house.emitted()
        body = {"text": "営業時間は9時からです", "author": {"kind": "bot", "id": "faq"}}
        headers = {"idempotency-key": uuid4().hex}
        assert (await house.api.post(f"/v1/cases/{case_id}/messages", json=body, headers=headers)).status_code == 201
        (replied,) = await house.emitted(AgentReplied)
        assert (replied.author.kind, replied.author.id, replied.automatic) == (AuthorKind.BOT, "faq", False)
        assert await pauses(house, case_id) == (["waiting_on_customer"] if bot_answers else [])


async def test_nobody_speaks_with_anothers_voice(house) -> None:
    case_id = await house.open_case()
    for author in ({"kind": "agent", "id": "ben"}, {"kind": "bot", "id": "faq"}):
        refused = await house.reply(case_id, author=author)
        assert (refused.status_code, refused.json()["code"], refused.json()["pointer"]) == (
            403,
            "scope_missing",
            "/author",
        )
    assert (await house.reply(case_id, author={"kind": "agent", "id": "aiko"})).status_code == 201
    lent = {"idempotency-key": uuid4().hex, "x-scopes": "cases:write agents:write"}
    body = {"text": "はい", "author": {"kind": "agent", "id": "ben"}}
    assert (await house.api.post(f"/v1/cases/{case_id}/messages", json=body, headers=lent)).status_code == 201
    shown = (await house.api.get(f"/v1/cases/{case_id}/messages")).json()["items"]
    assert [one["author"]["id"] for one in shown[1:]] == ["aiko", "ben"]


async def test_only_an_open_case_waits(house) -> None:
    case_id = await house.open_case()
    await post(house, case_id, "pause", {"reason": "on_hold"})
    resolved = await house.api.post(f"/v1/cases/{case_id}/resolve", json={"reason": "refunded"})
    assert (resolved.json()["pauses"], resolved.json()["resolution"]) == ({}, "refunded")
    for door, body in (("pause", {"reason": "on_hold"}), ("resume", {})):
        refused = await post(house, case_id, door, body)
        assert (refused.status_code, refused.json()["code"]) == (409, "case_resolved")
    for wrong in ({}, {"reason": ""}, {"reason": "On Hold"}, {"reason": 5}, {"reason": "on_hold", "until": "x"}):
        assert (await post(house, case_id, "pause", wrong)).status_code == 422
    unknown = await post(house, uuid4(), "pause", {"reason": "on_hold"})
    assert (unknown.status_code, unknown.json()["code"]) == (404, "case_not_found")


async def test_a_pause_before_anybody_was_asked_is_told_with_the_request(house) -> None:
    case_id = await house.open_case(house.line_message(standby=True))
    await house.emitted()
    await post(house, case_id, "pause", {"reason": "on_hold"})
    assert await house.emitted(WorkPaused) == []
    await house.deliver(house.line_message())
    (paused,) = await house.emitted(WorkPaused)
    assert (paused.case_id, paused.reason) == (case_id, "on_hold")
