"""Waiting work, indexed so that an agent's next item is found without a look at the backlog."""

from collections.abc import Mapping

from router.domain.config import QueueConfig
from router.domain.model import ChannelClass, QueueMode, SkillNeed, WorkItem
from router.domain.ordered import Key, SortedKeys

MINUTE_MS = 60_000

Signature = tuple[int, tuple[SkillNeed, ...]]

_NONE: Mapping[Signature, SortedKeys] = {}


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


class WaitingWork:
    """Per queue and signature in the order of service, and per queue in the order of waiting."""

    def __init__(self, queues: Mapping[str, QueueConfig]) -> None:
        self._queues = queues
        self._offerable: dict[tuple[str, ChannelClass], dict[Signature, SortedKeys]] = {}
        self._all: dict[str, SortedKeys] = {name: SortedKeys() for name in queues}

    def add(self, item: WorkItem) -> None:
        self._all[item.queue].add(_by_wait(item))
        if self._is_offerable(item):
            signatures = self._offerable.setdefault((item.queue, item.channel_class), {})
            keys = signatures.get(signature(item))
            if keys is None:
                keys = signatures[signature(item)] = SortedKeys()
            keys.add(standing(self._queues[item.queue], item))

    def remove(self, item: WorkItem) -> None:
        """Must see the item as it was added."""
        self._all[item.queue].remove(_by_wait(item))
        if self._is_offerable(item):
            signatures = self._offerable[item.queue, item.channel_class]
            keys = signatures[signature(item)]
            keys.remove(standing(self._queues[item.queue], item))
            if not keys:
                del signatures[signature(item)]

    def by_signature(self, queue: str, channel_class: ChannelClass) -> Mapping[Signature, SortedKeys]:
        return self._offerable.get((queue, channel_class), _NONE)

    def count(self, queue: str) -> int:
        return len(self._all[queue])

    def waiting_since(self, queue: str) -> int | None:
        keys = self._all[queue]
        return int(keys.first()[0]) if keys else None

    def _is_offerable(self, item: WorkItem) -> bool:
        return not item.auto_offer_stopped and self._queues[item.queue].mode is not QueueMode.PICK


def _by_wait(item: WorkItem) -> Key:
    return item.queued_at, 0, item.case_id
