"""What the API shows of work and agents."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from contracts.base import Instant
from router.domain.load import units_of
from router.domain.model import Agent, ChannelClass, MetricClock, Offer, WorkItem, WorkState
from router.domain.requirements import skill_needs
from router.handlers.examples import AGENT_EXAMPLE, OFFER_EXAMPLE, PROOF_EXAMPLE, WORK_EXAMPLE
from router.handlers.instants import instant, instant_or_none


def _like(example: JsonDict) -> ConfigDict:
    return ConfigDict(json_schema_extra={"examples": [example]})


class Now(BaseModel):
    """`live`: from the memory of the owner of the group, otherwise from the store, as committed at `as_of`."""

    live: bool
    as_of: Instant


class ClockShown(BaseModel):
    """`remaining_ms` is business time, only known while the clock does not run; `due_at` only while it runs."""

    metric: str = Field(examples=["first_response"])
    policy: str
    policy_revision: int
    calendar: str | None = Field(default=None, examples=["office"])
    calendar_revision: int = 0
    status: str = Field(examples=["running"])
    target_ms: int
    started_at: Instant
    due_at: Instant | None = None
    remaining_ms: int | None = None
    warned: tuple[str, ...] = ()
    breached_at: Instant | None = None
    ended_at: Instant | None = None
    late: bool = False


class OfferShown(BaseModel):
    model_config = _like(OFFER_EXAMPLE)

    offer_id: UUID
    case_id: UUID
    agent_id: str = Field(examples=["aiko"])
    queue: str = Field(examples=["returns"])
    offered_at: Instant
    expires_at: Instant
    outcome: str = Field(examples=["open"])
    ended_at: Instant | None = None
    reason: str | None = None


class WorkShown(BaseModel):
    """`agent_id` is who holds it, by an open offer or by assignment."""

    model_config = _like(WORK_EXAMPLE)

    case_id: UUID
    state: str = Field(examples=["assigned"])
    queue: str = Field(examples=["returns"])
    agent_id: str | None = None
    offer_id: UUID | None = None
    assignment_id: UUID | None = None
    channel: str = Field(examples=["line"])
    channel_class: str = Field(examples=["messaging"])
    priority: int
    skills: dict[str, int] = {}
    rule: str | None = None
    requested_at: Instant
    queued_at: Instant
    wrap_up_until: Instant | None = None
    auto_offer_stopped: bool = False
    closed_at: Instant | None = None
    close_reason: str | None = None
    consults: dict[str, str] = Field(default={}, description="consult or monitor, by agent")
    note: str = Field(default="", description="of the last transfer")
    sla: tuple[ClockShown, ...] = ()


class PresenceShown(BaseModel):
    """`name` is the tenant's own for the presence, or the same word."""

    presence: str = Field(examples=["away"])
    name: str = Field(examples=["lunch"])
    source: str = Field(examples=["agent"])
    since: Instant


class AgentShown(BaseModel):
    """`load` is the units in use, `capacity` the units there are, both by channel class. A parked conversation uses none.

    `presence` is the general one; `presence_by_class` what holds for each channel class.
    """

    model_config = _like(AGENT_EXAMPLE)

    agent_id: str = Field(examples=["aiko"])
    name: str = Field(examples=["佐藤 愛子"])
    presence: str = Field(examples=["available"])
    presence_name: str = Field(default="", examples=["available"])
    presence_source: str = Field(examples=["agent"])
    presence_since: Instant
    presence_by_class: dict[str, PresenceShown] = {}
    lease_until: Instant | None = Field(default=None, description="of the socket's heartbeat")
    heartbeat_lost_at: Instant | None = None
    queues: tuple[str, ...]
    skills: dict[str, int]
    capacity: dict[str, int]
    load: dict[str, int] = {}
    work: tuple[WorkShown, ...] = ()
    offers: tuple[OfferShown, ...] = ()


