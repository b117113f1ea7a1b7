"""From the request to the provider and back, on a real database and real sockets."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from house import House, line, request, webhook, whatsapp
from provider_server import Answer, Seen

from contracts.outbound import SendAccepted, SendFailed, SendMethod
from notifier.entrypoints import sender
from runtime.testing.spans import recorded_spans

pytestmark = pytest.mark.integration

LINE_OK = Answer(200, {"sentMessages": [{"id": "501"}]})
WA_OK = Answer(200, {"messages": [{"id": "wamid.1"}]})


class RetryKeys:
    """LINE's memory: the same key is accepted once."""

    def __init__(self) -> None:
        self.accepted: dict[str, str] = {}

    def __call__(self, seen: Seen) -> Answer:
        key = seen.headers["x-line-retry-key"]
        if key in self.accepted:
            return Answer(409, {"message": "already accepted", "sentMessages": [{"id": self.accepted[key]}]})
        self.accepted[key] = str(len(self.accepted) + 1)
        return Answer(200, {"sentMessages": [{"id": self.accepted[key]}]})


async def test_a_reply_goes_out_by_its_token_and_is_told(house: House) -> None:
    house.provider.script.append(LINE_OK)
    asked = request(line(token="rt-1"))
    await house.hear(asked)
    await house.rounds()
    (seen,) = house.provider.seen
    assert seen.path == "/line/v2/bot/message/reply"
    assert seen.headers["authorization"] == "Bearer value-of-LINE"
    assert seen.json == {"replyToken": "rt-1", "messages": [{"type": "text", "text": "はい"}]}
    (told,) = house.told()
    assert isinstance(told, SendAccepted)
    assert told.model_dump(exclude={"accepted_at"}) == {
        "message_id": asked.message_id,
        "case_id": asked.case_id,
        "conversation_id": asked.paths[0].conversation_id,
        "channel": "line",
        "account": "line-main",
        "method": SendMethod.REPLY,
        "provider_message_ids": ("501",),
        "attempts": 1,
    }
    assert house.producer.records[0].key == str(asked.paths[0].conversation_id).encode()
    assert await house.attempts(asked.message_id) == [("accepted", 200)]


async def test_a_request_heard_twice_is_sent_once(house: House) -> None:
    asked = request(webhook())
    await house.hear(asked, asked)
    await house.hear(asked)
    await house.rounds()
    assert len(house.provider.seen) == 1
    assert house.told_as() == ["SendAccepted"]


async def test_one_trace_from_the_event_to_the_provider(house: House) -> None:
    with recorded_spans() as spans:
        house.provider.script.append(LINE_OK)
        await house.hear(request(line()))
        await house.rounds()
        process, send = spans.named("process outbound.messages"), spans.named("send line")
    assert send["trace_id"] == process["trace_id"]
    assert send["parent_id"] == process["span_id"]
    assert send["kind"] == "client"
    assert send["attributes"]["http.response.status_code"] == 200
    assert house.provider.seen[0].headers["traceparent"].split("-")[1:3] == [send["trace_id"], send["span_id"]]
    headers = dict(house.producer.records[0].headers)
    assert headers["traceparent"].decode().split("-")[1] == send["trace_id"]


async def test_a_refused_reply_token_leads_to_a_push_at_once(house: House) -> None:
    house.provider.script += [Answer(400, {"message": "Invalid reply token"}), LINE_OK]
    asked = request(line(token="rt-1"))
    await house.hear(asked)
    await house.rounds()
    assert [seen.path.rpartition("/")[2] for seen in house.provider.seen] == ["reply", "push"]
    key = house.provider.seen[1].headers["x-line-retry-key"]
    assert key == str((await house.row(asked.message_id))["idempotency_key"])
    assert house.told()[0].method is SendMethod.PUSH
    assert await house.attempts(asked.message_id) == [("reply_token_invalid", 400), ("accepted", 200)]


async def test_a_closed_window_falls_back_to_the_next_channel(house: House) -> None:
    house.provider.script.append(LINE_OK)
    asked = request(whatsapp(hours=-1), line())
    await house.hear(asked)
    await house.rounds()
    assert [seen.path for seen in house.provider.seen] == ["/line/v2/bot/message/push"]
    assert house.told()[0].conversation_id == asked.paths[1].conversation_id


async def test_a_window_that_the_provider_calls_closed_falls_back_too(house: House) -> None:
    house.provider.script += [Answer(400, {"error": {"code": 131047, "message": "Re-engagement"}}), LINE_OK]
    await house.hear(request(whatsapp(), line()))
    await house.rounds()
    assert [seen.path for seen in house.provider.seen] == ["/whatsapp/4711/messages", "/line/v2/bot/message/push"]


async def test_no_legal_way_fails_with_a_sentence_for_the_agent(house: House) -> None:
    asked = request(whatsapp(hours=-1))
    await house.hear(asked)
    await house.rounds()
    (told,) = house.told()
    assert isinstance(told, SendFailed)
    assert (told.code, told.attempts, told.dead_lettered) == ("window_closed", 0, False)
    assert "opens again when the customer writes" in told.reason
    assert house.provider.seen == []


async def test_a_failure_is_retried_on_schedule_and_keeps_the_key(house: House) -> None:
    house.provider.script += [Answer(429, {"message": "slow down"}, {"Retry-After": "30"}), LINE_OK]
    asked = request(line())
    await house.hear(asked)
    await house.rounds()
    assert (await house.row(asked.message_id))["state"] == "retry"
    await house.later(timedelta(seconds=25))
    await house.rounds()
    assert len(house.provider.seen) == 1
    await house.later(timedelta(seconds=6))
    await house.rounds()
    first, second = house.provider.seen
    assert first.headers["x-line-retry-key"] == second.headers["x-line-retry-key"]
    assert first.body == second.body
    assert house.told()[0].attempts == 2


