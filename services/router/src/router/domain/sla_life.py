"""When SLA clocks start and stop: with the request, an answer, a customer's message, the end and a reopening."""

from collections.abc import Mapping

from router.domain import sla
from router.domain.commands import WorkRequested
from router.domain.config import SlaMetric, SlaPolicy
from router.domain.floor import Floor
from router.domain.ledger import is_over
from router.domain.model import NONE, ClockStatus, MetricClock, MetricName, WorkItem
from router.domain.sla_config import OnReopen

FIRST, NEXT, UPDATE = MetricName.FIRST_RESPONSE, MetricName.NEXT_RESPONSE, MetricName.PERIODIC_UPDATE
UNTIL_CLOSED = (MetricName.REQUESTER_WAIT, MetricName.AGENT_WORK, MetricName.RESOLUTION)
MERGED = "merged"
_WORDS = frozenset({"", "text", "sticker"})


def begin(floor: Floor, item: WorkItem, policy: SlaPolicy | None, command: WorkRequested) -> None:
    past = floor.state.past_work.get(item.case_id) if command.reopened else None
    if past is not None:
        item.kept_clocks, item.answered_at = past.clocks, past.answered_at
        after_ms = command.requested_at - past.closed_at
        item.closing_thanks = policy is not None and _is_thanks(policy, command, after_ms)
    if policy is not None and not item.closing_thanks:
        open_clocks_of(floor, item, policy, command.requested_at, "WorkRequested")


def wake(floor: Floor, item: WorkItem, policy: SlaPolicy, at: int, text: str | None, cause: str) -> None:
    """After a closing thanks, the first message that asks for something starts what the reopening left out."""
    ended_at = max((clock.ended_at or at for clock in item.clocks.values()), default=at)
    if text is None or not policy.closing_thanks.includes(text, at - ended_at):
        item.closing_thanks = False
        floor.work_changed(item)
        open_clocks_of(floor, item, policy, at, cause)


def open_clocks_of(floor: Floor, item: WorkItem, policy: SlaPolicy, at: int, cause: str) -> None:
    """The clocks of new work, or of reopened work as the policy says."""
    if policy.on_reopen is OnReopen.RESTART:
        item.kept_clocks, item.answered_at = NONE, None
    for metric in policy.metrics:
        ended = item.clock(metric.metric)
        if metric.metric in (NEXT, UPDATE) or (metric.metric is FIRST and _has_answer(item, ended)):
            continue
        sla.start_clock(floor, item, policy, metric, at, cause, ended)
    if item.answered_at is not None:
        item.unanswered_since = at
        start_next_response(floor, item, policy, cause)


def start_next_response(floor: Floor, item: WorkItem, policy: SlaPolicy, cause: str) -> None:
    """From the oldest customer message that has no answer."""
    metric, clock = policy.metric(NEXT), item.clock(NEXT)
    if metric is not None and item.unanswered_since is not None and (clock is None or is_over(clock)):
        sla.start_clock(floor, item, policy, metric, item.unanswered_since, cause)


def answered(floor: Floor, item: WorkItem, policy: SlaPolicy | None, at: int, cause: str) -> None:
    """Each metric on its own: an update due does not touch the first response, nor the other way round."""
    sla.fulfil(floor, item, FIRST, at, cause)
    if item.unanswered_since is None or at >= item.unanswered_since:
        item.unanswered_since = None
        sla.fulfil(floor, item, NEXT, at, cause)
    sla.fulfil(floor, item, UPDATE, at, cause)
    metric = policy.metric(UPDATE) if policy is not None else None
    if policy is not None and metric is not None and not item.closing_thanks:
        sla.start_clock(floor, item, policy, metric, at, cause)


def close(floor: Floor, item: WorkItem, reason: str, at: int) -> None:
    """A merged case keeps no promise itself: its clocks go on in the other."""
    if not item.kept_clocks:
        return
    cause = f"WorkClosed {reason}"
    for metric in UNTIL_CLOSED if reason != MERGED else ():
        sla.fulfil(floor, item, metric, at, cause)
    sla.cancel_open(floor, item, at, cause)


def start_missing(floor: Floor, item: WorkItem, policy: SlaPolicy, at: int, cause: str) -> None:
    """Metrics that the case had no clock for. A pause before this was not measured, so a metric it would hold starts now."""
    for metric in policy.metrics:
        since = _since(item, metric, at)
        if item.clock(metric.metric) is None and since is not None:
            sla.start_clock(floor, item, policy, metric, since, cause)


def _since(item: WorkItem, metric: SlaMetric, at: int) -> int | None:
    if metric.metric is NEXT:
        return item.unanswered_since
    if metric.metric is UPDATE:
        return item.answered_at
    if metric.metric is FIRST and item.answered_at is not None:
        return None
    return item.requested_at if metric.pauses.isdisjoint(item.past_pauses) else at


def _has_answer(item: WorkItem, first: MetricClock | None) -> bool:
    return first.status is ClockStatus.FULFILLED if first is not None else item.answered_at is not None


def _is_thanks(policy: SlaPolicy, command: WorkRequested, after_ms: int) -> bool:
    """A person who reopens a case means it; and a picture or a file may say more than a short caption does."""
    message = command.attributes.get("message")
    said = message if isinstance(message, Mapping) else {}
    if not command.asked_by_message or str(said.get("kind", "")) not in _WORDS:
        return False
    return policy.closing_thanks.includes(str(said.get("text", "")), after_ms)
