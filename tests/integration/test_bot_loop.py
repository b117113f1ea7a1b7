"""A bot's conversation through the real case store and the real router: when clocks start, and whose they are."""

import sys
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from case_loop import Loop, open_loop, tenant_config  # the folder is no package

from contracts.routing import AcceptOffer, ConfigureAgent, Presence, SetPresence, WorkOffered
from runtime.testing.config import fixed_config

pytestmark = pytest.mark.integration
TARGETS = [{"metric": "first_response", "target": "PT10M"}, {"metric": "resolution", "target": "PT4H"}]
FAQ: dict[str, Any] = {"id": "faq", "name": "FAQ", "channels": ["line"], "triggers": {"words": ["担当者"]}}


def config(revision: int = 1, *, bot_answers: bool = False, **bot: Any) -> Any:
    policy = {"id": "standard", "targets": TARGETS, "bot_answers": bot_answers}
    return tenant_config(revision, sla_policies=[policy], bots=[FAQ | bot], skills=["japanese"])


@pytest.fixture
async def loop(postgres: Any) -> AsyncIterator[Loop]:
    async with open_loop(postgres, fixed_config(config())) as opened:
        yield opened


async def answer(loop: Loop, case_id: UUID) -> None:
    version = (await loop.case(case_id))["handling"]["version"]
    answered = await loop.post(f"cases/{case_id}/bot/replies", {"version": version, "text": "9時からです。"})
    assert answered["outcome"] == "sent"


async def test_the_router_has_no_work_until_people_are_asked_for(loop: Loop) -> None:
    case_id = await loop.write()
    await answer(loop, case_id)
    assert (await loop.work(case_id), (await loop.case(case_id))["routing"]["sla"]) == (None, {})
    body = {"queue": "escalations", "skills": {"japanese": 3}, "priority": 2, "fields": {"order": "A-1"}}
    await loop.post(f"cases/{case_id}/bot/handover", body)
    item = await loop.work(case_id)
    assert (item.queue, item.priority, item.skills[0].name, item.skills[0].level) == ("escalations", 2, "japanese", 3)
    assert item.attributes["case"]["fields"] == {"order": "A-1"}
    assert (await loop.clock(case_id, "first_response"))["state"] == "running"


@pytest.mark.parametrize(("counts", "state"), [(False, "running"), (True, "fulfilled")])
async def test_a_bots_answer_counts_only_if_the_policy_says_so(loop: Loop, counts: bool, state: str) -> None:
    loop.configs.accept(config(2, bot_answers=counts, clocks_from="first_message"))
    case_id = await loop.write()
    opened = (await loop.case(case_id))["opened_at"]
    await answer(loop, case_id)
    await loop.write(text="担当者をお願いします")
    clock = (await loop.work(case_id)).clocks
    first = next(one for metric, one in clock.items() if metric.value == "first_response")
    assert (await loop.clock(case_id, "first_response"))["state"] == state
    assert first.started_at == _millis(opened)


async def test_a_case_that_went_back_to_the_bot_goes_on_with_its_clocks(loop: Loop) -> None:
    case_id = await loop.write(text="担当者をお願いします")
    await loop.agent(
        ConfigureAgent(agent_id="aiko", name="aiko", queues=("main",), skills={}, capacity={"messaging": 1}),
        SetPresence(agent_id="aiko", presence=Presence.AVAILABLE),
    )
    (offer,) = loop.told(WorkOffered)
    await loop.agent(AcceptOffer(case_id=case_id, offer_id=offer.offer_id, agent_id="aiko"))
    assert (await loop.case(case_id))["handling"]["state"] == "agent"
    await loop.post(f"cases/{case_id}/messages", {"text": "承ります。"})
    given = await loop.post(f"cases/{case_id}/handling/give-back")
    assert (given["state"], await loop.work(case_id)) == ("bot", None)
    assert (await loop.case(case_id))["routing"]["work_state"] == "done"
    await loop.write(text="やはり担当者に")
    assert (await loop.work(case_id)).state.value in ("queued", "offered")
    assert (await loop.clock(case_id, "first_response"))["state"] == "fulfilled"
    assert (await loop.clock(case_id))["state"] == "running"


def _millis(instant: str) -> int:
    return int(datetime.fromisoformat(instant).timestamp() * 1000)
