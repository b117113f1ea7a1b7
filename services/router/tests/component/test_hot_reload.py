"""A new revision applies to waiting work and running clocks; who has work keeps it, and nothing is decided again."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import routing, sla
from contracts.config import Agent, Calendar, Capacity, OpenHours, Queue, RoutingRule, SlaPolicy, SlaTarget

HALF_HOUR = timedelta(minutes=30)
ALWAYS = OpenHours(days=("mon", "tue", "wed", "thu", "fri", "sat", "sun"), opens="00:00", until="24:00")
WEEKDAYS = OpenHours(days=("mon", "tue", "wed", "thu", "fri"), opens="09:00", until="18:00")
NEED = RoutingRule(id="ja", when="message.text == 'ja'", queue="main", skills={"japanese": 5})
BASE: dict[str, Any] = {
    "skills": ("japanese",),
    "queues": (Queue(id="main", mode="auto_assign"), Queue(id="returns", mode="auto_assign")),
    "agents": (Agent(id="aiko", name="愛子", queues=("main",), capacity={"messaging": 1}),),
    "rules": (NEED,),
}


class Floor:
    def __init__(self, room: Any) -> None:
        self.room = room
        self.revision = 1
        self.config = BASE

    async def apply(self, **changes: Any) -> list[Any]:
        self.revision += 1
        self.config = self.config | changes
        self.room.feed.accept(self.room.tenant_config(revision=self.revision, **self.config))
        told: list[Any] = await self.room.pass_time(milliseconds=500)
        return told

    async def work(self, text: str = "hello") -> UUID:
        case_id = uuid4()
        await self.room.deliver(self.room.work_requested(case_id, text))
        return case_id

    def item(self, case_id: UUID) -> Any:
        return self.room.engine().state.work[str(case_id)]


@pytest.fixture
async def floor(room: Any) -> Floor:
    """Aiko has one item; all else waits."""
    floor = Floor(room)
    await room.deliver(room.work_closed(uuid4()))
    await floor.apply()
    await room.deliver(routing.SetPresence(agent_id="aiko", presence="available"))
    return floor


def assigned(told: list[Any]) -> list[tuple[UUID, str]]:
    return [(event.case_id, event.agent_id) for event in told if isinstance(event, routing.WorkAssigned)]


async def test_new_rules_route_new_work_and_leave_what_waits_where_it_is(floor) -> None:
    held, waiting = await floor.work(), await floor.work()
    told = await floor.apply(rules=(RoutingRule(id="all", when="true", queue="returns", priority=1),))
    assert told == []
    newer = await floor.work()
    shown = [(floor.item(each).queue, floor.item(each).state.value) for each in (held, waiting, newer)]
    assert shown == [("main", "assigned"), ("main", "queued"), ("returns", "queued")]
    assert (floor.item(waiting).rule, floor.item(newer).rule) == (None, "all")


async def test_a_rule_that_is_gone_keeps_the_skills_that_waiting_work_needs(floor) -> None:
    waiting = await floor.work("ja")
    assert await floor.apply(rules=()) == []
    assert [need.name for need in floor.item(waiting).skills] == ["japanese"]
    assert floor.item(waiting).state.value == "queued"


async def test_a_skill_given_by_a_revision_is_used_at_once_and_one_taken_leaves_assigned_work(floor) -> None:
    waiting = await floor.work("ja")
    skilled = BASE["agents"][0].model_copy(update={"skills": {"japanese": 9}})
    assert assigned(await floor.apply(agents=(skilled,))) == [(waiting, "aiko")]
    assignment = floor.item(waiting).assignment
    told = await floor.apply(agents=BASE["agents"])
    assert [type(event).__name__ for event in told] == ["AgentConfigured"]
    assert floor.item(waiting).assignment == assignment


async def test_a_capacity_raised_by_a_revision_is_used_at_once_and_a_lowered_one_takes_nothing_away(floor) -> None:
    held, first, second = await floor.work(), await floor.work(), await floor.work()
    wider = BASE["agents"][0].model_copy(update={"capacity": {"messaging": 3}})
    assert {case for case, _ in assigned(await floor.apply(agents=(wider,)))} == {first, second}
    none = BASE["agents"][0].model_copy(update={"capacity": {"messaging": 0}})
    await floor.apply(agents=(none,))
    assert {floor.item(each).agent_id for each in (held, first, second)} == {"aiko"}
    await floor.room.deliver(floor.room.work_closed(held))
    fourth = await floor.work()
    assert floor.item(fourth).state.value == "queued"


async def test_what_an_item_takes_is_measured_anew_for_waiting_work_only(floor) -> None:
    held, waiting = await floor.work(), await floor.work()
    await floor.apply(capacity=Capacity(units={"messaging": 2}))
    assert (floor.item(held).units, floor.item(waiting).units) == (1, 2)


async def test_an_agent_added_to_a_queue_by_a_revision_gets_its_waiting_work(floor) -> None:
    await floor.apply(rules=(RoutingRule(id="all", when="true", queue="returns"),))
    waiting = await floor.work()
    both = BASE["agents"][0].model_copy(update={"queues": ("main", "returns")})
    assert assigned(await floor.apply(agents=(both,))) == [(waiting, "aiko")]


async def test_a_queues_calendar_closes_and_opens_it_for_what_waits(floor) -> None:
    """The day is a Saturday."""
    queue = Queue(id="main", mode="auto_assign", calendar="hours")
    hours = Calendar(id="hours", timezone="Asia/Tokyo", hours=(WEEKDAYS,))
    returns = BASE["queues"][1]
    await floor.apply(queues=(queue, returns), calendars=(hours,))
    waiting = await floor.work()
    assert floor.item(waiting).state.value == "queued"
    open_now = hours.model_copy(update={"hours": (ALWAYS,)})
    assert assigned(await floor.apply(calendars=(open_now,))) == [(waiting, "aiko")]


async def test_a_queues_new_method_and_mode_hold_for_the_next_decision(floor) -> None:
    held, waiting = await floor.work(), await floor.work()
    await floor.apply(queues=(Queue(id="main", mode="offer", offer_timeout=timedelta(seconds=7)), BASE["queues"][1]))
    assert floor.item(held).state.value == "assigned"
    told = await floor.room.deliver(floor.room.work_closed(held))
    (offer,) = [event for event in told if isinstance(event, routing.WorkOffered)]
    assert (offer.case_id, offer.expires_at - offer.offered_at) == (waiting, timedelta(seconds=7))
    later = Queue(id="main", mode="offer", offer_timeout=timedelta(minutes=9))
    await floor.apply(queues=(later, BASE["queues"][1]))
    assert floor.item(waiting).offers[-1].expires_at == int(offer.expires_at.timestamp() * 1000), "as it was promised"


def promise(minutes: int, calendar: str | None = None) -> tuple[SlaPolicy, ...]:
    target = SlaTarget(metric="first_response", target=timedelta(minutes=minutes), calendar=calendar)
    return (SlaPolicy(id="standard", targets=(target,)),)


async def test_a_changed_policy_moves_running_clocks_by_the_time_already_used_and_the_ledger_shows_both(floor) -> None:
    await floor.apply(sla_policies=promise(60))
    held, waiting = await floor.work(), await floor.work()
    await floor.room.pass_time(minutes=10)
    told = await floor.apply(sla_policies=promise(30))
    moved = [event for event in told if isinstance(event, sla.SlaRetargeted)]
    assert {event.case_id for event in moved} == {held, waiting}
    first = moved[0]
    assert (first.previous_target_ms, first.target_ms) == (3_600_000, 1_800_000)
    assert (first.previous_policy_revision, first.policy_revision) == (3, 4)
    assert first.due_at - first.previous_due_at == -HALF_HOUR
    assert assigned(told) == []
    assert floor.item(held).state.value == "assigned"


async def test_a_changed_calendar_moves_running_clocks_and_an_unchanged_one_none(floor) -> None:
    hours = Calendar(id="hours", timezone="UTC", hours=(ALWAYS,))
    await floor.apply(calendars=(hours,), sla_policies=promise(60, "hours"))
    waiting = await floor.work()
    assert await floor.apply(language="ja") == []
    told = await floor.apply(calendars=(hours.model_copy(update={"hours": (WEEKDAYS,)}),))
    (moved,) = [event for event in told if isinstance(event, sla.SlaRetargeted)]
    assert (moved.case_id, moved.calendar, moved.previous_calendar_revision, moved.calendar_revision) == (
        waiting,
        "hours",
        3,
        5,
    )
    assert moved.due_at == datetime(2026, 11, 23, 9, 59, 58, tzinfo=UTC), "Monday's first hour but for the 2 s used"


async def test_every_revision_at_once_loses_no_work_and_is_applied_once(floor) -> None:
    cases = [await floor.work() for _ in range(20)]
    holder = {case: floor.item(case).agent_id for case in cases}
    for number in range(5):
        await floor.apply(
            rules=(RoutingRule(id=f"rule-{number}", when="true", queue="returns"),), sla_policies=promise(60 + number)
        )
    assert {case: floor.item(case).agent_id for case in cases} == holder
    assert {floor.item(case).queue for case in cases} == {"main"}
    before = floor.room.engine().state_hash()
    await floor.room.restart()
    assert await floor.room.pass_time() == []
    assert floor.room.engine().state_hash() == before


async def test_agents_in_a_presence_that_means_another_now_follow_at_once(floor) -> None:
    both = Agent(id="aiko", name="愛子", queues=("main",), capacity={"messaging": 2, "live": 1})
    await floor.apply(agents=(both,), presences={"training": "away", "lunch": "away"})
    await floor.room.deliver(routing.SetPresence(agent_id="aiko", presence="training"))
    await floor.room.deliver(routing.SetPresence(agent_id="aiko", presence="lunch", channel_class="live"))
    case_id = await floor.work()
    assert floor.item(case_id).state.value == "queued"
    told = await floor.apply(presences={"training": "available", "lunch": "away"})
    changed = [event for event in told if isinstance(event, routing.PresenceChanged)]
    assert [(one.presence, one.name, one.source, one.channel_class) for one in changed] == [
        ("available", "training", "agent", None),
        ("away", "lunch", "agent", "live"),
    ]
    assert assigned(told) == [(case_id, "aiko")]
    told = await floor.apply(presences={"training": "available", "lunch": "available"})
    changed = [event for event in told if isinstance(event, routing.PresenceChanged)]
    assert [(one.presence, one.name, one.channel_class) for one in changed] == [("available", "lunch", "live")]
    assert [type(event) for event in await floor.apply(presences={"training": "available"})] == []
