"""Agents and the clock give a conversation back, and the bot goes on."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from contracts.handling import BotAsked, HandlingChanged
from contracts.routing import WorkAssigned, WorkClosed, WorkRequested

pytestmark = pytest.mark.integration


async def assigned(bots: Any, case_id: Any, agent: str = "aiko") -> None:
    now = bots.house.line_message().occurred_at
    event = WorkAssigned(case_id=case_id, assignment_id=uuid4(), agent_id=agent, queue="main", assigned_at=now)
    await bots.house.deliver(event)


async def test_an_agent_gives_the_conversation_back_and_the_bot_goes_on(bots) -> None:
    case_id = await bots.write("担当者をお願いします")
    refused = await bots.give_back(case_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_with_agent")
    await assigned(bots, case_id)
    assert (await bots.state(case_id))[:2] == ("agent", "assigned")
    await bots.house.reply(case_id, "承りました。")
    await bots.emitted()
    back = await bots.give_back(case_id)
    assert (back.status_code, back.json()["state"], back.json()["lease_until"]) == (200, "bot", None)
    changed, closed = await bots.emitted(HandlingChanged, WorkClosed, BotAsked)
    assert (changed.reason, closed.reason) == ("taken_back", "given_to_bot")
    assert (await bots.give_back(case_id)).json()["code"] == "not_with_agent"
    await assigned(bots, case_id, "late")
    assert (await bots.state(case_id))[0] == "bot"
    await bots.write("ほかの質問です")
    (turn,) = await bots.turns()
    assert (await bots.reply(case_id, turn["version"])).status_code == 201
    await bots.emitted()
    await bots.write("agent")
    (wanted,) = await bots.emitted(WorkRequested)
    assert wanted.returned


async def test_an_agent_takes_the_conversation_from_the_bot_without_a_word(bots) -> None:
    case_id = await bots.write("営業時間は？")
    (turn,) = await bots.turns()
    await bots.emitted()
    took = await bots.take(case_id)
    assert (took.status_code, took.json()["state"], took.json()["agent_id"]) == (200, "agent", "aiko")
    changed, wanted = await bots.emitted(HandlingChanged, WorkRequested)
    assert (changed.reason, changed.previous, wanted.case.last_agent_id) == ("agent_took", "bot", "aiko")
    assert (await bots.turns(), took.json()["unanswered_since"] is not None) == ([], True)
    late = await bots.reply(case_id, turn["version"])
    assert (late.status_code, late.json()["code"]) == (409, "conversation_moved_on")
    assert [said[0] for said in await bots.history(case_id)] == ["customer"]


async def test_cases_are_listed_by_who_has_them(bots) -> None:
    waits, asks, taken = [await bots.write("hello", person=f"L{number}") for number in range(3)]
    await bots.write("担当者をお願いします", person="L1")
    await bots.take(taken)
    listed = {who: await bots.listed(handling=who) for who in ("bot", "queued", "agent")}
    assert listed == {"bot": [waits], "queued": [asks], "agent": [taken]}
    assert await bots.listed(handling="agent", status="resolved") == []
    first = await bots.write("hello", person="L4")
    page = (await bots.house.api.get("/v1/cases", params={"handling": "bot", "limit": "1"})).json()
    assert [one["id"] for one in page["items"]] == [str(first)]
    assert await bots.listed(handling="bot", cursor=page["next"]) == [waits]


async def test_what_no_bot_has_is_not_taken_from_one(bots) -> None:
    case_id = await bots.write("担当者をお願いします")
    refused = await bots.take(case_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "not_with_bot")
    assert "queued" in refused.json()["detail"]
    await assigned(bots, case_id)
    assert (await bots.take(case_id)).json()["code"] == "not_with_bot"
    bots.configure()
    other = await bots.write("x", person="Unobody")
    assert (await bots.take(other)).json()["code"] == "not_with_bot"
    nobody = await bots.take(case_id, **{"x-agent": ""})
    assert (nobody.status_code, nobody.json()["code"]) == (403, "agents_only")


async def test_a_customer_who_waits_is_the_bots_to_answer_when_it_gets_back(bots) -> None:
    case_id = await bots.write("担当者をお願いします")
    await assigned(bots, case_id)
    await bots.write("もしもし")
    await bots.emitted()
    assert (await bots.give_back(case_id)).json()["lease_until"] is not None
    (asked,) = await bots.emitted(BotAsked)
    assert asked.content.text == "もしもし"
    assert (await bots.reply(case_id, asked.version)).status_code == 201


async def test_a_conversation_that_people_answered_and_left_goes_back(bots) -> None:
    bots.faq({"idle_back_after": "PT0.001S"})
    case_id = await bots.write("hello")
    await bots.house.reply(case_id, "承りました。")
    await bots.write("お願いします")
    assert await bots.clock.round() == 0
    await bots.house.reply(case_id, "終わりました。")
    await bots.emitted()
    assert await bots.clock.round() == 1
    assert (await bots.state(case_id))[:2] == ("bot", "idle")
    assert [type(event) for event in await bots.emitted(WorkClosed, BotAsked)] == [WorkClosed]
    assert await bots.clock.round() == 0


async def waited_for(bots: Any) -> list[dict[str, Any]]:
    """As a bot does: asks again when nothing came within its wait."""
    while not (found := (await bots.ask("GET", "bots/faq/turns?wait=15")).json()["items"]):
        pass
    return list(found)


async def test_a_bot_that_waits_for_a_turn_gets_it_when_it_comes(bots) -> None:
    assert await bots.turns() == []
    async with asyncio.timeout(60), asyncio.TaskGroup() as group:
        waiting = group.create_task(waited_for(bots))
        case_id = await bots.write("もしもし")
    assert [turn["case_id"] for turn in waiting.result()] == [str(case_id)]


async def test_each_conversation_of_a_case_is_told_that_a_machine_answers(bots) -> None:
    bots.faq({"disclosure": {"ja": "自動応答です。"}})
    case_id = await bots.write()
    await bots.reply(case_id, 2)
    customer_id = await bots.house.customer_of("line-main", "U1")
    assert (await bots.house.link(customer_id, "+81312345678")).status_code == 201
    for text in ("WhatsApp からです", "もう一つ"):
        await bots.house.deliver(bots.house.whatsapp_message(text=text))
        (turn,) = await bots.turns()
        assert (await bots.reply(case_id, turn["version"], f"{text}ね")).json()["message"]["channel"] == "whatsapp"
    assert [said for author, said, _ in await bots.history(case_id) if author == "bot"] == [
        "自動応答です。",
        "9時からです。",
        "自動応答です。",
        "WhatsApp からですね",
        "もう一つね",
    ]
