"""Why a work item is where it is. Nothing of this is kept: it is worked out when somebody asks."""

from collections import Counter
from dataclasses import dataclass

from router.domain import ledger, sla
from router.domain.estimates import WaitView, view_wait
from router.domain.events import Refusal
from router.domain.floor import Floor
from router.domain.matching import Order, obstacle, order_of_agents, order_of_work
from router.domain.model import ClockStatus, MetricName, Offer, RoutingExplanation, Step, WorkItem, WorkState
from router.domain.requirements import Requirement, proficiency
from router.domain.signatures import ring_of
from router.domain.timers import OF_WORK, ShortTimer

SHOWN_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """`obstacle` is the first reason why not; None means eligible now. `order` is compared to the others', lower is asked first.

    It is made of the place among preferred agents, whether the work was declined, the ring, the queue's method and the id.
    """

    agent_id: str
    obstacle: str | None
    declines: int
    ring: int = 0
    proficiency: int = 0
    order: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class StepView:
    """`until` is an instant; `now` tells the step that holds."""

    number: int
    step: Step
    until: int | None
    now: bool


@dataclass(frozen=True, slots=True)
class ClockView:
    metric: MetricName
    status: ClockStatus
    policy: str
    due_at: int | None
    remaining_ms: int
    breached_at: int | None


@dataclass(frozen=True, slots=True)
class NextTimer:
    """kind: offer_expires, wrap_up_ends, step_ends, overflow, parks, warn or breach; the metric is of the latter two."""

    kind: str
    due_at: int
    metric: MetricName | None = None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`obstacles` counts all agents of the queue by their first reason; `candidates` shows the first fifty."""

    case_id: str
    state: WorkState
    queue: str
    rule: str | None
    routing: RoutingExplanation
    priority: int
    skills: tuple[Requirement, ...]
    agent_id: str | None
    auto_offer_stopped: bool
    candidates: tuple[Candidate, ...]
    obstacles: dict[str, int]
    offers: tuple[Offer, ...]
    clocks: tuple[ClockView, ...]
    next_timer: NextTimer | None
    signature: str = ""
    steps: tuple[StepView, ...] = ()
    order: Order | None = None
    wait: WaitView | None = None
    visited: tuple[str, ...] = ()


def explain(floor: Floor, case_id: str) -> Explanation | Refusal:
    item = floor.find(case_id)
    if isinstance(item, Refusal):
        return item
    candidates, wait = _candidates(floor, item), view_wait(floor, case_id)
    return Explanation(
        case_id=case_id,
        state=item.state,
        queue=item.queue,
        rule=item.rule,
        routing=item.explanation,
        priority=item.priority,
        skills=item.skills,
        agent_id=item.agent_id,
        auto_offer_stopped=item.auto_offer_stopped,
        candidates=tuple(candidates[:SHOWN_CANDIDATES]),
        obstacles=dict(Counter(candidate.obstacle or "eligible" for candidate in candidates)),
        offers=tuple(item.offers),
        clocks=_clocks(floor, item),
        next_timer=min(_timers(floor, item), key=lambda timer: timer.due_at, default=None),
        signature=floor.signatures.of(item).origin,
        steps=tuple(_step(item, number, step) for number, step in enumerate(item.steps)),
        order=order_of_work(floor, item) if item.state is WorkState.QUEUED else None,
        wait=None if isinstance(wait, Refusal) else wait,
        visited=item.visited,
    )


def _step(item: WorkItem, number: int, step: Step) -> StepView:
    until = None if step.until_ms is None else item.relaxing_since + step.until_ms
    return StepView(number, step, until, number == item.step)


def _candidates(floor: Floor, item: WorkItem) -> list[Candidate]:
    """Those who could take it first, in the order in which they are asked."""
    signature = floor.signatures.of(item)
    names = {
        *floor.ready.members(item.queue),
        *([signature.agent_id] if signature.agent_id in floor.state.agents else []),
    }
    candidates = [_candidate(floor, item, agent_id) for agent_id in names if agent_id is not None]
    return sorted(candidates, key=lambda each: (each.obstacle is not None, each.order))


def _candidate(floor: Floor, item: WorkItem, agent_id: str) -> Candidate:
    agent = floor.state.agents[agent_id]
    return Candidate(
        agent_id=agent_id,
        obstacle=obstacle(floor, item, agent),
        declines=item.declines.get(agent_id, 0),
        ring=ring_of(agent, floor.signatures.of(item)),
        proficiency=proficiency(agent.skills, item.skills),
        order=order_of_agents(floor, item, agent),
    )


def view_clocks(floor: Floor, case_id: str) -> tuple[ClockView, ...] | Refusal:
    item = floor.find(case_id)
    return item if isinstance(item, Refusal) else _clocks(floor, item)


def _clocks(floor: Floor, item: WorkItem) -> tuple[ClockView, ...]:
    return tuple(
        ClockView(
            metric=clock.metric,
            status=clock.status,
            policy=clock.policy,
            due_at=clock.due_at,
            remaining_ms=sla.remaining(floor.config, clock, floor.now),
            breached_at=clock.breached_at,
        )
        for clock in item.clocks.values()
    )


_TIMERS = {
    ShortTimer.OFFER: "offer_expires",
    ShortTimer.WRAP_UP: "wrap_up_ends",
    ShortTimer.STEP: "step_ends",
    ShortTimer.OVERFLOW: "overflow",
    ShortTimer.PARK: "parks",
}


def _timers(floor: Floor, item: WorkItem) -> list[NextTimer]:
    found = [
        NextTimer(kind.value, due_at, clock.metric)
        for clock in item.clocks.values()
        for kind, (due_at, _) in ledger.timers(clock).items()
    ]
    for short, name in _TIMERS.items():
        due_at = OF_WORK[short](floor, item)
        if due_at is not None:
            found.append(NextTimer(name, due_at))
    return found
