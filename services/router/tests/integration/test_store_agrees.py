"""A random day on the real database, on a clock of the test's own: after every batch the tables say what the engine says."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import routing
from contracts.base import Contract
from contracts.config import Agent, Queue, RoutingRule, SlaPolicy, SlaTarget
from contracts.envelope import Envelope, decode
from contracts.values import Author, AuthorKind
from router.domain import ledger
from router.domain.engine import Engine
from router.domain.model import WorkState
from router.handlers.instants import millis
from runtime.outbox import Written, left_in
from runtime.ports import Delivery
from runtime.postgres import SYSTEM_TENANT
from runtime.unit_of_work import UnitOfWork

pytestmark = pytest.mark.integration
PRESENCES = (routing.Presence.AVAILABLE, routing.Presence.AVAILABLE, routing.Presence.BUSY, routing.Presence.AWAY)


class Day:
    def __init__(self, house: Any, seed: int) -> None:
        self.house = house
        self.random = random.Random(seed)
        self.now = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
        self.cases: list[UUID] = []
        self.owner = house.parts.subscription.processors(0)
        self.offset = 0
        self.written: list[Written] = []
        self.said: Counter[UUID] = Counter()
        self.on_its_way: list[Contract] = []
        self.were_early: set[tuple[str, int]] = set()

    @property
    def engine(self) -> Engine:
        engine: Engine = self.owner._dispatch.groups[self.house.tenant].engine
        return engine

    async def restart(self) -> None:
        self.owner.lost()
        self.owner = self.house.parts.subscription.processors(0)
        await self._transaction(lambda work: self.owner.start(work))

    async def pass_time(self) -> None:
        self.now += timedelta(seconds=self.random.randrange(90))
        await self._transaction(lambda work: self.owner.tick(work))

    async def batch(self) -> None:
        """What the case store says is numbered; some of it is overtaken by a later batch."""
        said = [self._numbered(self._command()) for _ in range(self.random.randrange(1, 40))]
        late, self.on_its_way = self.on_its_way, [each for each in said if self.random.random() < 0.4]
        await self.deliver(*(each for each in said if each not in self.on_its_way), *late)

    def _numbered(self, command: Contract) -> Contract:
        if not isinstance(command, routing.CaseCommand):
            return command
        case_id = command.case.id if isinstance(command, routing.WorkRequested) else command.case_id
        self.said[case_id] += 1
        return command.model_copy(update={"sequence": self.said[case_id]})

    async def deliver(self, *commands: Contract) -> list[UUID]:
        batch = [self._delivery(command) for command in commands]
        await self._transaction(lambda work: self.owner.handle(batch, work))
        return [delivery.envelope.id for delivery in batch]

    async def _transaction(self, step: Any) -> None:
        async with self.house.database.system.acquire() as connection, connection.transaction():
            work = UnitOfWork(connection, tenant=SYSTEM_TENANT, now=self.now, source="router", lane="test")
            await step(work)
            self.written = await work.write_outbox()
        self.owner.committed()

    def _delivery(self, command: Contract) -> Delivery:
        self.offset += 1
        envelope = Envelope(uuid4(), self.house.tenant, "test", self.now, command)
        return Delivery(envelope, "routing.commands", 0, self.offset)

    def _command(self) -> Contract:
        case_id = self.random.choice(self.cases[-10:]) if self.cases else uuid4()
        agent_id = f"a{self.random.randrange(6)}"
        match self.random.randrange(12):
            case 0 | 1 | 2 | 3:
                self.cases.append(uuid4())
                text = self.random.choice(("one", "two", "three"))
                return self.house.work_requested(self.cases[-1], text, at=self.now)
            case 4 | 5:
                return routing.SetPresence(agent_id=agent_id, presence=self.random.choice(PRESENCES))
            case 6 | 7:
                return self._answer_offer(case_id)
            case 8:
                author = Author(kind=AuthorKind.AGENT, id=agent_id)
                return routing.AgentReplied(case_id=case_id, message_id=uuid4(), author=author, replied_at=self.now)
            case 9:
                return routing.RequeueWork(case_id=case_id, agent_id=self.random.choice(("", agent_id)))
            case 10:
                return self.house.work_requested(case_id, "again", at=self.now)
            case _:
                return routing.WorkClosed(
                    case_id=case_id, reason="done", by=Author(kind=AuthorKind.AGENT, id=agent_id), closed_at=self.now
                )

    def _answer_offer(self, case_id: UUID) -> Contract:
        open_offers = [item for item in self.engine.state.work.values() if item.offer is not None]
        if not open_offers:
            return routing.EndWrapUp(case_id=case_id, agent_id="a1")
        item = self.random.choice(open_offers)
        assert item.offer is not None
        answer = self.random.choice((routing.AcceptOffer, routing.DeclineOffer))
        return answer(case_id=UUID(item.case_id), offer_id=UUID(item.offer.offer_id), agent_id=item.offer.agent_id)


async def compare(day: Day) -> None:
    work, fetch = day.engine.state.work.values(), day.house.fetch
    offers = {str(row[0]) for row in await fetch("SELECT id FROM offer WHERE outcome = 'open'")}
    assert offers == {item.offer.offer_id for item in work if item.offer is not None}
    active = {str(row[0]) for row in await fetch("SELECT id FROM assignment WHERE ended_at IS NULL")}
    assert active == {item.assignment.assignment_id for item in work if item.assignment is not None}
    timers = {
        (str(row["case_id"]), row["metric"], row["kind"], millis(row["due_at"]), row["version"])
        for row in await fetch("SELECT * FROM sla_timer")
    }
    assert timers == {
        (item.case_id, metric.value, kind.value, *armed)
        for item in work
        for metric, clock in item.clocks.items()
        for kind, armed in ledger.timers(clock).items()
    }
    early = {(str(row[0]), row[1], row[2]) for row in await fetch("SELECT case_id, sequence, since FROM early_command")}
    assert early == {
        (case_id, number, each.since)
        for case_id, waiting in day.engine.state.early.items()
        for number, each in waiting.items()
    }
    day.were_early |= {each[:2] for each in early}
    rows = await fetch("SELECT queue, count(*) FROM work_item WHERE state = 'queued' GROUP BY queue")
    waiting = {view.queue: view.waiting for view in day.engine.queue_view(millis(day.now)) if view.waiting}
    assert {row[0]: row[1] for row in rows} == waiting


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_after_every_batch_the_tables_say_what_the_engine_says(house, seed: int) -> None:
    targets = (
        SlaTarget(metric="first_response", target=timedelta(minutes=3), warn_percent=(50, 80)),
        SlaTarget(metric="resolution", target=timedelta(minutes=9)),
    )
    house.configs.accept(
        house.tenant_config(
            house.tenant,
            2,
            queues=(
                Queue(id="main", offer_timeout=timedelta(seconds=40), wrap_up=timedelta(seconds=50)),
                Queue(id="auto", mode="auto_assign", max_declines=2),
            ),
            agents=tuple(
                Agent(id=f"a{number}", name="A", queues=("main", "auto"), capacity={"messaging": 2})
                for number in range(6)
            ),
            rules=(RoutingRule(id="two", when="message.text == 'two'", queue="auto"),),
            sla_policies=(SlaPolicy(id="p", targets=targets),),
        )
    )
    day = Day(house, seed)
    await day.restart()
    await day.deliver(routing.SetPresence(agent_id="a0", presence=routing.Presence.AVAILABLE))
    for _ in range(25):
        await day.batch()
        await compare(day)
        await day.pass_time()
        await compare(day)
        if day.random.random() < 0.3:
            before = day.engine.state_hash()
            await day.restart()
            assert day.engine.state_hash() == before
    assert len(day.were_early) > 2, "the day was too orderly to prove anything"
    states = {item.state for item in day.engine.state.work.values()}
    assert states >= {WorkState.QUEUED, WorkState.ASSIGNED}, "the day was too quiet to prove anything"
    for case_id in day.cases[:40]:
        proof = (await house.ask("GET", f"/v1/cases/{case_id}/sla/proof")).json()
        assert proof["agrees"] is True


async def test_a_batch_of_several_chunks_tells_its_events_in_the_order_of_its_commands(house) -> None:
    day = Day(house, 4)
    await day.restart()
    await day.deliver(*(routing.SetPresence(agent_id=name, presence="available") for name in ("aiko", "ken")))
    asked = await day.deliver(*(day._command() for _ in range(700)))
    await compare(day)
    assert [row.id for row in day.written] == sorted(row.id for row in day.written)
    told = [decode(record.value) for row in day.written for record in row.records]
    assert len(day.written[0].records) < 500 < len(told), "a full row would have been filled by all of them"
    places = [asked.index(event.causation_id) for event in told if event.causation_id is not None]
    assert places == sorted(places)
    assert len(set(places)) > 256
    stored = await left_in(house.database.system, "test")
    assert [row.records for row in stored[-len(day.written) :]] == [row.records for row in day.written]
