"""The router's doors and deciding around memory: a store that keeps records as Postgres does, and time under the test's control."""

from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic_core import from_json, to_json

from contracts import routing
from contracts.base import Contract
from contracts.config import Agent, ChannelAccount, Queue, RoutingRule, SlaPolicy, SlaTarget, TenantConfig
from contracts.envelope import Envelope
from contracts.topics import Topic
from contracts.values import Author, AuthorKind, CaseFacts, ContentKind, CustomerFacts, MessageFacts
from router.adapters.routing_config import FeedConfigs
from router.domain.early import Early, Gap, Place
from router.domain.model import TimerArmed
from router.domain.records import agent_record, clocks_record, work_record
from router.domain.state import Changes, State
from router.handlers.decide_commands import Dispatch
from router.handlers.instants import millis
from router.handlers.patience import Patience
from router.handlers.ports import EVER, DueTimer, GroupRow, StoredGroup, Work, Writes
from runtime.ports import Delivery
from runtime.testing.config import fixed_config

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def tenant_config(tenant: str = "acme", revision: int = 1, **changes: Any) -> TenantConfig:
    stated: dict[str, Any] = {
        "tenant": tenant,
        "revision": revision,
        "applied_at": START,
        "default_queue": "main",
        "queues": (Queue(id="main"), Queue(id="returns", offer_timeout=timedelta(seconds=20))),
        "channel_accounts": (
            ChannelAccount(id="line-main", channel="line"),
            ChannelAccount(id="chat", channel="web", channel_class="live"),
        ),
        "agents": (Agent(id="aiko", name="愛子", queues=("main", "returns")),),
        "rules": (RoutingRule(id="refunds", when="message.text.contains('返金')", queue="returns"),),
        "sla_policies": (
            SlaPolicy(
                id="standard",
                targets=(
                    SlaTarget(metric="first_response", target=timedelta(minutes=10), warn_percent=(50, 80)),
                    SlaTarget(metric="resolution", target=timedelta(hours=4)),
                ),
            ),
        ),
    }
    return TenantConfig(**stated | changes)


def work_requested(
    case_id: UUID, text: str = "返金したいです", account: str = "line-main", customers: str | None = None, **case: Any
) -> Contract:
    """`customers` is the last agent of the customer."""
    message = MessageFacts(id=uuid4(), channel="line", account=account, kind=ContentKind.TEXT, text=text)
    return routing.WorkRequested(
        case=CaseFacts(id=case_id, opened_at=START, **case),
        customer=CustomerFacts(id=uuid4(), tags=("vip",), last_agent_id=customers),
        message=message,
        requested_at=START,
    )


def agent_replied(case_id: UUID, at: datetime) -> Contract:
    author = Author(kind=AuthorKind.AGENT, id="aiko")
    return routing.AgentReplied(case_id=case_id, message_id=uuid4(), author=author, replied_at=at)


def work_closed(case_id: UUID) -> Contract:
    by = Author(kind=AuthorKind.CUSTOMER, id="c-1")
    return routing.WorkClosed(case_id=case_id, reason="customer_left", by=by, closed_at=START)


