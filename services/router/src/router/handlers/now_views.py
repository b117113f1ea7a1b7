"""What readers of the API see, and of which moment it is."""

from collections.abc import Sequence
from datetime import datetime
from heapq import nsmallest
from typing import Generic, TypeVar
from uuid import UUID

from pydantic import ConfigDict

from router.domain.engine import Engine
from router.domain.events import Refusal
from router.domain.model import Agent, WorkItem
from router.handlers.examples import AGENT_EXAMPLE, NOW, SLA_EXAMPLE, WORK_EXAMPLE
from router.handlers.instants import instant
from router.handlers.views import (
    AgentShown,
    ClockShown,
    Now,
    OfferShown,
    WorkShown,
    show_agent,
    show_clock,
    show_offer,
    show_work,
)

T = TypeVar("T")


class WorkNow(WorkShown, Now):
    model_config = ConfigDict(json_schema_extra={"examples": [NOW | WORK_EXAMPLE]})


class AgentNow(AgentShown, Now):
    model_config = ConfigDict(json_schema_extra={"examples": [NOW | AGENT_EXAMPLE]})


class ListNow(Now, Generic[T]):
    """`next` goes into the query parameter `cursor` of the next request; without it this page is the last."""

    items: Sequence[T]
    next: str | None = None


class SlaNow(Now):
    """The clocks of a case. Only when `live` is the time left of running clocks known, negative when overdue."""

    model_config = ConfigDict(json_schema_extra={"examples": [SLA_EXAMPLE]})

    case_id: UUID
    policy: str | None
    clocks: tuple[ClockShown, ...]


def work_now(engine: Engine, case_id: UUID, now: int) -> WorkNow | None:
    """None for work that is done or unknown: the store tells those apart."""
    item = engine.state.work.get(str(case_id))
    return None if item is None else _work(item, live=True, as_of=instant(now))


def stored_work(item: WorkItem, as_of: datetime) -> WorkNow:
    return _work(item, live=False, as_of=as_of)


def agent_now(engine: Engine, agent_id: str, now: int) -> AgentNow | None:
    agent = engine.state.agents.get(agent_id)
    if agent is None:
        return None
    shown = show_agent(agent, _held(engine, agent)).model_dump()
    return AgentNow(**shown, live=True, as_of=instant(now))


def stored_agent(agent: Agent, held: list[WorkItem], as_of: datetime) -> AgentNow:
    return AgentNow(**show_agent(agent, held).model_dump(), live=False, as_of=as_of)


def agents_now(engine: Engine, after: str, limit: int, queue: str | None) -> list[AgentShown]:
    known = engine.state.agents
    wanted = (name for name, agent in known.items() if name > after and (queue is None or queue in agent.queues))
    agents = [known[name] for name in nsmallest(limit, wanted)]
    return [show_agent(agent, _held(engine, agent)) for agent in agents]


def offers_now(engine: Engine, agent_id: str) -> list[OfferShown] | None:
    agent = engine.state.agents.get(agent_id)
    if agent is None:
        return None
    offered = [(item, item.offer) for item in _held(engine, agent)]
    shown = [show_offer(item, offer) for item, offer in offered if offer is not None]
    return sorted(shown, key=lambda offer: (offer.offered_at, offer.offer_id))


def sla_now(engine: Engine, case_id: UUID, now: int) -> SlaNow | None:
    views = engine.clock_view(str(case_id), now)
    if isinstance(views, Refusal):
        return None
    item = engine.state.work[str(case_id)]
    left = {view.metric.value: view.remaining_ms for view in views}
    clocks = (show_clock(clock) for clock in item.clocks.values())
    told = tuple(clock.model_copy(update={"remaining_ms": left[clock.metric]}) for clock in clocks)
    return SlaNow(case_id=case_id, policy=item.sla_policy, clocks=told, live=True, as_of=instant(now))


def stored_sla(item: WorkItem, as_of: datetime) -> SlaNow:
    clocks = tuple(map(show_clock, item.clocks.values()))
    return SlaNow(case_id=UUID(item.case_id), policy=item.sla_policy, clocks=clocks, live=False, as_of=as_of)


def _work(item: WorkItem, *, live: bool, as_of: datetime) -> WorkNow:
    return WorkNow(**show_work(item).model_dump(), live=live, as_of=as_of)


def _held(engine: Engine, agent: Agent) -> list[WorkItem]:
    held = (engine.state.work[case_id] for case_id in agent.held)
    return sorted(held, key=lambda item: (item.queued_at, item.case_id))
