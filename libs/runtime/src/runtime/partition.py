"""Keeps one partition going: waits out what is down, divides a failing batch until the culprit stands alone, sets that aside."""

import asyncio
import logging
import time
import traceback
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, Final, TypeVar

from aiokafka import ConsumerRecord

from runtime import metrics
from runtime.dead_letter import MAX_ATTEMPTS, count_attempt
from runtime.errors import Failure, Fenced
from runtime.owner import PartitionOwner
from runtime.postgres import is_down

_log = logging.getLogger(__name__)
_T = TypeVar("_T")
_BACKOFF: Final = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_BREAKER_IN_A_ROW: Final = 50
_DRAIN_SECONDS: Final = 15.0
_LOOKS_EVERY_SECONDS: Final = 0.5
_BATCHES_AHEAD: Final = 4  # one that is full is not asked for, and the poll of the others may take its time


class TooManyDeadLetters(Failure):
    """So many records in a row can't be worked on that something else must be wrong; the partition stops and waits for a person."""

    code = "too_many_dead_letters"


class PartitionWorker:
    """`offer` it records while it `has_room`. `trouble` says why it makes no progress, `progressed_at` when it last did."""

    def __init__(self, owner: PartitionOwner, topic: str, partition: int, max_batch: int) -> None:
        self.owner = owner
        self.ready = False
        self.trouble: str | None = None
        self.progressed_at = time.monotonic()
        self._topic = topic
        self._partition = partition
        self._max_batch = max_batch
        self._waiting: list[ConsumerRecord] = []
        self._arrived = asyncio.Event()
        self._dead_in_a_row = 0

    @property
    def has_room(self) -> bool:
        return self.ready and len(self._waiting) < _BATCHES_AHEAD * self._max_batch

    @property
    def busy(self) -> bool:
        return bool(self._waiting)

    def offer(self, records: list[ConsumerRecord]) -> None:
        self._waiting += records
        self._arrived.set()

    async def run(self, seek: Callable[[int], None]) -> None:
        """Takes the lease, calls `seek` with the offset to read from, works until cancelled or fenced."""
        try:
            async with asyncio.TaskGroup() as group:
                relay = group.create_task(self.owner.lane.run())
                await self._persist(self.owner.take)
                seek(self.owner.next_offset)
                self.ready = True
                await self._work()
                relay.cancel()
        except* Fenced:
            metrics.FENCED.labels(self.owner.consumer).inc()
            _log.warning("fenced", extra=self._where())
        finally:
            self.ready = False
            self.owner.lose()

    async def _work(self) -> None:
        try:
            while True:
                records = await self._next_batch()
                await finish(self._process(records) if records else self._tick(), _DRAIN_SECONDS)
                self.progressed_at = time.monotonic()
        except TooManyDeadLetters as error:
            self.trouble = error.code
            _log.critical("partition stopped", extra=self._where() | {"code": error.code, "reason": error.sentence})
            await asyncio.Event().wait()

    async def _next_batch(self) -> list[ConsumerRecord] | None:
        """All that came while the last batch was worked on: the busier the partition, the fewer the transactions. None: a tick is due.

        Whether one is due is asked again and again: no transaction is opened to find that nothing is.
        """
        while not self._waiting:
            wait = self.owner.next_tick()
            if wait is not None and wait <= 0:
                return None
            await self._look_up(_LOOKS_EVERY_SECONDS if wait is None else min(wait, _LOOKS_EVERY_SECONDS))
        batch, self._waiting = self._waiting[: self._max_batch], self._waiting[self._max_batch :]
        if not self._waiting:
            self._arrived.clear()
        return batch

    async def _look_up(self, within: float) -> None:
        """By a plain timer: every partition of an idle service comes by here twice a second, and a time-out's cancelling costs more."""
        timer = asyncio.get_running_loop().call_later(within, self._arrived.set)
        try:
            await self._arrived.wait()
        finally:
            timer.cancel()
        if not self._waiting:
            self._arrived.clear()

    async def _tick(self) -> None:
        """What is due by time belongs to no record that could be set aside: it is tried again, and messages go on meanwhile."""
        try:
            await self._persist(self.owner.tick)
        except Fenced:
            raise
        except Exception as error:  # noqa: BLE001  # a bug; loud, unready, not fatal
            self.trouble = f"tick failed: {_reason(error)}"
            _log.error("tick failed", extra=self._where() | {"reason": _reason(error)})  # no foreign text
            await asyncio.sleep(_BACKOFF[3])

    async def _process(self, records: list[ConsumerRecord]) -> None:
        """All of them, in order: together if they can be, else halves, else one by one."""
        self._show_lag(records[0])
        try:
            await self._persist(lambda: self.owner.apply(records))
            self._dead_in_a_row = 0
        except Fenced:
            raise
        except Exception as error:  # noqa: BLE001  # a handler may fail in any way
            if len(records) > 1:
                middle = len(records) // 2
                await self._process(records[:middle])
                await self._process(records[middle:])
            else:
                await self._set_aside(records[0], error)

    async def _set_aside(self, record: ConsumerRecord, error: Exception) -> None:
        """A refusal is final; a bug gets MAX_ATTEMPTS tries, counted in the store. Then the record becomes a dead letter."""
        while not isinstance(error, Failure):
            attempts = await self._count(record, error)
            _log.error("message failed", extra=self._where() | {"offset": record.offset, "reason": _reason(error)})
            if attempts >= MAX_ATTEMPTS:
                break
            await asyncio.sleep(_BACKOFF[min(attempts, len(_BACKOFF) - 1)])
            again = await self._again(record)
            if again is None:
                return
            error = again
        code = error.code if isinstance(error, Failure) else "bug"
        reason = _reason(error)
        await self._persist(lambda: self.owner.bury(record, code, reason))
        self._count_dead(reason)

    async def _again(self, record: ConsumerRecord) -> Exception | None:
        try:
            await self._persist(lambda: self.owner.apply([record]))
        except Fenced:
            raise
        except Exception as error:  # noqa: BLE001  # counted by the caller
            return error
        return None

    async def _count(self, record: ConsumerRecord, error: Exception) -> int:
        pool, consumer, reason = self.owner.database.system, self.owner.consumer, _reason(error)
        return await self._persist(lambda: count_attempt(pool, consumer, record, reason))

    def _count_dead(self, reason: str) -> None:
        self._dead_in_a_row += 1
        if self._dead_in_a_row >= _BREAKER_IN_A_ROW:
            raise TooManyDeadLetters(f"{_BREAKER_IN_A_ROW} dead letters in a row, the last: {reason}")

    async def _persist(self, step: Callable[[], Awaitable[_T]]) -> _T:
        """Repeats the step while the store is down: that is nobody's poison, so nothing is dead-lettered meanwhile."""
        tries = 0
        while True:
            try:
                result = await step()
            except Exception as error:
                if not (is_down(error) or (isinstance(error, Failure) and error.retryable)):
                    raise
                self.trouble = f"waits for a dependency: {type(error).__name__}"
                _log.warning("partition waits", extra=self._where() | {"code": type(error).__name__})
                await asyncio.sleep(_BACKOFF[min(tries, len(_BACKOFF) - 1)])
                tries += 1
            else:
                self.trouble = None
                return result

    def _show_lag(self, record: ConsumerRecord) -> None:
        lag = max(0.0, time.time() - record.timestamp / 1000)
        metrics.CONSUMER_LAG.labels(self.owner.consumer, self._topic, self._partition).set(lag)

    def _where(self) -> dict[str, Any]:
        return {"consumer": self.owner.consumer, "topic": self._topic, "partition": self._partition}


def _reason(error: Exception) -> str:
    """For operators: our own sentence, or the kind and place of a bug; never the text of a foreign exception, which may quote a message."""
    if isinstance(error, Failure):
        return error.sentence
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return type(error).__name__ + place


async def finish(work: Coroutine[Any, Any, None], within: float) -> None:
    """Awaits `work`; when cancelled meanwhile, lets it come to its end first, for at most `within` seconds."""
    task = asyncio.create_task(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        if not task.done():
            await asyncio.wait((task,), timeout=within)
        task.cancel()
        raise