@dataclass
class MemoryStore:
    """Everything goes through JSON, as it would on its way to Postgres."""

    rows: dict[str, GroupRow] = field(default_factory=dict)
    partitions: dict[str, int] = field(default_factory=dict)
    work: dict[str, dict[str, bytes]] = field(default_factory=dict)
    agents: dict[str, dict[str, bytes]] = field(default_factory=dict)
    shares: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    waits: dict[str, dict[str, dict[str, int]]] = field(default_factory=dict)
    timers: dict[tuple[str, str, str, str], tuple[str, TimerArmed]] = field(default_factory=dict)
    early: dict[str, dict[Place, Early]] = field(default_factory=dict)
    traces: dict[str, dict[str, str]] = field(default_factory=dict)
    armed_in: dict[str, str | None] = field(default_factory=dict)
    written: list[Writes] = field(default_factory=list)
    emitter: Any = None

    async def groups(self, partition: int) -> list[StoredGroup]:
        return [self._load(tenant) for tenant, place in sorted(self.partitions.items()) if place == partition]

    async def group(self, tenant: str) -> StoredGroup | None:
        return self._load(tenant) if tenant in self.rows else None

    async def due_timers(self, tenants: Iterable[str], now: int, limit: int) -> list[DueTimer]:
        held = set(tenants)
        due = [(key, timer) for key, (tenant, timer) in self.timers.items() if tenant in held and timer.due_at <= now]
        oldest = sorted(due, key=lambda each: each[1].due_at)[:limit]
        return [
            DueTimer(
                key[0],
                timer.case_id,
                timer.metric,
                timer.kind,
                timer.version,
                timer.due_at,
                "|".join((*key, str(timer.version), str(timer.due_at))),
                self.armed_in[timer.case_id],
            )
            for key, timer in oldest
        ]

    async def next_due(self, tenants: Iterable[str], after: int = EVER) -> int | None:
        held = set(tenants)
        dues = (timer.due_at for tenant, timer in self.timers.values() if tenant in held)
        return min((due for due in dues if due > after), default=None)

    async def write(self, writes: Writes) -> None:
        tenant = self.emitter.tenant
        self.written.append(writes)
        changes = writes.changes
        if writes.row is not None:
            self.rows[tenant], self.partitions[tenant] = writes.row, writes.partition
        for item in changes.work_items:
            self.work.setdefault(tenant, {})[item.case_id] = to_json(work_record(item))
        for item in changes.clocks_moved:
            stored = from_json(self.work[tenant][item.case_id])
            self.work[tenant][item.case_id] = to_json(stored | {"clocks": clocks_record(item.clocks)})
        self._keep_order(tenant, changes)
        for agent in changes.agents:
            self.agents.setdefault(tenant, {})[agent.agent_id] = to_json(agent_record(agent))
        for agent in changes.agents_moved:
            moved = {"idle_since": agent.idle_since, "last_offered_at": agent.last_offered_at}
            self.agents[tenant][agent.agent_id] = to_json(from_json(self.agents[tenant][agent.agent_id]) | moved)
        for agent_id in changes.agents_removed:
            self.agents[tenant].pop(agent_id, None)
        self.shares.setdefault(tenant, {}).update(changes.shares)
        self.waits.setdefault(tenant, {}).update(changes.answered_waits)
        for row in writes.fired:
            self._fire(row)
        for gone in changes.timers_cancelled:
            self.timers.pop((tenant, gone.case_id, gone.metric, gone.kind), None)
        for timer in changes.timers_armed:
            self.timers[tenant, timer.case_id, timer.metric, timer.kind] = (tenant, timer)
            self.armed_in[timer.case_id] = writes.traces.get(timer.case_id)
        self.traces.setdefault(tenant, {}).update(writes.traces)

    def _keep_order(self, tenant: str, changes: Changes) -> None:
        for case_id, number in changes.counted.items():
            stored = from_json(self.work[tenant][case_id])
            self.work[tenant][case_id] = to_json(stored | {"sequence": number})
        for place, early in changes.early.items():
            self.early.setdefault(tenant, {}).pop(place, None)
            if early is not None:
                self.early[tenant][place] = replace(early)

    def _fire(self, row: str) -> None:
        """As in Postgres, one that was replaced meanwhile is another row."""
        *key, version, due_at = row.split("|")
        _, timer = self.timers.get(tuple(key), (None, None))
        if timer is not None and (str(timer.version), str(timer.due_at)) == (version, due_at):
            del self.timers[tuple(key)]

    def _load(self, tenant: str) -> StoredGroup:
        work = [from_json(record) for record in self.work.get(tenant, {}).values()]
        agents = [from_json(record) for record in self.agents.get(tenant, {}).values()]
        early = map(replace, self.early.get(tenant, {}).values())
        state = State.from_records(work, agents, self.shares.get(tenant, {}), self.waits.get(tenant, {}), early)
        return StoredGroup(self.rows[tenant], state, self.traces[tenant])


