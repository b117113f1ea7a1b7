"""Waiting work, indexed so that an agent's next item is found without a look at the backlog."""

from bisect import bisect_left, insort
from collections.abc import Mapping

from router.domain.config import QueueConfig
from router.domain.model import ChannelClass, QueueMode, SkillNeed, WorkItem
from router.domain.ordered import Key, SortedKeys

MINUTE_MS = 60_000

Signature = tuple[int, tuple[SkillNeed, ...]]


def signature(item: WorkItem) -> Signature:
    """Within a channel class, items of one signature suit the same agents: units of capacity, required skills."""
    return item.units, item.skills


def standing(queue: QueueConfig, item: WorkItem) -> Key:
    """Lower is served first.

    Work that waits gains `rate` points a minute, so at `now` its priority is `priority - rate * (now - aged_from) / minute`.
    Between two items of a queue `rate * now` cancels out: comparing `priority * minute + rate * aged_from` gives the same order
    at every instant, so a sorted list stays sorted while its items age.
    """
    return (item.priority * MINUTE_MS + queue.ageing_points_per_minute * item.aged_from, item.aged_from, item.case_id)


def priority_at(queue: QueueConfig, key: Key, now: int) -> float:
    """What makes standings of different queues comparable: the priority with ageing, times a minute."""
    return key[0] - queue.ageing_points_per_minute * now


class Lines:
    """One line per signature, and their heads in order, so that the best line an agent suits is met first."""

    __slots__ = ("heads", "lines")

    def __init__(self) -> None:
        self.heads: list[tuple[Key, Signature]] = []
        self.lines: dict[Signature, SortedKeys] = {}

    def add(self, mark: Signature, key: Key) -> None:
        line = self.lines.get(mark)
        if line is None:
            line = self.lines[mark] = SortedKeys()
        elif key < line.first():
            self._drop_head(line.first(), mark)
        line.add(key)
        if line.first() is key:
            insort(self.heads, (key, mark))

    def remove(self, mark: Signature, key: Key) -> None:
        line = self.lines[mark]
        was_first = line.first() == key
        line.remove(key)
        if was_first:
            self._drop_head(key, mark)
            if line:
                insort(self.heads, (line.first(), mark))
            else:
                del self.lines[mark]

    def _drop_head(self, key: Key, mark: Signature) -> None:
        del self.heads[bisect_left(self.heads, (key, mark))]


class WaitingWork:
    """Per queue and signature in the order of service, and per queue in the order of waiting."""

    def __init__(self, queues: Mapping[str, QueueConfig]) -> None:
        self._queues = queues
        self._offerable: dict[tuple[str, ChannelClass], Lines] = {}
        self._all: dict[str, SortedKeys] = {name: SortedKeys() for name in queues}

    def add(self, item: WorkItem) -> None:
        self._all[item.queue].add(_by_wait(item))
        if self._is_offerable(item):
            lines = self._offerable.get((item.queue, item.channel_class))
            if lines is None:
                lines = self._offerable[item.queue, item.channel_class] = Lines()
            lines.add(signature(item), standing(self._queues[item.queue], item))

    def remove(self, item: WorkItem) -> None:
        """Must see the item as it was added."""
        self._all[item.queue].remove(_by_wait(item))
        if self._is_offerable(item):
            lines = self._offerable[item.queue, item.channel_class]
            lines.remove(signature(item), standing(self._queues[item.queue], item))

    def offerable(self, queue: str, channel_class: ChannelClass) -> Lines:
        return self._offerable.get((queue, channel_class), _NONE)

    def count(self, queue: str) -> int:
        return len(self._all[queue])

    def waiting_since(self, queue: str) -> int | None:
        keys = self._all[queue]
        return int(keys.first()[0]) if keys else None

    def _is_offerable(self, item: WorkItem) -> bool:
        return not item.auto_offer_stopped and self._queues[item.queue].mode is not QueueMode.PICK


_NONE = Lines()


def _by_wait(item: WorkItem) -> Key:
    return item.queued_at, 0, item.case_id