async def test_an_expired_message_is_not_sent(house: House) -> None:
    house.provider.script.append(Answer(429))
    asked = request(line(), expires_in=timedelta(seconds=60))
    await house.hear(asked)
    await house.rounds()
    await house.later(timedelta(seconds=70))
    await house.rounds()
    assert len(house.provider.seen) == 1
    assert (await house.row(asked.message_id))["state"] == "expired"
    assert [event.code for event in house.told()] == ["expired"]


async def test_a_bug_of_ours_ends_in_the_dead_letter_list(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    carrier = house.notifier.sender._carrier

    def explode(self: Any, *_: Any) -> None:
        raise KeyError("a customer's words")

    monkeypatch.setattr(type(carrier), "_prepare", explode)
    asked = request(line())
    await house.hear(asked)
    for _ in range(3):
        await house.rounds()
        await house.later(timedelta(hours=1))
    (told,) = house.told()
    assert (told.code, told.dead_lettered, told.attempts) == ("internal_error", True, 3)
    assert told.reason == "the notifier failed: KeyError"
    assert (await house.row(asked.message_id))["state"] == "dead"


async def test_parts_that_were_taken_are_not_sent_again(house: House) -> None:
    first, lost, second = LINE_OK, Answer(fault="reset"), Answer(200, {"sentMessages": [{"id": "502"}]})
    house.provider.script += [first, lost, second]
    asked = request(line(), text="あ" * 5000 * 6)
    await house.hear(asked)
    await house.rounds()
    row = await house.row(asked.message_id)
    assert (row["state"], row["parts_done"], row["parts_total"]) == ("ambiguous", 1, 2)
    await house.later(timedelta(seconds=10))
    await house.rounds()
    keys = [seen.headers["x-line-retry-key"] for seen in house.provider.seen]
    assert keys[1] == keys[2] != keys[0]
    assert house.told()[-1].provider_message_ids == ("501", "502")
    known = await house.database.system.fetch("SELECT * FROM provider_message ORDER BY provider_message_id")
    account = asked.paths[0].account
    assert [tuple(row) for row in known] == [("acme", account, "501"), ("acme", account, "502")]


async def test_our_own_limit_puts_off_without_an_attempt(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[timedelta | None] = [timedelta(seconds=20), None]

    class Limit:
        async def take(self, wanted: Any) -> timedelta | None:
            return waits.pop(0)

    carrier = house.notifier.sender._carrier
    object.__setattr__(carrier, "limit", Limit())
    house.provider.script.append(LINE_OK)
    asked = request(line())
    await house.hear(asked)
    await house.rounds()
    row = await house.row(asked.message_id)
    assert (row["state"], row["attempt"]) == ("pending", 0)
    await house.later(timedelta(seconds=21))
    await house.rounds()
    assert house.told()[0].attempts == 1


async def test_an_unconfigured_account_waits_for_its_configuration(house: House) -> None:
    path = line().model_copy(update={"account": "line-new"})
    asked = request(path)
    await house.hear(asked)
    await house.rounds()
    row = await house.row(asked.message_id)
    assert (row["state"], row["last_code"], row["attempt"]) == ("retry", "channel_broken", 0)


async def test_a_commit_wakes_the_sender(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender, "_IDLE_SECONDS", 600.0)
    house.provider.script += [LINE_OK, LINE_OK]
    async with asyncio.TaskGroup() as group:
        running = group.create_task(house.run())
        await house.hear(request(line()))
        async with asyncio.timeout(30):
            await house.provider.arrived.wait()
        house.provider.arrived.clear()
        await house.hear(request(line()))
        async with asyncio.timeout(30):
            await house.provider.arrived.wait()
        await house.stop(running)


async def test_an_attempt_under_way_ends_and_is_recorded_when_the_process_stops(house: House) -> None:
    answered = asyncio.Event()
    house.provider.script.append(Answer(200, {"sentMessages": [{"id": "501"}]}, wait=answered))
    asked = request(line())
    async with asyncio.TaskGroup() as group:
        running = group.create_task(house.run())
        await house.hear(asked)
        await house.provider.arrived.wait()
        running.cancel()
        await house.hear(request(line()))
        answered.set()
        await asyncio.wait([running])
    assert (await house.row(asked.message_id))["state"] == "accepted"
    assert len(house.provider.seen) == 1
    assert house.told_as() == ["SendAccepted"]


async def test_a_used_up_quota_lets_a_linked_channel_go_first(house: House) -> None:
    """The first message finds out, the next ones make no request that would be refused; LINE's free replies go on."""
    spent = Answer(429, {"message": "You have reached your monthly limit."})
    house.provider.script += [spent, WA_OK, WA_OK, LINE_OK]
    for paths in ((line(), whatsapp()), (line(), whatsapp()), (line(token="rt-1"), whatsapp())):
        await house.hear(request(*paths))
        await house.rounds()
    paths = [seen.path.split("/")[1] for seen in house.provider.seen]
    assert paths == ["line", "whatsapp", "whatsapp", "line"]
    assert [(told.channel, told.method) for told in house.told()] == [
        ("whatsapp", "free_form"),
        ("whatsapp", "free_form"),
        ("line", "reply"),
    ]


async def test_a_used_up_quota_without_another_way_is_told(house: House) -> None:
    house.provider.script.append(Answer(429, {"message": "You have reached your monthly limit."}))
    for _ in range(2):
        await house.hear(request(line()))
        await house.rounds()
    assert [(told.code, "monthly limit" in told.reason) for told in house.told()] == [
        ("permanent:line_monthly_limit", True)
    ] * 2
    assert len(house.provider.seen) == 1
