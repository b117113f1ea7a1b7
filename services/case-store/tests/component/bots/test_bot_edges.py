"""Who else speaks in a bot's conversation, what other applications do to it, and who may not."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.config import SlaPolicy, SlaTarget
from contracts.handling import BotAsked, HandlingChanged
from contracts.inbound import ContactChange, ContactChanged, MessageEchoed, MessageEdited, MessageUnsent
from contracts.routing import AgentReplied, CustomerWrote, WorkAssigned, WorkRequested, WorkRequeued
from contracts.values import Call, CallStatus, Content, ContentKind

pytestmark = pytest.mark.integration


def beside(bots: Any, kind: type[Any], **said: Any) -> Any:
    """An event of the same person and conversation as `write`'s messages."""
    message = bots.house.line_message()
    shared = ("channel", "account", "conversation", "occurred_at", "received_at", "contact")
    return kind(**{name: getattr(message, name) for name in shared}, provider_event_id=uuid4().hex, **said)


def echo(bots: Any, text: str = "店長です。", **said: Any) -> MessageEchoed:
    content = Content(kind=ContentKind.TEXT, text=text)
    return beside(bots, MessageEchoed, **{"provider_message_id": uuid4().hex, "content": content, "by": "app"} | said)


async def test_a_foreign_echo_takes_the_conversation_until_the_customer_asks_people(bots) -> None:
    case_id = await bots.write()
    await bots.emitted()
    await bots.house.deliver(echo(bots))
    (changed,) = await bots.emitted(HandlingChanged, WorkRequested)
    assert (changed.state.value, changed.agent_id, changed.reason) == ("agent", "elsewhere", "echo")
    assert (await bots.reply(case_id, 2)).json()["code"] == "conversation_moved_on"
    await bots.write("店長さん、いつですか")
    assert (await bots.state(case_id))[:2] == ("queued", "customer_wrote")
    (wanted,) = await bots.emitted(WorkRequested, BotAsked)
    assert wanted.returned


async def test_the_echo_of_the_bots_own_answer_takes_nothing(bots) -> None:
    case_id = await bots.write()
    message_id = (await bots.reply(case_id, 2)).json()["message"]["message_id"]
    async with bots.house.transactions.begin("acme") as work:
        await work.connection.execute(
            "INSERT INTO provider_message VALUES ('acme', 'line-main', 'own-1', $1::text::uuid)", message_id
        )
    await bots.house.deliver(echo(bots, provider_message_id="own-1"))
    assert (await bots.state(case_id))[0] == "bot"
    assert len(await bots.history(case_id)) == 2


async def test_while_another_application_holds_the_chat_the_bot_is_silent(bots) -> None:
    """LINE's mode standby, Messenger's standby list."""
    case_id = await bots.write()
    await bots.write("ほかのアプリへ", standby=True)
    assert (await bots.state(case_id))[:2] == ("agent", "control_lost")
    assert (await bots.reply(case_id, 2)).json()["code"] == "conversation_moved_on"
    await bots.emitted()
    await bots.write("こちらへ戻りました")
    assert (await bots.state(case_id))[:2] == ("bot", "control_gained")
    (asked,) = await bots.emitted(BotAsked, WorkRequested)
    assert asked.content.text == "こちらへ戻りました"


async def test_control_that_is_passed_on_and_back_is_followed(bots) -> None:
    """Messenger's pass and take thread control, LINE's bot suspended and resumed."""
    case_id = await bots.write()
    await bots.house.deliver(beside(bots, ContactChanged, change=ContactChange.CONTROL_LOST))
    assert (await bots.state(case_id))[:2] == ("agent", "control_lost")
    await bots.house.deliver(beside(bots, ContactChanged, change=ContactChange.CONTROL_GAINED))
    assert (await bots.state(case_id))[:2] == ("bot", "control_gained")


async def test_who_answers_words_that_were_changed_or_taken_back_is_refused(bots) -> None:
    message = bots.house.line_message(text="営業時間は？")
    case_id = await bots.house.open_case(message)
    await bots.emitted()
    changed = Content(kind=ContentKind.TEXT, text="定休日は？")
    known: dict[str, Any] = {"provider_message_id": message.provider_message_id}
    await bots.house.deliver(beside(bots, MessageEdited, content=changed, **known))
    assert (await bots.reply(case_id, 2)).json()["code"] == "conversation_moved_on"
    (asked,) = await bots.emitted(BotAsked)
    assert (asked.version, asked.content.text) == (3, "定休日は？")
    await bots.house.deliver(beside(bots, MessageUnsent, **known))
    assert (await bots.reply(case_id, 3)).json()["code"] == "conversation_moved_on"
    assert (await bots.emitted(BotAsked))[0].content.text is None