class LedgerShown(BaseModel):
    position: int
    type: str = Field(examples=["SlaApplied"])
    event_id: UUID
    at: Instant
    entry: dict[str, Any]


class ProofShown(Now):
    """The ledger, the clocks that its replay gives, and whether they are the clocks the router works with."""

    model_config = _like(PROOF_EXAMPLE)

    case_id: UUID
    ledger: tuple[LedgerShown, ...]
    replayed: tuple[ClockShown, ...]
    agrees: bool


def show_clock(clock: MetricClock) -> ClockShown:
    return ClockShown(
        metric=clock.metric.value,
        policy=clock.policy,
        policy_revision=clock.policy_revision,
        calendar=clock.calendar,
        calendar_revision=clock.calendar_revision,
        status=clock.status.value,
        target_ms=clock.target_ms,
        started_at=instant(clock.started_at),
        due_at=instant_or_none(clock.due_at),
        remaining_ms=clock.remaining_ms,
        warned=clock.warned,
        breached_at=instant_or_none(clock.breached_at),
        ended_at=instant_or_none(clock.ended_at),
        late=clock.late,
    )


def show_offer(item: WorkItem, offer: Offer) -> OfferShown:
    return OfferShown(
        offer_id=UUID(offer.offer_id),
        case_id=UUID(item.case_id),
        agent_id=offer.agent_id,
        queue=item.queue,
        offered_at=instant(offer.offered_at),
        expires_at=instant(offer.expires_at),
        outcome=offer.outcome.value,
        ended_at=instant_or_none(offer.ended_at),
        reason=offer.reason or None,
    )


def show_work(item: WorkItem) -> WorkShown:
    offer, assignment = item.offer, item.assignment
    return WorkShown(
        case_id=UUID(item.case_id),
        state=item.state.value,
        queue=item.queue,
        agent_id=item.agent_id,
        offer_id=UUID(offer.offer_id) if offer is not None else None,
        assignment_id=UUID(assignment.assignment_id) if assignment is not None else None,
        channel=item.channel,
        channel_class=item.channel_class.value,
        priority=item.priority,
        skills={need.name: need.level for need in skill_needs(item.skills)},
        rule=item.rule,
        requested_at=instant(item.requested_at),
        queued_at=instant(item.queued_at),
        wrap_up_until=instant_or_none(assignment.wrap_until) if assignment is not None else None,
        auto_offer_stopped=item.auto_offer_stopped,
        closed_at=instant_or_none(item.closed_at),
        close_reason=item.close_reason,
        consults=dict(item.consults),
        note=item.note,
        sla=tuple(map(show_clock, item.clocks.values())),
    )


def show_agent(agent: Agent, held: list[WorkItem]) -> AgentShown:
    offered = [(item, item.offer) for item in held if item.state is WorkState.OFFERED]
    return AgentShown(
        agent_id=agent.agent_id,
        name=agent.name,
        presence=agent.presence.value,
        presence_name=agent.presence_name,
        presence_source=agent.presence_source,
        presence_since=instant(agent.presence_since),
        presence_by_class={name.value: _presence(agent, name) for name in ChannelClass},
        lease_until=instant_or_none(agent.lease_until),
        heartbeat_lost_at=instant_or_none(agent.lost_at),
        queues=agent.queues,
        skills=agent.skills,
        capacity={name.value: units for name, units in agent.capacity.items()},
        load={name.value: units for name, units in units_of(held).items()},
        work=tuple(show_work(item) for item in held if item.state is not WorkState.OFFERED),
        offers=tuple(show_offer(item, offer) for item, offer in offered if offer is not None),
    )


def _presence(agent: Agent, channel_class: ChannelClass) -> PresenceShown:
    fact = agent.presence_fact(channel_class)
    presence = agent.presence_for(channel_class).value
    return PresenceShown(presence=presence, name=fact.name, source=fact.source, since=instant(fact.since))
