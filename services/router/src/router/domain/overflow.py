"""Where work goes when its queue is closed, full or slow: tested on the state of this instant, never on a count kept aside."""

from collections.abc import Callable

from router.domain.estimates import estimated_wait
from router.domain.events import CallbackPromised, WorkOverflowed, WorkTurnedAway
from router.domain.floor import Floor
from router.domain.model import WorkItem
from router.domain.policies import Overflow, OverflowAction, OverflowBefore, OverflowWhen

WAITED = "waited"


def find_queue(floor: Floor, item: WorkItem) -> bool:
    """Follows the overflow of queues until one takes the work; false when the customer was turned away.

    A queue that was visited is passed over, so the way ends.
    """
    while True:
        item.visited = (*item.visited, item.queue)
        before = item.queue
        for condition in floor.config.queues[before].overflow_before:
            if _holds(floor, item, condition) and act(floor, item, condition.overflow, condition.when.value):
                if condition.overflow.action is OverflowAction.QUEUE:
                    break
                return condition.overflow.action is not OverflowAction.END
        if item.queue == before:
            return True


def act(floor: Floor, item: WorkItem, overflow: Overflow, why: str) -> bool:
    """False when there is nothing to do: the queue was visited, or the customer has the promise already."""
    return _ACTIONS[overflow.action](floor, item, overflow, why)


def _holds(floor: Floor, item: WorkItem, condition: OverflowBefore) -> bool:
    match condition.when:
        case OverflowWhen.CLOSED:
            return item.queue in floor.closed
        case OverflowWhen.WAITING_OVER:
            return floor.waiting.count(item.queue) > condition.limit
        case OverflowWhen.OLDEST_OVER:
            since = floor.waiting.waiting_since(item.queue)
            return since is not None and floor.now - since > condition.limit
        case OverflowWhen.ESTIMATED_OVER:
            estimate = estimated_wait(floor, item)
            return estimate is not None and estimate > condition.limit


def _to_queue(floor: Floor, item: WorkItem, overflow: Overflow, why: str) -> bool:
    return _move(floor, item, overflow.queue or item.queue, OverflowAction.QUEUE, why)


def _to_fallback(floor: Floor, item: WorkItem, _: Overflow, why: str) -> bool:
    target = floor.config.fallback_queue or floor.config.default_queue
    return _move(floor, item, target, OverflowAction.FALLBACK, why)


def _move(floor: Floor, item: WorkItem, target: str, action: OverflowAction, why: str) -> bool:
    if target in item.visited:
        return False
    floor.emit(WorkOverflowed(item.case_id, floor.now, item.queue, target, action.value, why))
    item.queue = target
    return True


def _promise(floor: Floor, item: WorkItem, overflow: Overflow, why: str) -> bool:
    if item.promised_at is not None:
        return False
    item.promised_at = floor.now
    floor.emit(CallbackPromised(item.case_id, floor.now, item.queue, overflow.message or "", why))
    return True


def _end(floor: Floor, item: WorkItem, overflow: Overflow, why: str) -> bool:
    floor.emit(WorkTurnedAway(item.case_id, floor.now, item.queue, overflow.message or "", why))
    return True


_ACTIONS: dict[OverflowAction, Callable[[Floor, WorkItem, Overflow, str], bool]] = {
    OverflowAction.QUEUE: _to_queue,
    OverflowAction.FALLBACK: _to_fallback,
    OverflowAction.PROMISE: _promise,
    OverflowAction.END: _end,
}