async def test_an_absence_note_asks_no_bot(bots) -> None:
    case_id = await bots.write()
    version = (await bots.reply(case_id, 2)).json()["handling"]["version"]
    await bots.write("不在です", automatic=True)
    assert (await bots.reply(case_id, version)).status_code == 201


async def test_a_call_is_for_people(bots) -> None:
    case_id = await bots.write()
    call = Content(kind=ContentKind.CALL, call=Call(id="c1", status=CallStatus.MISSED))
    await bots.write(content=call)
    assert (await bots.state(case_id))[:2] == ("queued", "call")


async def test_another_bot_and_a_token_of_no_bot_see_and_do_nothing(bots) -> None:
    case_id = await bots.write()
    for method, path, body in (
        ("GET", f"cases/{case_id}/bot", None),
        ("POST", f"cases/{case_id}/bot/replies", {"version": 2, "text": "x"}),
        ("POST", f"cases/{case_id}/bot/handover", {}),
        ("POST", f"cases/{case_id}/bot/lease", {}),
        ("POST", f"cases/{case_id}/bot/resolve", {"version": 2}),
    ):
        foreign = await bots.ask(method, path, body, bot="other")
        assert (foreign.status_code, foreign.json()["code"]) == (404, "case_not_found"), path
        headers = {"x-scopes": "cases:read cases:write", "idempotency-key": "k"}
        refused = await bots.house.api.request(method, f"/v1/{path}", headers=headers, json=body)
        assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing"), path
        nameless = await bots.house.api.request(
            method, f"/v1/{path}", headers=headers | {"x-scopes": "bots:act"}, json=body
        )
        assert (nameless.status_code, nameless.json()["code"]) == (403, "scope_missing"), path
    assert (await bots.ask("GET", "bots/faq/turns", bot="other")).status_code == 403
    assert (await bots.ask("GET", f"cases/{case_id}/messages")).status_code == 403
    assert (await bots.ask("GET", f"cases/{case_id}/bot")).json()["messages"][0]["seq"] == 1
    assert (await bots.state(case_id))[2] == 2


async def test_a_bots_voice_by_the_common_door_is_refused_where_a_bot_serves(bots) -> None:
    case_id = await bots.write()
    body = {"text": "x", "author": {"kind": "bot", "id": "faq"}}
    refused = await bots.house.api.post(f"/v1/cases/{case_id}/messages", json=body, headers={"idempotency-key": "k"})
    assert (refused.status_code, refused.json()["code"]) == (409, "not_the_bots_door")


async def test_a_bot_that_is_switched_off_loses_its_conversations_to_people(bots) -> None:
    case_id = await bots.write()
    bots.faq({"enabled": False})
    refused = await bots.reply(case_id, 2)
    assert (refused.status_code, refused.json()["code"]) == (409, "bot_gone")
    await bots.write("もしもし")
    assert (await bots.state(case_id))[:2] == ("queued", "bot_gone")
    assert len(await bots.emitted(WorkRequested)) == 1
    await bots.house.deliver(bots.house.line_message("U2"))
    assert len(await bots.emitted(WorkRequested)) == 1


async def test_people_who_were_asked_for_while_no_bot_was_configured_keep_the_case(bots) -> None:
    case_id = await bots.write()
    bots.configure()
    await bots.write("もしもし")
    bots.faq()
    await bots.emitted()
    assert (await bots.reply(case_id, 2)).json()["code"] == "conversation_moved_on"
    await bots.write("まだですか")
    assert [type(event) for event in await bots.emitted(CustomerWrote, BotAsked)] == [CustomerWrote]
    assert (await bots.state(case_id))[:2] == ("queued", "bot_gone")


async def test_a_case_that_ended_while_no_bot_was_configured_is_closed_by_the_clock(bots) -> None:
    bots.faq({"lease": "PT0.001S"})
    case_id = await bots.write()
    bots.configure()
    await bots.house.api.post(f"/v1/cases/{case_id}/resolve", headers={"x-agent": "aiko"})
    assert [await bots.clock.round() for _ in range(2)] == [1, 0]
    assert (await bots.state(case_id))[0] == "closed"


async def test_an_echo_while_people_are_asked_for_leaves_the_work_in_its_queue(bots) -> None:
    bots.faq({"idle_back_after": "PT0.001S", "triggers": {"words": ["担当者"]}})
    case_id = await bots.write("担当者を")
    await bots.house.deliver(echo(bots))
    shown = await bots.handling(case_id)
    assert (shown["state"], shown["unanswered_since"], await bots.clock.round()) == ("queued", None, 0)
    await bots.house.api.post(f"/v1/cases/{case_id}/resolve", headers={"x-agent": "aiko"})
    await bots.house.deliver(echo(bots, "終わりました"))
    assert (await bots.state(case_id))[0] == "closed"
    assert (await bots.history(case_id))[-1] == ("agent", "終わりました", False)