@dataclass
class RecordingEmitter:
    now: datetime
    tenant: str = "*"
    told: list[tuple[str, str, Contract]] = field(default_factory=list)

    traceparent: str | None = None
    links: list[str] = field(default_factory=list)

    def fires(self, what: str, armed: Iterable[str]) -> AbstractContextManager[object]:
        self.links += armed
        return nullcontext()

    async def act_for(self, tenant: str) -> None:
        self.tenant = tenant

    def emit_told(self, topic: Topic, key: str, kind: type[Contract], data: bytes) -> str:
        """What is told without validation is what its contract would have written."""
        event = kind.model_validate_json(data)
        assert from_json(to_json(event, exclude_none=True)) == from_json(data)
        return str(self.emit(topic, key, event))

    def emit(self, topic: Topic, key: str, event: Contract, *, id: UUID | None = None) -> UUID:
        assert self.tenant != "*", "an event must belong to a tenant"
        self.told.append((self.tenant, key, event))
        return id or uuid4()


@dataclass
class Figures:
    refusals: list[str] = field(default_factory=list)
    late_ms: list[int] = field(default_factory=list)
    failed_rules: int = 0
    breaches: int = 0
    gaps: list[Gap] = field(default_factory=list)

    def refused(self, code: str) -> None:
        self.refusals.append(code)

    def rule_failed(self, times: int) -> None:
        self.failed_rules += times

    def timer_fired(self, late_ms: int) -> None:
        self.late_ms.append(late_ms)

    def breached(self, times: int) -> None:
        self.breaches += times

    def gave_up(self, gap: Gap) -> None:
        self.gaps.append(gap)


class Room:
    """One partition. `deliver` and `pass_time` are a transaction each and give the events that left."""

    work_requested = staticmethod(work_requested)
    agent_replied = staticmethod(agent_replied)
    work_closed = staticmethod(work_closed)
    tenant_config = staticmethod(tenant_config)

    def __init__(self) -> None:
        self.now = START
        self.feed = fixed_config(tenant_config(), tenant_config("beta"))
        self.store = MemoryStore()
        self.figures = Figures()
        self.patience = Patience(lambda: millis(self.now) / 1000)
        self.traceparent: str | None = None
        self.links: list[str] = []
        self.dispatch = self._dispatch()

    async def deliver(self, *events: Contract, tenant: str = "acme") -> list[Contract]:
        envelopes = [Envelope(uuid4(), tenant, "test", self.now, event) for event in events]
        return await self.deliver_enveloped(*envelopes)

    async def deliver_enveloped(self, *envelopes: Envelope) -> list[Contract]:
        batch = [Delivery(envelope, "routing.commands", 0, offset) for offset, envelope in enumerate(envelopes)]
        emitter, work = self._work()
        await self.dispatch.decide(batch, work, lambda _: nullcontext())
        return [event for _, _, event in emitter.told]

    async def pass_time(self, **length: float) -> list[Contract]:
        self.now += timedelta(**length)
        emitter, work = self._work()
        await self.dispatch.pass_time(work)
        return [event for _, _, event in emitter.told]

    async def restart(self) -> None:
        self.dispatch = self._dispatch()
        _, work = self._work()
        await self.dispatch.load(work)

    def engine(self, tenant: str = "acme") -> Any:
        return self.dispatch.groups[tenant].engine

    def outcome(self) -> Any:
        return self.dispatch.results[-1][1].outcome

    def due_in_ms(self) -> int | None:
        due = self.dispatch.next_due()
        return None if due is None else due - millis(self.now)

    def _work(self) -> tuple[RecordingEmitter, Work]:
        emitter = RecordingEmitter(self.now, traceparent=self.traceparent, links=self.links)
        self.store.emitter = emitter
        return emitter, Work(emitter, self.store)

    def _dispatch(self) -> Dispatch:
        return Dispatch(0, FeedConfigs(self.feed), self.figures, self.patience)


@pytest.fixture
def room() -> Room:
    return Room()
