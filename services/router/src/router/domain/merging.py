"""Two cases become one: the promise of the older start holds for both."""

from router.domain import conversation, ledger, retarget, sla, sla_life
from router.domain.commands import WorkClosed, WorkMerged
from router.domain.config import SlaPolicy
from router.domain.events import Refusal
from router.domain.floor import Floor
from router.domain.model import ClockStatus, MetricClock, MetricName, WorkItem, WorkState
from router.domain.sla_config import WAITING_ON_CUSTOMER
from router.domain.work import work_closed


def work_merged(floor: Floor, command: WorkMerged) -> Refusal | None:
    """When the other case is closed already, this one just ends."""
    source, target = floor.find(command.case_id), floor.find(command.into_case_id)
    if isinstance(source, Refusal):
        return source
    if command.case_id == command.into_case_id:
        return Refusal("merged_into_itself", f"Case {command.case_id} cannot be merged into itself.")
    if isinstance(target, WorkItem) and target.state is not WorkState.WRAPPING:
        _take_over(floor, source, target, command.at, f"WorkMerged {command.case_id}")
    refused = work_closed(floor, WorkClosed(command.case_id, sla_life.MERGED, command.at))
    if isinstance(target, WorkItem) and target.unanswered_since is not None:
        conversation.wake(floor, target)
    return refused


def _take_over(floor: Floor, source: WorkItem, target: WorkItem, at: int, cause: str) -> None:
    policy = floor.config.policy(target.sla_policy) if target.sla_policy is not None else None
    if policy is None or source.state is WorkState.WRAPPING:
        return
    _answer_over(floor, source, target, at, cause)
    for metric in policy.metrics:
        older, mine = source.clock(metric.metric), target.clock(metric.metric)
        if older is None or ledger.is_over(older) or mine is None or ledger.is_over(mine):
            continue
        if older.started_at < mine.started_at:
            used_ms = older.target_ms - sla.remaining(floor.config, older, at)
            retarget.move(floor, target, mine, policy, metric, at, cause, used_ms, older.started_at)
    _unanswered(floor, source, target, policy, cause)


def _answer_over(floor: Floor, source: WorkItem, target: WorkItem, at: int, cause: str) -> None:
    """The older first response was given: the other case's first message now waits for a next response."""
    older, mine = (case.clock(MetricName.FIRST_RESPONSE) for case in (source, target))
    if older is None or mine is None or ledger.is_over(mine) or not _answered_before(older, mine):
        return
    sla.cancel(floor, target, mine, at, cause)
    target.answered_at = source.answered_at
    target.unanswered_since = mine.started_at


def _answered_before(older: MetricClock, mine: MetricClock) -> bool:
    return older.status is ClockStatus.FULFILLED and older.started_at <= mine.started_at


def _unanswered(floor: Floor, source: WorkItem, target: WorkItem, policy: SlaPolicy, cause: str) -> None:
    """A message of the ended case without an answer waits on in the other."""
    waiting = [since for since in (target.unanswered_since, _asked_at(source)) if since is not None]
    if target.answered_at is None or not waiting:
        return
    target.unanswered_since = min(waiting)
    floor.work_changed(target)
    sla.resume(floor, target, WAITING_ON_CUSTOMER, floor.now, cause)
    sla_life.start_next_response(floor, target, policy, cause)


def _asked_at(item: WorkItem) -> int | None:
    return item.requested_at if item.answered_at is None else item.unanswered_since
