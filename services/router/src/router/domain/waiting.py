"""Waiting work, indexed so that an agent's next item is found without a look at the backlog."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from typing import Any

from router.domain.config import QueueConfig
from router.domain.marks import Mark
from router.domain.model import ChannelClass, QueueMode, WorkItem
from router.domain.ordered import Key, SortedKeys

MINUTE_MS = 60_000
_POINT = 1_000 * MINUTE_MS


def ageing(queue: QueueConfig, item: WorkItem) -> int:
    """Thousandths of a point a minute, of the customer's segment or else of the queue."""
    rate = queue.ageing_points_per_minute
    if queue.ageing_by_segment:
        rate = queue.ageing_by_segment.get(segment_of(item.attributes), rate)
    return round(rate * 1_000)


def segment_of(attributes: Mapping[str, Any]) -> str:
    customer = attributes.get("customer")
    return str(customer.get("tier")) if isinstance(customer, Mapping) else ""


def standing(rate: int, item: WorkItem) -> Key:
    """Lower is served first.

    Work that waits gains points, so at `now` its priority is `priority - rate * (now - aged_from)`. Between two items of one
    rate `rate * now` cancels out: comparing `priority + rate * aged_from` gives the same order at every instant, so a sorted
    list stays sorted while its items age. Whole numbers, so nothing is rounded.
    """
    return item.priority * _POINT + rate * item.aged_from, item.aged_from, item.case_id


def priority_at(rate: int, key: Key, now: int) -> int:
    """What makes standings of different rates and queues comparable: the priority with ageing."""
    return key[0] - rate * now


class Lines:
    """Items of one rate of ageing: a line per mark, and their heads in order, so that the best one an agent suits is met first."""

    __slots__ = ("heads", "lines", "rate")

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.heads: list[tuple[Key, Mark]] = []
        self.lines: dict[Mark, SortedKeys] = {}

    def add(self, mark: Mark, key: Key) -> None:
        line = self.lines.get(mark)
        if line is None:
            line = self.lines[mark] = SortedKeys()
        elif key < line.first():
            self._drop_head(line.first(), mark)
        line.add(key)
        if line.first() is key:
            insort(self.heads, (key, mark))

    def remove(self, mark: Mark, key: Key) -> None:
        line = self.lines[mark]
        was_first = line.first() == key
        line.remove(key)
        if was_first:
            self._drop_head(key, mark)
            if line:
                insort(self.heads, (line.first(), mark))
            else:
                del self.lines[mark]

    def rank(self, key: Key) -> int:
        return sum(line.rank(key) for line in self.lines.values())

    def _drop_head(self, key: Key, mark: Mark) -> None:
        del self.heads[bisect_left(self.heads, (key,))]


class WaitingWork:
    """Per queue and mark in the order of service, and per queue in the order of waiting.

    `awaiting` is work that waits for one agent only, by agent.
    """

    def __init__(self, queues: Mapping[str, QueueConfig]) -> None:
        self._queues = queues
        self._offerable: dict[tuple[str, ChannelClass], dict[int, Lines]] = {}
        self._all: dict[str, SortedKeys] = {name: SortedKeys() for name in queues}
        self.awaiting: dict[str, dict[str, tuple[int, Key]]] = {}

    def add(self, item: WorkItem, mark: Mark) -> None:
        queue = self._queues[item.queue]
        by_wait = (item.queued_at, 0, item.case_id)
        rate = ageing(queue, item)
        key, lines = standing(rate, item), None
        self._all[item.queue].add(by_wait)
        if item.auto_offer_stopped or (queue.mode is QueueMode.PICK and mark.agent_id is None):
            pass
        elif mark.agent_id is not None:
            self.awaiting.setdefault(mark.agent_id, {})[item.case_id] = (rate, key)
        else:
            rates = self._offerable.setdefault((item.queue, item.channel_class), {})
            lines = rates.get(rate) or rates.setdefault(rate, Lines(rate))
            lines.add(mark, key)
        item.spot = (item.queue, by_wait, lines, mark, key)

    def remove(self, item: WorkItem) -> None:
        """As it was added, whatever the item says by now."""
        queue, by_wait, lines, mark, key = item.spot
        item.spot = None
        self._all[queue].remove(by_wait)
        if lines is not None:
            lines.remove(mark, key)
        elif mark.agent_id is not None:
            awaiting = self.awaiting.get(mark.agent_id, {})
            awaiting.pop(item.case_id, None)
            if not awaiting:
                self.awaiting.pop(mark.agent_id, None)

    def offerable(self, queue: str, channel_class: ChannelClass) -> Iterable[Lines]:
        return self._offerable.get((queue, channel_class), _NONE).values()

    def count(self, queue: str) -> int:
        return len(self._all[queue])

    def waiting_since(self, queue: str) -> int | None:
        keys = self._all[queue]
        return keys.first()[0] if keys else None

    def position(self, item: WorkItem) -> int | None:
        """1 is next of its queue and channel class; None when the order changes with time or one agent is waited for."""
        rates = self._offerable.get((item.queue, item.channel_class), _NONE)
        if item.spot is None or item.spot[2] is None or sum(bool(lines.lines) for lines in rates.values()) > 1:
            return None
        lines, key = item.spot[2], item.spot[4]
        ahead: int = lines.rank(key)
        return ahead + 1


_NONE: dict[int, Lines] = {}
