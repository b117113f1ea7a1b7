"""A bot answers, hands over, gets back; whoever has moved on hears nothing of it any more."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from contracts.cases import CaseChanged, CaseResolved, MessageAdded
from contracts.handling import BotAsked, HandlingChanged
from contracts.outbound import SendRequested
from contracts.routing import AgentReplied, CustomerWrote, WorkClosed, WorkRequested
from contracts.values import AuthorKind

pytestmark = pytest.mark.integration


@pytest.mark.parametrize("place", [{}, {"channels": (), "accounts": ("line-main",)}], ids=["channel", "account"])
async def test_the_bot_is_asked_and_nobody_else(bots, place) -> None:
    bots.faq(place)
    case_id = await bots.write("営業時間は？")
    added, changed, asked = await bots.emitted(MessageAdded, HandlingChanged, BotAsked, WorkRequested)
    assert (changed.state.value, changed.previous, changed.reason) == ("bot", None, "began")
    assert (asked.bot_id, asked.version, asked.seq, asked.content.text) == ("faq", 2, 1, "営業時間は？")
    assert (asked.message_id, asked.case_id) == (added.message_id, case_id)
    (turn,) = await bots.turns()
    assert (turn["case_id"], turn["version"], turn["message"]["content"]["text"]) == (str(case_id), 2, "営業時間は？")
    assert (await bots.house.api.get(f"/v1/cases/{case_id}")).json()["handling"]["state"] == "bot"


async def test_a_bots_answer_is_sent_in_its_name_and_the_router_hears_nothing(bots) -> None:
    case_id = await bots.write()
    await bots.emitted()
    answer = await bots.reply(case_id, 2)
    assert (answer.status_code, answer.json()["outcome"]) == (201, "sent")
    told = answer.json()["handling"]
    assert (told["version"], told["lease_until"], told["unanswered_since"]) == (3, None, None)
    added, send = await bots.emitted()
    assert (added.author.kind, added.author.id, send.author.kind) == (AuthorKind.BOT, "faq", AuthorKind.BOT)
    assert answer.json()["message"]["message_id"] == str(send.message_id)
    assert await bots.turns() == []
    assert await bots.history(case_id) == [("customer", "営業時間は？", False), ("bot", "9時からです。", False)]


async def test_an_answer_to_older_words_is_refused_and_not_sent(bots) -> None:
    case_id = await bots.write()
    await bots.write("あと、場所は？")
    await bots.emitted()
    stale = await bots.reply(case_id, 2)
    assert (stale.status_code, stale.json()["code"]) == (409, "conversation_moved_on")
    assert await bots.emitted() == []
    assert (await bots.reply(case_id, 3)).status_code == 201
    again = await bots.reply(case_id, 3, "もう一度")
    assert (again.status_code, again.json()["code"]) == (409, "conversation_moved_on")
    assert [said for _, said, _ in await bots.history(case_id)] == ["営業時間は？", "あと、場所は？", "9時からです。"]


async def test_the_same_key_sends_one_answer(bots) -> None:
    case_id = await bots.write()
    first, second = await bots.reply(case_id, 2, key="k"), await bots.reply(case_id, 2, key="k")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(await bots.emitted(SendRequested)) == 1


async def test_the_customer_is_told_once_that_a_machine_answers(bots) -> None:
    bots.faq({"disclosure": {"ja": "自動応答です。", "en": "A machine answers."}}, language="ja")
    case_id = await bots.write()
    version = (await bots.reply(case_id, 2)).json()["handling"]["version"]
    assert (await bots.reply(case_id, version, "ほかにご用は？")).status_code == 201
    assert (await bots.history(case_id))[1:] == [
        ("bot", "自動応答です。", True),
        ("bot", "9時からです。", False),
        ("bot", "ほかにご用は？", False),
    ]


@pytest.mark.parametrize("text", ["担当者をお願いします", "ＡＧＥＮＴ please", "agentお願い"])
async def test_who_asks_for_a_person_gets_one(bots, text: str) -> None:
    case_id = await bots.write("こんにちは")
    await bots.emitted()
    await bots.write(text)
    changed, wanted = await bots.emitted(HandlingChanged, WorkRequested, BotAsked)
    assert (changed.state.value, changed.previous.value, changed.reason) == ("queued", "bot", "customer_asked")
    assert (wanted.case.id, wanted.message.text, wanted.returned) == (case_id, text, False)
    refused = await bots.reply(case_id, 3)
    assert (refused.status_code, refused.json()["code"]) == (409, "conversation_moved_on")
    await bots.write("まだですか")
    assert [type(event) for event in await bots.emitted(CustomerWrote, WorkRequested, BotAsked)] == [CustomerWrote]


async def test_an_agenda_is_no_agent(bots) -> None:
    await bots.write("What is on the agenda?")
    assert len(await bots.emitted(BotAsked)) == 1


async def test_a_hand_over_brings_summary_fields_queue_and_skills(bots) -> None:
    bots.faq({"handover": {"text": {"ja": "おつなぎします。"}, "queue": "main", "skills": {"japanese": 3}}})
    case_id = await bots.write("返金したい")
    await bots.emitted()
    body = {
        "reason": "needs_refund",
        "summary": "返金を希望。",
        "fields": {"order": "A-1"},
        "queue": "refunds",
        "priority": 2,
        "sentiment": -0.4,
    }
    answer = await bots.ask("POST", f"cases/{case_id}/bot/handover", body, key="h")
    assert (answer.status_code, answer.json()["state"], answer.json()["reason"]) == (200, "queued", "bot_asked")
    facts, changed, wanted, send = await bots.emitted(CaseChanged, HandlingChanged, WorkRequested, SendRequested)
    assert (facts.fields, facts.priority) == ({"order": "A-1"}, 2)
    assert (wanted.queue, wanted.skills, wanted.case.fields, wanted.case.priority) == (
        "refunds",
        {"japanese": 3},
        {"order": "A-1"},
        2,
    )
    assert (wanted.message.text, wanted.message.sentiment) == ("返金したい", -0.4)
    assert (changed.handover.summary, send.content.text) == ("返金を希望。", "おつなぎします。")
    shown = await bots.handling(case_id)
    assert (shown["handover"]["summary"], shown["handover"]["reason"]) == ("返金を希望。", "needs_refund")
    assert [message["content"]["text"] for message in shown["messages"]] == ["返金したい", "おつなぎします。"]
    assert shown["case_fields"] == {"order": "A-1"}
    again = await bots.ask("POST", f"cases/{case_id}/bot/handover", body, key="h")
    assert (again.status_code, again.json()) == (200, answer.json())
    timeline = (await bots.house.api.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert "返金を希望" not in str(timeline)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"queue": "nowhere"}, "/queue"),
        ({"skills": {"latin": 3}}, "/skills/latin"),
        ({"priority": 10}, "/priority"),
        ({"sentiment": -2}, "/sentiment"),
    ],
)
async def test_a_hand_over_to_nowhere_is_refused(bots, body: dict[str, Any], pointer: str) -> None:
    case_id = await bots.write()
    refused = await bots.ask("POST", f"cases/{case_id}/bot/handover", body)
    assert (refused.status_code, refused.json()["pointer"]) == (422, pointer)
    assert (await bots.state(case_id))[0] == "bot"


@pytest.mark.parametrize(
    ("signals", "why"),
    [({"confidence": 0.4}, "low_confidence"), ({"sentiment": -0.9, "confidence": 0.9}, "sentiment")],
)
async def test_what_the_bot_says_of_itself_takes_the_conversation(bots, signals: dict[str, float], why: str) -> None:
    case_id = await bots.write()
    await bots.emitted()
    answer = await bots.reply(case_id, 2, summary="怒っている。", **signals)
    assert (answer.status_code, answer.json()["outcome"], answer.json()["message"]) == (200, "handed_over", None)
    assert (answer.json()["handling"]["reason"], answer.json()["handling"]["handover"]["summary"]) == (
        why,
        "怒っている。",
    )
    (wanted,) = await bots.emitted(SendRequested, WorkRequested)
    assert wanted.message.sentiment == signals.get("sentiment")


async def test_failures_in_a_row_take_it_and_an_understood_message_between_starts_anew(bots) -> None:
    case_id = await bots.write()
    version = 2
    for failed in (True, False, True):
        version = (await bots.reply(case_id, version, "すみません。", failed=failed)).json()["handling"]["version"]
    last = await bots.reply(case_id, version, "すみません。", failed=True)
    assert (last.json()["outcome"], last.json()["handling"]["reason"]) == ("handed_over", "failures")


async def test_a_bot_that_does_not_answer_loses_the_conversation(bots) -> None:
    bots.faq({"lease": "PT0.001S"})
    case_id = await bots.write()
    await bots.emitted()
    assert await bots.clock.round() == 1
    assert (await bots.state(case_id))[:2] == ("queued", "lease_expired")
    assert len(await bots.emitted(WorkRequested)) == 1
    assert await bots.clock.round() == 0
    assert (await bots.reply(case_id, 2)).json()["code"] == "conversation_moved_on"
    assert [said for _, said, _ in await bots.history(case_id)] == ["営業時間は？"]


async def test_a_renewed_lease_lives_on_but_not_for_ever(bots) -> None:
    bots.faq({"lease": "PT30M", "answer_within": "PT40M"})
    case_id = await bots.write()
    first = (await bots.handling(case_id))["lease_until"]
    bots.faq({"lease": "PT40M", "answer_within": "PT40M"})
    (turn,) = await bots.turns()
    renewed = await bots.ask("POST", f"cases/{case_id}/bot/lease", {"version": turn["version"]})
    assert renewed.json()["version"] == turn["version"]
    assert renewed.json()["lease_until"] > first
    again = await bots.ask("POST", f"cases/{case_id}/bot/lease", {"version": turn["version"]})
    assert again.json()["lease_until"] == renewed.json()["lease_until"]


async def test_an_agent_who_writes_first_has_the_conversation(bots) -> None:
    case_id = await bots.write()
    await bots.emitted()
    assert (await bots.house.reply(case_id, "私が承ります。")).status_code == 201
    changed, wanted, replied = await bots.emitted(HandlingChanged, WorkRequested, AgentReplied)
    assert (changed.state.value, changed.agent_id, changed.reason) == ("agent", "aiko", "agent_wrote")
    assert (wanted.case.last_agent_id, replied.author.id) == ("aiko", "aiko")
    assert (await bots.reply(case_id, 2)).json()["code"] == "conversation_moved_on"


async def test_a_note_or_an_automatic_message_takes_nothing(bots) -> None:
    case_id = await bots.write()
    await bots.house.reply(case_id, "自動です。", automatic=True)
    headers = {"x-agent": "aiko", "idempotency-key": uuid4().hex}
    await bots.house.api.post(f"/v1/cases/{case_id}/notes", json={"text": "見ています"}, headers=headers)
    assert (await bots.reply(case_id, 2)).status_code == 201


async def test_agents_and_bots_who_answer_at_once_are_never_both_sent_unseen(bots) -> None:
    case_id = await bots.write()
    await bots.emitted()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        said = [group.create_task(bots.reply(case_id, 2, f"案 {i}")) for i in range(4)]
        group.create_task(bots.house.reply(case_id, "私が承ります。"))
    sent = [task.result().status_code for task in said]
    assert sorted(sent) in ([201, 409, 409, 409], [409, 409, 409, 409])
    authors = [author for author, _, _ in await bots.history(case_id)]
    assert authors.count("bot") == sent.count(201)
    assert (await bots.state(case_id))[0] == "agent"
    assert len(await bots.emitted(WorkRequested)) == 1


async def test_a_hand_over_and_an_expired_lease_ask_for_people_once(bots) -> None:
    bots.faq({"lease": "PT0.001S"})
    case_id = await bots.write()
    await bots.emitted()
    async with asyncio.timeout(30), asyncio.TaskGroup() as group:
        clocks = [group.create_task(bots.clock.round()) for _ in range(3)]
        asked = group.create_task(bots.ask("POST", f"cases/{case_id}/bot/handover", {}))
    assert asked.result().status_code in (200, 409)
    assert sum(task.result() for task in clocks) >= (asked.result().status_code == 409)
    assert len(await bots.emitted(WorkRequested)) == 1
    assert (await bots.state(case_id))[0] == "queued"


async def test_a_bot_ends_what_it_answered_and_begins_again(bots) -> None:
    case_id = await bots.write()
    version = (await bots.reply(case_id, 2)).json()["handling"]["version"]
    stale = await bots.ask("POST", f"cases/{case_id}/bot/resolve", {"version": 2})
    assert stale.json()["code"] == "conversation_moved_on"
    ended = await bots.ask("POST", f"cases/{case_id}/bot/resolve", {"version": version, "reason": "answered"})
    assert (ended.status_code, ended.json()["resolution"]) == (200, "answered")
    assert [type(event) for event in await bots.emitted(CaseResolved, WorkClosed)] == [CaseResolved]
    assert (await bots.state(case_id))[:2] == ("closed", "resolved")
    assert (await bots.reply(case_id, version + 1)).json()["code"] == "conversation_moved_on"
    assert await bots.write("もう一つ") == case_id
    assert (await bots.state(case_id))[:2] == ("bot", "reopened")
    assert (await bots.turns())[0]["message"]["content"]["text"] == "もう一つ"


@pytest.mark.parametrize(("takes", "state"), [("own", "queued"), ("always", "bot"), ("never", "queued")])
async def test_who_gets_what_people_had_and_ended(bots, takes: str, state: str) -> None:
    bots.faq({"takes_reopened": takes})
    case_id = await bots.write()
    await bots.house.reply(case_id, "私が承ります。")
    await bots.house.api.post(f"/v1/cases/{case_id}/resolve", headers={"x-agent": "aiko"})
    assert await bots.write("まだ届きません") == case_id
    assert (await bots.state(case_id))[:2] == (state, "reopened")
