"""The groups of one partition: commands and due timers in, events and rows out, all of it in the caller's transaction."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import groupby
from typing import Final

from contracts.base import Contract
from router.domain import commands
from router.domain.events import SlaBreached
from router.handlers.group import Group
from router.handlers.instants import millis
from router.handlers.outcomes import ANSWERED, digest_of, outcome_of
from router.handlers.patience import Patience
from router.handlers.ports import (
    CommandResult,
    Configs,
    DueTimer,
    Figures,
    Store,
    StoredGroup,
    TenantsEmitter,
    Work,
    Writes,
)
from router.handlers.read_command import read_command
from router.handlers.write_behind import Chunks, WriteBehind, write_behind
from runtime.ports import Delivery

FIRED_AT_ONCE: Final = 2_000
_LETS_WRITE_EVERY: Final = 4  # each statement of a chunk waits for two turns: with 8 its writing took most of a batch
_UNLINKED: Final[AbstractContextManager[object]] = nullcontext()
Traced = Callable[[Delivery], AbstractContextManager[object]]


class Dispatch:
    """After any failure it is thrown away: what is in memory is then ahead of the store."""

    def __init__(self, partition: int, configs: Configs, figures: Figures, patience: Patience) -> None:
        self.groups: dict[str, Group] = {}
        self.results: list[tuple[str, CommandResult]] = []
        self._partition = partition
        self._configs = configs
        self._figures = figures
        self._patience = patience
        self._dormant: dict[str, StoredGroup] = {}
        self._sla_due: int | None = None

    async def load(self, work: Work) -> None:
        self._dormant = {stored.row.tenant: stored for stored in await work.store.groups(self._partition)}
        await self._wake(work.store)

    def next_due(self) -> int | None:
        """The next instant, in milliseconds, at which time alone changes something."""
        dues = [self._sla_due, *(group.next_due() for group in self.groups.values())]
        return min((due for due in dues if due is not None), default=None)

    def has_news(self) -> bool:
        """A configuration has come that a group waits for, or a newer one."""
        if any(map(self._configs.knows, self._dormant)):
            return True
        return any(self._configs.has_newer(group.tenant, group.config.revision) for group in self.groups.values())

    async def decide(self, batch: Sequence[Delivery], work: Work, traced: Traced) -> None:
        self.results = []
        await self._time_passes(work)
        tenants = _by_tenant(batch)
        groups = {tenant: await self._group(tenant, made[0], work) for tenant, made in tenants.items()}
        async with write_behind() as behind:
            for tenant, deliveries in tenants.items():
                await behind.finish()
                await work.emitter.act_for(tenant)
                await self._decide_all(groups[tenant], deliveries, work, traced, behind)
        await self._write(work)

    async def pass_time(self, work: Work) -> None:
        self.results = []
        await self._time_passes(work)
        await self._write(work)

    async def _decide_all(
        self, group: Group, deliveries: Sequence[Delivery], work: Work, traced: Traced, behind: WriteBehind
    ) -> None:
        chunks = Chunks(len(deliveries))
        for place, delivery in enumerate(deliveries, 1):
            with traced(delivery):
                self._decide(group, delivery, work)
            if place % _LETS_WRITE_EVERY == 0:
                await self._get_on(place, chunks, group, work, behind)

    async def _get_on(self, place: int, chunks: Chunks, group: Group, work: Work, behind: WriteBehind) -> None:
        await behind.turn()
        if behind.is_busy or not chunks.ends(place):
            return
        chunks.begin(place)
        if (writes := self._take(group, counters=False)) is not None:
            await behind.put(work.store.write(writes))

    def _decide(self, group: Group, delivery: Delivery, work: Work) -> None:
        asked: Contract = delivery.envelope.data
        command = read_command(asked, group.config.channel_classes)
        if command is None:
            return
        decision = group.decide(command, millis(work.emitter.now), work.emitter)
        if decision.refused is not None:
            self._figures.refused(decision.refused.code)
        if isinstance(asked, ANSWERED):
            outcome = outcome_of(asked, decision.refused, group.engine)
            group.results.append(CommandResult(delivery.envelope.id, digest_of(asked), outcome))

    async def _time_passes(self, work: Work) -> None:
        """Comes first in a transaction: it sees all tenants' rows."""
        now = millis(work.emitter.now)
        due = await self._due_timers(work, now)
        for group in list(self.groups.values()):
            config = self._configs.newer(group.tenant, group.config.revision, group.config.parts)
            if config is not None:
                await work.emitter.act_for(group.tenant)
                group.reconfigure(config, now, work.emitter)
            if group.is_due(now):
                await work.emitter.act_for(group.tenant)
                group.pass_time(now, work.emitter)
        async with write_behind() as behind:
            for tenant, timers in groupby(sorted(due, key=_tenant), _tenant):
                await behind.finish()
                await work.emitter.act_for(tenant)
                await self._fire_all(self.groups[tenant], list(timers), now, work, behind)

    async def _due_timers(self, work: Work, now: int) -> list[DueTimer]:
        await self._wake(work.store)
        if self._sla_due is None or self._sla_due > now:
            return []
        due = await work.store.due_timers(self.groups, now, FIRED_AT_ONCE)
        more = len(due) == FIRED_AT_ONCE
        self._sla_due = now if more else await work.store.next_due(self.groups, after=now)
        return due

    async def _fire_all(
        self, group: Group, timers: Sequence[DueTimer], now: int, work: Work, behind: WriteBehind
    ) -> None:
        chunks, breached = Chunks(len(timers)), 0
        with work.emitter.fires("sla_timers", []):
            for place, timer in enumerate(timers, 1):
                breached += self._fire(group, timer, now, work.emitter)
                if place % _LETS_WRITE_EVERY == 0:
                    await self._get_on(place, chunks, group, work, behind)
        self._figures.breached(breached)

    def _fire(self, group: Group, timer: DueTimer, now: int, emitter: TenantsEmitter) -> bool:
        """Whether it is a breach. Most were armed in a trace that nobody keeps."""
        command = commands.SlaTimerDue(timer.case_id, timer.metric, timer.kind, timer.version)
        armed = timer.traceparent
        with _UNLINKED if armed is None else emitter.fires("sla_timer", [armed]):
            events = group.decide(command, now, emitter).events
        group.fired.append(timer.row)
        if events:
            self._figures.timer_fired(now - timer.due_at)
        return SlaBreached in map(type, events)

    async def _wake(self, store: Store) -> None:
        """Stored groups whose configuration is there begin to run."""
        awake = [tenant for tenant in self._dormant if self._configs.knows(tenant)]
        for tenant in awake:
            self._begin(tenant, self._dormant[tenant])
        if any(tenant in self.groups for tenant in awake):
            self._sla_due = await store.next_due(self.groups)

    def _begin(self, tenant: str, stored: StoredGroup | None) -> Group | None:
        config = self._configs.newer(tenant, 0, stored.row.parts if stored is not None else {})
        if config is None:
            return None
        self._dormant.pop(tenant, None)
        self._patience.met(tenant)
        group = self.groups[tenant] = Group.of(tenant, stored, config)
        return group

    async def _group(self, tenant: str, first: Delivery, work: Work) -> Group:
        """The tenant's group, begun if this is its first command here."""
        known = self.groups.get(tenant)
        if known is not None:
            return known
        await work.emitter.act_for(tenant)
        group = self._begin(tenant, await work.store.group(tenant))
        if group is None:
            age = work.emitter.now - first.envelope.time
            raise self._patience.refusal(tenant, age.total_seconds())
        group.moved_here()
        due = await work.store.next_due([tenant])
        self._sla_due = min((each for each in (self._sla_due, due) if each is not None), default=None)
        group.pass_time(millis(work.emitter.now), work.emitter)
        return group

    async def _write(self, work: Work) -> None:
        for group in self.groups.values():
            writes = self._take(group)
            if writes is not None:
                await work.emitter.act_for(group.tenant)
                await work.store.write(writes)

    def _take(self, group: Group, counters: bool = True) -> Writes | None:
        self._figures.rule_failed(group.take_rule_errors())
        for gap in group.take_gaps():
            self._figures.gave_up(gap)
        writes = group.take_writes(self._partition, counters)
        if writes is not None:
            self.results.extend((group.tenant, result) for result in writes.results)
            for timer in writes.changes.timers_armed:
                self._sla_due = timer.due_at if self._sla_due is None else min(self._sla_due, timer.due_at)
        return writes


def _tenant(timer: DueTimer) -> str:
    return timer.tenant


def _by_tenant(batch: Sequence[Delivery]) -> dict[str, list[Delivery]]:
    """Commands of one tenant keep their order; those of two tenants have none."""
    tenants: dict[str, list[Delivery]] = {}
    for delivery in batch:
        tenants.setdefault(delivery.envelope.tenant, []).append(delivery)
    return tenants
