"""Decisions of many cases share rows; each case is still told its own, in their order."""

import json
from datetime import timedelta
from uuid import uuid4

import pytest

from contracts import routing
from contracts.config import Queue, SlaAction, SlaPolicy, SlaTarget
from contracts.sla import SlaActionTaken

pytestmark = pytest.mark.integration


async def test_a_case_among_many_is_told_its_own_decisions_in_order(house) -> None:
    cases = [uuid4() for _ in range(90)]
    async with house.running():
        await house.presence("aiko")
        await house.command(*(house.work_requested(case_id) for case_id in cases))
        await house.until(lambda: _count(house, routing.WorkQueued, 90))
        offer = (await house.events.of(routing.WorkOffered))[0]
        await house.command(
            routing.DeclineOffer(
                case_id=offer.case_id, offer_id=offer.offer_id, agent_id="aiko", reason="busy\x1fat\x1elunch"
            ),
            house.work_closed(offer.case_id),
        )
        await house.events.first(routing.WorkDone, offer.case_id)
        explained = (await house.ask("GET", f"/v1/work/{offer.case_id}/explain")).json()
    types = [decision["type"] for decision in explained["decisions"]]
    assert types[:3] == ["WorkQueued", "WorkOffered", "OfferEnded"]
    assert types[-1] == "WorkDone"
    ids = [decision["event_id"] for decision in explained["decisions"]]
    told = [str(e.id) for e in house.events.envelopes if getattr(e.data, "case_id", None) == offer.case_id]
    assert ids == [id for id in told if id in set(ids)]
    assert await house.value("SELECT reason FROM offer WHERE id = $1", offer.offer_id) == "busy\x1fat\x1elunch"
    packs = [json.loads(row[0]) for row in await house.fetch("SELECT decisions FROM decision_pack")]
    assert len(packs) < sum(map(len, packs)) / 10


async def test_a_decision_that_leaves_the_works_row_as_it_is_is_told_too(house) -> None:
    notify = SlaAction(notify_supervisor="lead")
    target = SlaTarget(
        metric="first_response", target=timedelta(milliseconds=300), warn_percent=(), on_breach=(notify,)
    )
    house.configs.accept(
        house.tenant_config(
            house.tenant,
            2,
            queues=(Queue(id="main", mode="pick"),),
            sla_policies=(SlaPolicy(id="p", targets=(target,)),),
        )
    )
    case_id = uuid4()
    async with house.running():
        await house.command(house.work_requested(case_id))
        await house.events.first(SlaActionTaken, case_id)
        explained = (await house.ask("GET", f"/v1/work/{case_id}/explain")).json()
    assert [decision["type"] for decision in explained["decisions"]] == ["WorkQueued", "SlaActionTaken"]


async def _count(house, kind, wanted: int) -> bool:
    return len(await house.events.of(kind)) == wanted
