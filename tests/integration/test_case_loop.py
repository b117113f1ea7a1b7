"""What depends on the facts of a case, from a door of the case store through the router and back."""

import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from case_loop import Loop, minutes, open_loop, tenant_config  # the folder is no package

from contracts.cases import SupervisorNotified
from contracts.outbound import SendRequested, WebhookRequested
from contracts.routing import (
    AcceptOffer,
    CallbackPromised,
    ConfigureAgent,
    Presence,
    SetPresence,
    WorkOffered,
    WorkQueued,
    WorkTurnedAway,
)
from contracts.sla import SlaActionTaken, SlaApplied, SlaRetargeted
from runtime.testing.config import fixed_config

pytestmark = pytest.mark.integration
RESOLUTION = {"metric": "resolution", "target": "PT4H"}
FIRST = {"metric": "first_response", "target": "PT10M"}
NEXT = {"metric": "next_response", "target": "PT30M"}
STANDARD = {
    "id": "standard",
    "targets": [FIRST, NEXT, RESOLUTION],
    "pause_on": ["waiting_on_customer", "on_hold", "tag:courier"],
}


@pytest.fixture
async def loop(postgres: Any) -> AsyncIterator[Loop]:
    async with open_loop(postgres, fixed_config(tenant_config(sla_policies=[STANDARD]))) as opened:
        yield opened


async def test_on_hold_stops_the_clocks_until_the_case_is_resumed(loop: Loop) -> None:
    case_id = await loop.write()
    await loop.post(f"cases/{case_id}/pause", {"reason": "on_hold"})
    held = await loop.clock(case_id)
    assert (held["state"], held["due_at"], held["remaining_ms"] > 0) == ("paused", None, True)
    await loop.write(text="まだですか")
    assert (await loop.clock(case_id))["state"] == "paused"
    await loop.post(f"cases/{case_id}/resume")
    resumed = await loop.clock(case_id)
    assert (resumed["state"], resumed["due_at"] is not None) == ("running", True)


async def test_case_and_clocks_wait_for_the_customer_together(loop: Loop) -> None:
    case_id = await loop.write()
    await loop.post(f"cases/{case_id}/messages", {"text": "自動返信です", "automatic": True})
    await loop.post(f"cases/{case_id}/notes", {"text": "確認中"})
    assert (await loop.clock(case_id, "first_response"))["state"] == "running"
    await loop.post(f"cases/{case_id}/messages", {"text": "確認します"})
    assert (await loop.clock(case_id, "first_response"))["state"] == "fulfilled"
    assert (await loop.clock(case_id))["state"] == "paused"
    assert (await loop.work(case_id)).pauses == ("waiting_on_customer",)
    assert list((await loop.case(case_id))["pauses"]) == ["waiting_on_customer"]
    await loop.write(text="お願いします")
    assert ((await loop.clock(case_id))["state"], (await loop.case(case_id))["pauses"]) == ("running", {})
    assert (await loop.clock(case_id, "next_response"))["state"] == "running"


async def test_facts_choose_the_policy_anew_and_tags_pause(loop: Loop) -> None:
    gold = {"id": "gold", "when": "customer.tier == 'gold'", "targets": [RESOLUTION | {"target": "PT1H"}]}
    urgent = {"id": "urgent", "when": "case.priority != null && case.priority == 1", "targets": [RESOLUTION]}
    loop.configs.accept(tenant_config(2, sla_policies=[urgent, gold, STANDARD]))
    case_id = await loop.write()
    customer_id = (await loop.case(case_id))["customer_id"]
    await loop.post(f"cases/{case_id}", {"tags": ["courier"]}, "PATCH")
    assert (await loop.clock(case_id))["state"] == "paused"
    await loop.post(f"customers/{customer_id}", {"tier": "gold"}, "PATCH")
    assert (await loop.clock(case_id))["policy"] == "gold"
    (retargeted,) = [one for one in loop.told(SlaRetargeted) if one.policy == "gold"]
    assert (retargeted.previous_policy, retargeted.target_ms) == ("standard", 3_600_000)
    await loop.post(f"cases/{case_id}", {"priority": 1, "tags": []}, "PATCH")
    assert ((await loop.clock(case_id))["policy"], (await loop.work(case_id)).priority) == ("urgent", 1)


