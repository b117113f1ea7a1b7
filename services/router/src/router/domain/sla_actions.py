"""What a policy does at a warning or a breach. Each ledger entry of one of the two is filed once, so each action happens once."""

from router.domain import retarget
from router.domain.config import SlaMetric
from router.domain.events import SlaActionTaken
from router.domain.facts import set_priority
from router.domain.floor import Floor
from router.domain.model import MetricClock, OfferOutcome, WorkItem, WorkState
from router.domain.offers import end_offer
from router.domain.sla import metric_of
from router.domain.sla_config import SlaAction, SlaActionKind
from router.domain.work import requeue

BREACH = "breach"


def take_actions(floor: Floor) -> None:
    """At the end of a decision, when the work is where the command left it."""
    reached, floor.sla_reached = floor.sla_reached, []
    for item, clock, warning in reached:
        metric = metric_of(floor.config, clock)
        for action in metric.actions_at(warning) if isinstance(metric, SlaMetric) else ():
            _take(floor, item, clock, warning or BREACH, action)


def _take(floor: Floor, item: WorkItem, clock: MetricClock, trigger: str, action: SlaAction) -> None:
    value, applied = action.value, True
    if action.kind is SlaActionKind.RAISE_PRIORITY:
        wanted = int(value) if value else max(1, item.priority - 1)
        value, applied = str(wanted), _raise_priority(floor, item, wanted)
    elif action.kind is SlaActionKind.MOVE_QUEUE:
        applied = _move(floor, item, value, f"sla {clock.metric} {trigger}")
    floor.emit(
        SlaActionTaken(
            case_id=item.case_id,
            at=floor.now,
            metric=clock.metric,
            policy=clock.policy,
            policy_revision=clock.policy_revision,
            trigger=trigger,
            action=action.kind,
            value=value,
            applied=applied,
        )
    )


def _raise_priority(floor: Floor, item: WorkItem, wanted: int) -> bool:
    """Never lowers it. Targets by priority follow."""
    if wanted >= item.priority or item.state in (WorkState.WRAPPING, WorkState.DONE):
        return False
    set_priority(floor, item, wanted)
    retarget.retarget(floor, item, floor.config, floor.now, "PriorityRaised")
    return True


def _move(floor: Floor, item: WorkItem, queue: str, reason: str) -> bool:
    """Work that an agent has accepted stays there."""
    if item.queue == queue or item.state not in (WorkState.QUEUED, WorkState.OFFERED):
        return False
    if item.state is WorkState.OFFERED:
        end_offer(floor, item, OfferOutcome.WITHDRAWN, reason)
    else:
        floor.waiting.remove(item)
    item.queue = queue
    requeue(floor, item, reason)
    return True
