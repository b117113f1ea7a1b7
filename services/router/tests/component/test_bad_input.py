"""Commands and configurations that make no sense: a clear refusal with its place, and the state as it was."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import routing
from contracts.config import Calendar, OpenHours, OverflowAfter, Queue, QueueShare, RoutingRule
from contracts.values import Author, AuthorKind, CaseFacts, ContentKind, CustomerFacts, MessageFacts

CASE = uuid4()
AGENT = Author(kind=AuthorKind.AGENT, id="aiko")
MESSAGE = MessageFacts(id=uuid4(), channel="line", account="line-main", kind=ContentKind.TEXT, text="hello?")
OFFICE = Calendar(id="office", timezone="Asia/Tokyo", hours=(OpenHours(days=("mon",), opens="09:00", until="18:00"),))


def facts(room: Any) -> list[Any]:
    now = room.now
    return [
        routing.CustomerWrote(case_id=CASE, message=MESSAGE, wrote_at=now),
        routing.AgentReplied(case_id=CASE, message_id=uuid4(), author=AGENT, replied_at=now),
        routing.WorkPaused(case_id=CASE, reason="on_hold", paused_at=now),
        routing.WorkResumed(case_id=CASE, reason="on_hold", resumed_at=now),
        routing.CaseFactsChanged(
            case=CaseFacts(id=CASE, opened_at=now, priority=1), customer=CustomerFacts(id=uuid4()), changed_at=now
        ),
        routing.WorkMerged(case_id=CASE, into_case_id=uuid4(), merged_at=now),
        routing.WorkClosed(case_id=CASE, reason="resolved", by=AGENT, closed_at=now),
    ]


def orders() -> list[Any]:
    return [
        routing.AcceptOffer(case_id=CASE, offer_id=uuid4(), agent_id="aiko"),
        routing.DeclineOffer(case_id=CASE, offer_id=uuid4(), agent_id="aiko"),
        routing.PickWork(case_id=CASE, agent_id="aiko"),
        routing.RequeueWork(case_id=CASE, agent_id="aiko"),
        routing.RequeueWork(case_id=CASE),
        routing.EndWrapUp(case_id=CASE, agent_id="aiko"),
        routing.TransferWork(case_id=CASE, to_queue="main"),
        routing.ForceAssign(case_id=CASE, agent_id="aiko", by="boss"),
        routing.StartConsult(case_id=CASE, agent_id="aiko"),
        routing.EndConsult(case_id=CASE, agent_id="aiko"),
    ]


async def begun(room: Any) -> None:
    await room.deliver(routing.SetPresence(agent_id="aiko", presence="available"))
    await room.deliver(room.work_requested(uuid4()))


async def test_commands_for_closed_work_are_refused_and_change_nothing(room) -> None:
    await begun(room)
    await room.deliver(room.work_requested(CASE), room.work_closed(CASE))
    before = room.engine().state_hash()
    for command in (*facts(room), *orders()):
        assert await room.deliver(command) == [], command
        assert room.figures.refusals.pop() == "work_closed", command
        assert room.engine().state_hash() == before, command


async def test_orders_for_closed_work_are_answered_409_with_the_case(room) -> None:
    await begun(room)
    await room.deliver(room.work_requested(CASE), room.work_closed(CASE))
    for command in orders():
        await room.deliver(command)
        told = room.outcome()
        assert (told.status, told.code, str(CASE) in told.sentence) == (409, "work_closed", True)


async def test_commands_that_come_before_their_work_are_refused_and_change_nothing(room) -> None:
    await begun(room)
    before = room.engine().state_hash()
    for command in (*facts(room), *orders()):
        assert await room.deliver(command) == [], command
        assert room.figures.refusals.pop() == "unknown_work", command
        assert room.engine().state_hash() == before, command


async def test_a_command_that_comes_twice_decides_once(room) -> None:
    await begun(room)
    request = room.work_requested(CASE)
    await room.deliver(request)
    for command in (request, *facts(room)[:5], routing.HeartbeatReceived(agent_id="aiko", lease_ms=9_000)):
        await room.deliver(command)
        before = room.engine().state_hash()
        assert await room.deliver(command) == [], command
        assert room.engine().state_hash() == before, command


async def test_facts_out_of_order_restart_no_clock(room) -> None:
    await begun(room)
    await room.deliver(room.work_requested(CASE))
    asked_at = room.now
    room.now += timedelta(minutes=2)
    await room.deliver(room.agent_replied(CASE, room.now))
    before = room.engine().state_hash()
    late = routing.CustomerWrote(case_id=CASE, message=MESSAGE, wrote_at=asked_at)
    assert await room.deliver(late) == [], "the reply answered it"
    assert room.engine().state_hash() == before


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"default_queue": "nowhere"}, "default_queue: there is no queue named 'nowhere'"),
    (
        {"rules": (RoutingRule(id="vip", when="true", queue="nowhere"),)},
        "rules.vip: there is no queue named 'nowhere'",
    ),
    (
        {"rules": (RoutingRule(id="vip", when="true", split=(QueueShare(queue="main", percent=90),)),)},
        "rules.vip.split: percentages must add up to 100",
    ),
    (
        {
            "queues": (
                Queue(id="main", overflow_after=(OverflowAfter(after="PT1M", action="queue", queue="returns"),)),
                Queue(id="returns", overflow_after=(OverflowAfter(after="PT1M", action="queue", queue="main"),)),
            )
        },
        "circular overflow: main → returns → main",
    ),
    ({"calendars": (OFFICE.model_copy(update={"timezone": "Asia/Edo"}),)}, "there is no time zone 'Asia/Edo'"),
    ({"calendars": (OFFICE.model_copy(update={"hours": ()}),)}, "Calendar 'office' is empty"),
]


@pytest.mark.parametrize(("change", "sentence"), BROKEN, ids=[sentence for _, sentence in BROKEN])
async def test_a_revision_that_can_not_be_routed_by_leaves_the_one_before_and_says_why(
    room, caplog, change, sentence
) -> None:
    await begun(room)
    await room.deliver(room.work_requested(CASE))
    before = room.engine().state_hash()
    room.feed.accept(room.tenant_config().model_copy(update={"revision": 2} | change))
    assert await room.pass_time() == []
    assert room.engine().state_hash() == before
    assert room.engine().config.revision == 1
    assert sentence in caplog.records[0].reason
    room.feed.accept(room.tenant_config(revision=3))
    await room.pass_time()
    assert room.engine().config.revision == 3, "the corrected one is taken"


async def test_an_agent_of_a_revision_in_an_unknown_queue_is_refused_before_it_is_applied(room) -> None:
    with pytest.raises(ValueError, match="there is no queue 'nowhere'"):
        room.tenant_config(revision=2, agents=({"id": "mia", "name": "Mia", "queues": ["nowhere"]},))


async def test_a_clock_that_goes_back_fires_nothing_early(room) -> None:
    await begun(room)
    await room.pass_time(minutes=1)
    before = room.engine().state_hash()
    assert await room.pass_time(hours=-1) == []
    assert room.engine().state_hash() == before
    case_id = UUID(int=7)
    told = await room.deliver(room.work_requested(case_id))
    assert [event.queued_at for event in told if isinstance(event, routing.WorkQueued)] == [
        room.now + timedelta(hours=1)
    ]
    assert await room.pass_time(minutes=59) == []


async def test_a_holiday_of_another_calendar_changes_nothing_of_this_one(room) -> None:
    closed = OFFICE.model_copy(update={"holidays": (date(2026, 11, 23),)})
    room.feed.accept(room.tenant_config(revision=2, calendars=(closed,)))
    await begun(room)
    before = room.engine().state_hash()
    room.feed.accept(room.tenant_config(revision=3, calendars=(OFFICE,)))
    await room.pass_time()
    assert room.engine().state_hash() == before