async def test_a_case_that_people_have_when_bots_are_introduced_stays_theirs(bots) -> None:
    bots.configure()
    case_id = await bots.write()
    bots.faq()
    await bots.write("続きです")
    assert [type(event) for event in await bots.emitted(CustomerWrote, BotAsked)] == [CustomerWrote]
    assert (await bots.house.api.get(f"/v1/cases/{case_id}")).json()["handling"] is None
    assert (await bots.house.api.get(f"/v1/cases/{case_id}/handling")).json()["code"] == "handling_not_found"


async def test_clocks_start_with_the_first_message_where_the_tenant_says_so(bots) -> None:
    """The router gets the bot's part too: the policy says whether a bot's answer counts."""
    policy = SlaPolicy(id="p", targets=(SlaTarget(metric="first_response", target=timedelta(hours=1)),))
    bots.faq({"clocks_from": "first_message"}, sla_policies=(policy,))
    case_id = await bots.write()
    started = (await bots.turns())[0]["unanswered_since"]
    await bots.reply(case_id, 2)
    await bots.write("違います")
    waits = (await bots.turns())[0]
    await bots.ask("POST", f"cases/{case_id}/bot/handover", {})
    wanted, replied, wrote = await bots.emitted(WorkRequested, AgentReplied, CustomerWrote)
    shown = [each.isoformat(timespec="milliseconds")[:23] for each in (wanted.requested_at, wrote.wrote_at)]
    assert shown == [started[:23], waits["unanswered_since"][:23]]
    assert (replied.author.kind.value, wanted.requested_at < replied.replied_at < wrote.wrote_at) == ("bot", True)


async def test_without_it_they_start_with_the_hand_over(bots) -> None:
    case_id = await bots.write()
    waits = (await bots.turns())[0]["unanswered_since"]
    await bots.ask("POST", f"cases/{case_id}/bot/handover", {})
    (wanted,) = await bots.emitted(WorkRequested)
    assert wanted.requested_at.isoformat(timespec="milliseconds")[:23] > waits[:23]


async def test_merged_cases_have_one_party_and_people_outrank_bots(bots) -> None:
    mine = await bots.write()
    await bots.house.deliver(bots.house.whatsapp_message("+81312345678", "agent 担当者"))
    theirs = await bots.house.value("SELECT id FROM customer_case WHERE id <> $1", mine)
    await bots.ask("POST", f"cases/{theirs}/bot/handover", {})
    await bots.emitted()
    body = {"into": str(mine), "merge_customers": True}
    merged = await bots.house.api.post(f"/v1/cases/{theirs}/merge", json=body, headers={"x-agent": "aiko"})
    assert merged.status_code == 200
    assert (await bots.state(theirs))[:2] == ("closed", "merged")
    assert (await bots.state(mine))[:2] == ("queued", "merged")
    assert len(await bots.emitted(WorkRequested)) == 1


async def test_two_conversations_of_a_bot_become_one_and_it_is_asked_anew(bots) -> None:
    mine = await bots.write()
    version = (await bots.reply(mine, 2)).json()["handling"]["version"]
    await bots.house.deliver(bots.house.whatsapp_message(text="まだ返事がありません"))
    theirs = await bots.house.value("SELECT id FROM customer_case WHERE id <> $1", mine)
    await bots.emitted()
    await bots.house.api.post(f"/v1/cases/{theirs}/merge", json={"into": str(mine), "merge_customers": True})
    (asked,) = await bots.emitted(BotAsked, WorkRequested)
    assert (asked.case_id, asked.version, asked.content.text) == (mine, version + 1, "まだ返事がありません")


async def test_a_router_that_gives_work_back_asks_for_people_again(bots) -> None:
    case_id = await bots.write("担当者をお願いします")
    now = bots.house.line_message().occurred_at
    stated: dict[str, Any] = {"case_id": case_id, "queue": "main"}
    await bots.house.deliver(WorkAssigned(assignment_id=uuid4(), agent_id="aiko", assigned_at=now, **stated))
    assert (await bots.handling(case_id))["agent_id"] == "aiko"
    await bots.house.deliver(WorkRequeued(reason="away", requeued_at=now, **stated))
    assert (await bots.state(case_id))[:2] == ("queued", "requeued")


async def test_a_bot_types_only_in_its_own_conversation(bots) -> None:
    case_id = await bots.write()
    await bots.emitted()
    shown = await bots.ask("POST", f"cases/{case_id}/bot/signals", {"signal": "typing"})
    assert (shown.status_code, (await bots.emitted())[0].author.id) == (202, "faq")
    await bots.house.reply(case_id)
    late = await bots.ask("POST", f"cases/{case_id}/bot/signals", {"signal": "typing"})
    assert (late.status_code, late.json()["code"]) == (409, "conversation_moved_on")