async def test_a_merge_keeps_the_older_start_and_one_piece_of_work(loop: Loop) -> None:
    older, newer = await loop.write("U1"), await loop.write("U2")
    started = (await loop.work(older)).clocks["resolution"].started_at
    await loop.post(f"cases/{older}/merge", {"into": str(newer), "merge_customers": True})
    assert (await loop.work(newer)).clocks["resolution"].started_at == started
    ended = await loop.case(older)
    assert (await loop.work(older), ended["status"], ended["routing"]["work_state"]) == (None, "merged", "done")
    assert (await loop.write("U1", "続きです")) == newer
    assert (await loop.case(newer))["messages"] == 3


async def test_a_customer_who_comes_back_keeps_the_age_of_the_case(loop: Loop) -> None:
    case_id = await loop.write()
    aged_from = (await loop.work(case_id)).aged_from
    await loop.post(f"cases/{case_id}/messages", {"text": "解決しました"})
    await loop.post(f"cases/{case_id}/resolve")
    assert (await loop.clock(case_id))["state"] == "fulfilled"
    assert (
        await loop.write(
            text="やはり届いていません。もう一度調べていただけますか。お手数ですがよろしくお願いいたします。"
        )
        == case_id
    )
    item = await loop.work(case_id)
    assert (item.aged_from, item.closing_thanks) == (aged_from, False)
    shown = await loop.case(case_id)
    assert (shown["status"], shown["routing"]["work_state"]) == ("open", "queued")
    assert ((await loop.clock(case_id))["state"], (await loop.clock(case_id, "next_response"))["state"]) == (
        "running",
        "running",
    )


async def test_closing_thanks_start_no_clock_and_rest_if_the_policy_lets_them(loop: Loop) -> None:
    case_id = await loop.write()
    await loop.post(f"cases/{case_id}/messages", {"text": "解決しました"})
    await loop.post(f"cases/{case_id}/resolve")
    before, queued = len(loop.told(SlaApplied)), len(loop.told(WorkQueued))
    await loop.write(text="ありがとう")
    assert (len(loop.told(SlaApplied)), len(loop.told(WorkQueued))) == (before, queued + 1)
    assert ((await loop.work(case_id)).closing_thanks, (await loop.case(case_id))["status"]) == (True, "open")
    await loop.post(f"cases/{case_id}/resolve")
    loop.configs.accept(tenant_config(2, sla_policies=[STANDARD | {"closing_thanks": {"reopens": False}}]))
    await loop.write(text="ありがとう")
    assert len(loop.told(WorkQueued)) == queued + 1
    assert (await loop.work(case_id), (await loop.case(case_id))["status"]) == (None, "resolved")


async def test_whoever_is_turned_away_is_told_once_and_may_ask_again(loop: Loop) -> None:
    full = {"when": "waiting", "over_items": 0, "action": "end", "message": "full"}
    texts = {"full": {"ja": "ただいま混み合っております。"}}
    queues = [{"id": "main", "overflow_before": [full]}]
    loop.configs.accept(tenant_config(2, queues=queues, texts=texts, sla_policies=[STANDARD]))
    first, second = await loop.write("U1"), await loop.write("U2")
    assert [(one.case_id, one.message) for one in loop.told(WorkTurnedAway)] == [(second, "full")]
    shown = await loop.case(second)
    assert (shown["status"], shown["resolution"], shown["routing"]["work_state"]) == ("resolved", "turned_away", "done")
    (send,) = loop.told(SendRequested)
    assert (send.case_id, send.content.text) == (second, "ただいま混み合っております。")
    await loop.again()
    assert len(loop.told(SendRequested)) == 1
    await loop.post(f"cases/{first}/resolve")
    assert await loop.write("U2", "もしもし") == second
    back = await loop.case(second)
    assert (back["status"], back["routing"]["work_state"]) == ("open", "queued")
    assert ((await loop.work(second)).closing_thanks, (await loop.clock(second))["state"]) == (False, "running")


