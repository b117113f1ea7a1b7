"""Waiting work, indexed so that an agent's next item is found without a look at the backlog."""

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush
from typing import Any

from router.domain.config import QueueConfig
from router.domain.model import ChannelClass, QueueMode, WorkItem
from router.domain.ordered import Key, SortedKeys
from router.domain.signatures import Signature

MINUTE_MS = 60_000
_POINT = 1_000 * MINUTE_MS
_ROOM = 64


def ageing(queue: QueueConfig, item: WorkItem) -> int:
    """Thousandths of a point a minute, of the customer's segment or else of the queue."""
    rate = queue.ageing_points_per_minute
    if queue.ageing_by_segment:
        rate = queue.ageing_by_segment.get(segment_of(item.attributes), rate)
    return round(rate * 1_000)


def segment_of(attributes: Mapping[str, Any]) -> str:
    customer = attributes.get("customer")
    return str(customer.get("tier")) if isinstance(customer, Mapping) else ""


def order_key(rate: int, item: WorkItem, signature: Signature) -> Key:
    """Lower is served first.

    Work that waits gains points, so at `now` its priority is `priority - rate * (now - aged_from)`. Between two items of one
    rate `rate * now` cancels out: comparing `priority + rate * aged_from` gives the same order at every instant, so a sorted
    list stays sorted while its items age. Whole numbers, so nothing is rounded.
    """
    return item.priority * _POINT + rate * item.aged_from, item.aged_from, item.case_id, signature


def priority_at(rate: int, key: Key, now: int) -> int:
    """What makes standings of different rates and queues comparable: the priority with ageing."""
    return key[0] - rate * now


class Lines:
    """Items of one rate of ageing: a line per signature, and their heads in order, so that the best one an agent suits is met first."""

    __slots__ = ("heads", "lines", "rate")

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.heads: list[Key] = []
        self.lines: dict[Signature, SortedKeys] = {}

    def add(self, key: Key) -> None:
        line = self.lines.get(key[3])
        if line is None:
            line = self.lines[key[3]] = SortedKeys()
        before = line.head
        line.add(key)
        if line.head is key:
            if before is not None:
                del self.heads[bisect_left(self.heads, before)]
            insort(self.heads, key)

    def remove(self, key: Key) -> None:
        line = self.lines[key[3]]
        was_head = line.head is key
        line.remove(key)
        if was_head:
            at = bisect_left(self.heads, key)
            del self.heads[at]
            if line.head is not None:
                insort(self.heads, line.head, at)
            else:
                del self.lines[key[3]]

    def rank(self, key: Key) -> int:
        return sum(line.rank(key) for line in self.lines.values())


class Waits:
    """Since when each item of a queue waits, and the longest wait.

    Entries of items that left stay in the heap until they are met or are many: leaving costs nothing there.
    """

    __slots__ = ("_heap", "_since")

    def __init__(self) -> None:
        self._since: dict[str, int] = {}
        self._heap: list[tuple[int, str]] = []

    def __len__(self) -> int:
        return len(self._since)

    def add(self, case_id: str, since: int) -> None:
        self._since[case_id] = since
        heappush(self._heap, (since, case_id))

    def remove(self, case_id: str) -> None:
        del self._since[case_id]
        if len(self._heap) > 2 * len(self._since) + _ROOM:
            self._heap = [(since, name) for name, since in self._since.items()]
            heapify(self._heap)

    def oldest(self) -> int | None:
        heap = self._heap
        while heap and self._since.get(heap[0][1]) != heap[0][0]:
            heappop(heap)
        return heap[0][0] if heap else None


class Backlog:
    """The work that waits in one queue, by channel class and rate of ageing in the order of service."""

    __slots__ = ("_by_class", "queue", "waits")

    def __init__(self, queue: QueueConfig) -> None:
        self.queue = queue
        self.waits = Waits()
        self._by_class: dict[ChannelClass, dict[int, Lines]] = {}

    def offerable(self, channel_class: ChannelClass) -> Iterable[Lines]:
        return self._by_class.get(channel_class, _NONE).values()

    def lines_of(self, channel_class: ChannelClass, rate: int) -> Lines:
        by_rate = self._by_class.get(channel_class)
        if by_rate is None:
            by_rate = self._by_class[channel_class] = {}
        lines = by_rate.get(rate)
        if lines is None:
            lines = by_rate[rate] = Lines(rate)
        return lines


class WaitingWork:
    """`awaiting` is work that waits for one agent only, by agent."""

    def __init__(self, queues: Mapping[str, QueueConfig]) -> None:
        self.backlogs = {name: Backlog(queue) for name, queue in queues.items()}
        self.awaiting: dict[str, dict[str, tuple[int, Key]]] = {}

    def add(self, item: WorkItem, signature: Signature) -> None:
        backlog = self.backlogs[item.queue]
        backlog.waits.add(item.case_id, item.queued_at)
        self._line_up(backlog, item, signature)

    def remove(self, item: WorkItem) -> None:
        """As it was added, whatever the item says by now."""
        item.place_in_line[0].waits.remove(item.case_id)
        self._leave_line(item)

    def move(self, item: WorkItem, signature: Signature) -> None:
        """To the place that is the item's by now. In the same queue it has waited as long as before."""
        backlog = item.place_in_line[0]
        if backlog.queue.name != item.queue:
            self.remove(item)
            self.add(item, signature)
        else:
            self._leave_line(item)
            self._line_up(backlog, item, signature)

    def _line_up(self, backlog: Backlog, item: WorkItem, signature: Signature) -> None:
        queue = backlog.queue
        rate = ageing(queue, item)
        key, lines = order_key(rate, item, signature), None
        if item.auto_offer_stopped or (queue.mode is QueueMode.PICK and signature.agent_id is None):
            pass
        elif signature.agent_id is not None:
            self.awaiting.setdefault(signature.agent_id, {})[item.case_id] = (rate, key)
        else:
            lines = backlog.lines_of(item.channel_class, rate)
            lines.add(key)
        item.place_in_line = (backlog, lines, key)

    def _leave_line(self, item: WorkItem) -> None:
        _, lines, key = item.place_in_line
        item.place_in_line = None
        if lines is not None:
            lines.remove(key)
        elif key[3].agent_id is not None:
            self._await_no_more(key[3].agent_id, item.case_id)

    def count(self, queue: str) -> int:
        return len(self.backlogs[queue].waits)

    def waiting_since(self, queue: str) -> int | None:
        return self.backlogs[queue].waits.oldest()

    def position(self, item: WorkItem) -> int | None:
        """1 is next of its queue and channel class; None when the order changes with time or one agent is waited for."""
        if item.place_in_line is None:
            return None
        backlog, lines, key = item.place_in_line
        if lines is None or sum(bool(each.lines) for each in backlog.offerable(item.channel_class)) > 1:
            return None
        ahead: int = lines.rank(key)
        return ahead + 1

    def _await_no_more(self, agent_id: str, case_id: str) -> None:
        awaiting = self.awaiting.get(agent_id, {})
        awaiting.pop(case_id, None)
        if not awaiting:
            self.awaiting.pop(agent_id, None)


_NONE: dict[int, Lines] = {}
