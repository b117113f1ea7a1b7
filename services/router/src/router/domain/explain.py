"""Why a work item is where it is, and what the queues look like."""

from collections import Counter
from dataclasses import dataclass

from router.domain import ledger, sla
from router.domain.events import Refusal
from router.domain.floor import Floor
from router.domain.matching import obstacle
from router.domain.model import (
    ClockStatus,
    MetricName,
    Offer,
    Presence,
    RoutingExplanation,
    SkillNeed,
    WorkItem,
    WorkState,
)

SHOWN_CANDIDATES = 50


@dataclass(frozen=True, slots=True)
class Candidate:
    """`obstacle` is the first reason why not; None means eligible now."""

    agent_id: str
    obstacle: str | None
    declines: int


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
    """kind: offer_expires, wrap_up_ends, warn or breach; the metric is of the latter two."""

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
    skills: tuple[SkillNeed, ...]
    agent_id: str | None
    auto_offer_stopped: bool
    candidates: tuple[Candidate, ...]
    obstacles: dict[str, int]
    offers: tuple[Offer, ...]
    clocks: tuple[ClockView, ...]
    next_timer: NextTimer | None


@dataclass(frozen=True, slots=True)
class QueueView:
    queue: str
    waiting: int
    oldest_wait_ms: int | None
    agents: dict[Presence, int]


def explain(floor: Floor, case_id: str) -> Explanation | Refusal:
    item = floor.find(case_id)
    if isinstance(item, Refusal):
        return item
    candidates = _candidates(floor, item)
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
        next_timer=min(_timers(item), key=lambda timer: timer.due_at, default=None),
    )


def view_queues(floor: Floor) -> list[QueueView]:
    return [_view_queue(floor, queue) for queue in sorted(floor.config.queues)]


def _view_queue(floor: Floor, queue: str) -> QueueView:
    since = floor.waiting.waiting_since(queue)
    presences = Counter(floor.state.agents[agent_id].presence for agent_id in floor.ready.members(queue))
    return QueueView(
        queue=queue,
        waiting=floor.waiting.count(queue),
        oldest_wait_ms=None if since is None else max(0, floor.now - since),
        agents={presence: presences[presence] for presence in Presence},
    )


def _candidates(floor: Floor, item: WorkItem) -> list[Candidate]:
    """Those who could take it first, then by agent id."""
    agents = (floor.state.agents[agent_id] for agent_id in floor.ready.members(item.queue))
    candidates = [
        Candidate(agent.agent_id, obstacle(floor, item, agent), item.declines.get(agent.agent_id, 0))
        for agent in agents
    ]
    return sorted(candidates, key=lambda candidate: (candidate.obstacle is not None, candidate.agent_id))


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


def _timers(item: WorkItem) -> list[NextTimer]:
    found = [
        NextTimer(kind.value, due_at, clock.metric)
        for clock in item.clocks.values()
        for kind, (due_at, _) in ledger.timers(clock).items()
    ]
    if item.offer is not None:
        found.append(NextTimer("offer_expires", item.offer.expires_at))
    if item.assignment is not None and item.assignment.wrap_until is not None:
        found.append(NextTimer("wrap_up_ends", item.assignment.wrap_until))
    return found