async def test_a_promise_is_told_once_and_stops_no_clock(loop: Loop) -> None:
    busy = {"when": "waiting", "over_items": 0, "action": "promise", "message": "later"}
    queues = [{"id": "main", "overflow_before": [busy]}]
    texts = {"later": {"ja": "のちほどご連絡いたします。"}}
    loop.configs.accept(tenant_config(2, queues=queues, texts=texts, sla_policies=[STANDARD]))
    await loop.write("U1")
    case_id = await loop.write("U2")
    assert [one.case_id for one in loop.told(CallbackPromised)] == [case_id]
    await loop.again()
    assert [one.content.text for one in loop.told(SendRequested)] == ["のちほどご連絡いたします。"]
    assert (await loop.clock(case_id, "first_response"))["state"] == "running"
    assert (await loop.case(case_id))["routing"]["work_state"] == "queued"


async def test_what_a_breach_does_is_done_once_and_shown(loop: Loop) -> None:
    actions = [
        {"tag": "late"},
        {"raise_priority": 1},
        {"notify_supervisor": "team-lead"},
        {"webhook": "pager"},
        {"move_queue": "escalations"},
    ]
    hurry = {"metric": "first_response", "target": "PT0.3S", "on_breach": actions}
    loop.configs.accept(tenant_config(2, sla_policies=[{"id": "hurry", "targets": [hurry, RESOLUTION]}]))
    case_id = await loop.write()
    await loop.post(f"cases/{case_id}", {"priority": 7}, "PATCH")

    async def moved() -> bool:
        return str((await loop.case(case_id))["routing"]["queue"]) == "escalations"

    await loop.until(moved)
    await loop.again()
    assert len(loop.told(SlaActionTaken)) == len(actions)
    (webhook,), (notified,) = loop.told(WebhookRequested), loop.told(SupervisorNotified)
    assert (webhook.webhook, webhook.type, webhook.data.metric) == ("pager", "sla.breached", "first_response")
    assert (notified.whom, notified.trigger) == ("team-lead", "breach")
    shown, item = await loop.case(case_id), await loop.work(case_id)
    assert (shown["tags"], shown["priority"], item.priority) == (["late"], 1, 1)
    assert (item.attributes["case"]["tags"], item.queue) == (["late"], "escalations")
    clock = await loop.clock(case_id, "first_response")
    assert (clock["state"], clock["breached_at"] is not None) == ("breached", True)


async def test_the_case_shows_agent_and_pauses_through_an_assignment(loop: Loop) -> None:
    await loop.agent(
        ConfigureAgent(agent_id="aiko", name="愛子", queues=("main",), capacity={"messaging": 2}),
        SetPresence(agent_id="aiko", presence=Presence.AVAILABLE),
    )
    case_id = await loop.write()
    (offer,) = loop.told(WorkOffered)
    await loop.agent(AcceptOffer(case_id=case_id, offer_id=offer.offer_id, agent_id="aiko"))
    await loop.post(f"cases/{case_id}/pause", {"reason": "on_hold"})
    shown = await loop.case(case_id)
    assert (shown["routing"]["agent_id"], shown["routing"]["work_state"]) == ("aiko", "assigned")
    assert (list(shown["pauses"]), shown["routing"]["sla"]["resolution"]["state"]) == (["on_hold"], "paused")
    await loop.post(f"cases/{case_id}/resolve")
    done = await loop.case(case_id)
    assert (done["routing"]["agent_id"], done["routing"]["work_state"], done["pauses"]) == (None, "done", {})


async def test_a_late_message_of_before_the_answer_resumes_neither_side(loop: Loop) -> None:
    case_id = await loop.write()
    await loop.post(f"cases/{case_id}/messages", {"text": "確認します"})
    await loop.write(text="補足です", received_at=datetime.now(UTC) - timedelta(minutes=5))
    assert list((await loop.case(case_id))["pauses"]) == ["waiting_on_customer"]
    assert (await loop.work(case_id)).pauses == ("waiting_on_customer",)
    assert minutes(1) < timedelta(milliseconds=(await loop.clock(case_id))["remaining_ms"])
