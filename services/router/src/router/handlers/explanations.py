"""What the API shows of why a work item is where it is."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from contracts.base import Instant
from router.domain.explain import Candidate, ClockView, Explanation, NextTimer, StepView
from router.domain.model import WorkItem
from router.domain.requirements import in_words, requirement_record
from router.handlers.examples import EXPLANATION_EXAMPLE
from router.handlers.instants import instant, instant_or_none
from router.handlers.queue_views import WaitShown, show_wait
from router.handlers.views import Now, OfferShown, WorkShown, show_offer, show_work


class RuleShown(BaseModel):
    rule: str
    outcome: str = Field(examples=["matched"])
    error: str | None = None


class CandidateShown(BaseModel):
    """`order` is compared place by place, the lowest is asked first: preferred, declined, ring, the queue's method, the id."""

    agent_id: str
    obstacle: str | None = Field(default=None, description="the first reason why not; none: eligible now")
    declines: int
    ring: int = Field(default=0, description="which of the widening rings the agent is in; -1: none")
    proficiency: int = Field(default=0, description="the sum of the levels brought of the skills asked for")
    order: list[Any] = []


class StepShown(BaseModel):
    """Whom the work accepts until `until`; `holds` tells the step of this moment. `agent_id` is the only one waited for."""

    number: int
    until: Instant | None = None
    holds: bool
    widens: bool = False
    agent_id: str | None = None
    requires: list[Any] = Field(default=[], examples=[[["japanese", 4]]])
    in_words: str = Field(default="", examples=["japanese 4 or more"])


class ClockNowShown(BaseModel):
    """`remaining_ms` is business time left at this moment, negative when overdue."""

    metric: str = Field(examples=["first_response"])
    status: str = Field(examples=["running"])
    policy: str
    due_at: Instant | None = None
    remaining_ms: int
    breached_at: Instant | None = None


class TimerShown(BaseModel):
    kind: str = Field(examples=["offer_expires"])
    due_at: Instant
    metric: str | None = None


class DecisionShown(BaseModel):
    type: str = Field(examples=["WorkQueued"])
    at: Instant
    event_id: UUID
    detail: dict[str, Any]


class ExplanationShown(Now):
    """Who could take it now is known only when `live`.

    `candidates` shows the first fifty in the order in which they are asked, `obstacles` counts all by their first reason.
    `signature` is what the work asked for at first, in one word; `visited` the queues that it overflowed from.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [EXPLANATION_EXAMPLE]})

    sentence: str
    work: WorkShown
    rules: tuple[RuleShown, ...]
    requires: str = Field(default="", description="what it asks of an agent now, in words; empty: nothing")
    signature: str | None = None
    visited: tuple[str, ...] = ()
    steps: tuple[StepShown, ...] | None = None
    order: list[Any] | None = Field(default=None, description="its place in its queue; lower is served first")
    wait: WaitShown | None = None
    candidates: tuple[CandidateShown, ...] | None = None
    obstacles: dict[str, int] | None = None
    clocks: tuple[ClockNowShown, ...] | None = None
    offers: tuple[OfferShown, ...]
    next_timer: TimerShown | None = None
    decisions: tuple[DecisionShown, ...] = ()


def explain_live(explained: Explanation, item: WorkItem, as_of: datetime) -> ExplanationShown:
    wait, timer = explained.wait, explained.next_timer
    return explain_stored(item, as_of).model_copy(
        update={
            "live": True,
            "signature": explained.signature,
            "steps": tuple(map(_step, explained.steps)),
            "order": None if explained.order is None else list(explained.order),
            "wait": None if wait is None else show_wait(wait, as_of),
            "candidates": tuple(map(_candidate, explained.candidates)),
            "obstacles": explained.obstacles,
            "clocks": tuple(map(_clock, explained.clocks)),
            "next_timer": None if timer is None else _timer(timer),
        }
    )


def explain_stored(item: WorkItem, as_of: datetime) -> ExplanationShown:
    routed = item.explanation
    return ExplanationShown(
        live=False,
        as_of=as_of,
        sentence=routed.sentence,
        work=show_work(item),
        rules=tuple(RuleShown(rule=tried.rule, outcome=tried.outcome, error=tried.error) for tried in routed.rules),
        requires=in_words(item.skills),
        visited=item.visited,
        offers=tuple(show_offer(item, offer) for offer in item.offers),
    )


def _candidate(candidate: Candidate) -> CandidateShown:
    return CandidateShown(
        agent_id=candidate.agent_id,
        obstacle=candidate.obstacle,
        declines=candidate.declines,
        ring=candidate.ring,
        proficiency=candidate.proficiency,
        order=list(candidate.order),
    )


def _step(view: StepView) -> StepShown:
    step = view.step
    return StepShown(
        number=view.number,
        until=instant_or_none(view.until),
        holds=view.now,
        widens=step.widens,
        agent_id=step.agent_id,
        requires=list(map(requirement_record, step.skills)),
        in_words=in_words(step.skills),
    )


def _clock(clock: ClockView) -> ClockNowShown:
    return ClockNowShown(
        metric=clock.metric.value,
        status=clock.status.value,
        policy=clock.policy,
        due_at=instant_or_none(clock.due_at),
        remaining_ms=clock.remaining_ms,
        breached_at=instant_or_none(clock.breached_at),
    )


def _timer(timer: NextTimer) -> TimerShown:
    return TimerShown(kind=timer.kind, due_at=instant(timer.due_at), metric=timer.metric)
