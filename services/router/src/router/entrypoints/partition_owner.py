"""The one writer of a partition's routing groups, as the runtime drives it."""

from collections.abc import Callable, Sequence
from functools import partial

from router.entrypoints.collector import loading
from router.handlers.decide_commands import Dispatch
from router.handlers.instants import millis
from router.handlers.live_groups import LiveGroup, LiveGroups
from router.handlers.ports import Work
from router.handlers.waiters import Waiters
from runtime.logging import get
from runtime.ports import Delivery
from runtime.processing import deciding
from runtime.unit_of_work import UnitOfWork

_log = get("router.owner")


class PartitionOwner:
    """Time is the database's: what it said last, plus what passed here since."""

    def __init__(
        self,
        dispatch: Dispatch,
        works: Callable[[UnitOfWork], Work],
        live: LiveGroups,
        waiters: Waiters,
        monotonic: Callable[[], float],
    ) -> None:
        self._dispatch = dispatch
        self._works = works
        self._live = live
        self._waiters = waiters
        self._monotonic = monotonic
        self._told_time = (0, 0.0)
        self._served: dict[str, LiveGroup] = {}

    async def start(self, work: UnitOfWork) -> None:
        self._told_time = (millis(work.now), self._monotonic())
        begun = self._monotonic()
        with loading():
            await self._dispatch.load(self._works(work))
        self._serve()
        count = sum(len(group.engine.state.work) for group in self._dispatch.groups.values())
        _log.info("state loaded", extra={"count": count, "seconds": round(self._monotonic() - begun, 3)})

    async def handle(self, batch: Sequence[Delivery], work: UnitOfWork) -> None:
        self._open(work)
        await self._dispatch.decide(batch, self._works(work), partial(deciding, work=work))

    def next_tick(self) -> float | None:
        if self._dispatch.has_news():
            return 0.0
        due = self._dispatch.next_due()
        return None if due is None else max(0.0, (due - self._now()) / 1000)

    async def tick(self, work: UnitOfWork) -> None:
        self._open(work)
        await self._dispatch.pass_time(self._works(work))

    def committed(self) -> None:
        now = self._now()
        for group in self._served.values():
            group.settle(now)
        self._serve()
        self._waiters.resolve(self._dispatch.results)

    def lost(self) -> None:
        self._live.withdraw(self._served.items())
        self._waiters.disappoint(self._served)
        self._served = {}

    def _open(self, work: UnitOfWork) -> None:
        """From here to the commit, memory is ahead of the store."""
        self._told_time = (millis(work.now), self._monotonic())
        for group in self._served.values():
            group.is_settled = False

    def _serve(self) -> None:
        for tenant, group in self._dispatch.groups.items():
            if tenant not in self._served:
                self._served[tenant] = LiveGroup(group.engine)
                self._live.serve(tenant, self._served[tenant], self._now)

    def _now(self) -> int:
        told, at = self._told_time
        return told + int((self._monotonic() - at) * 1000)
