"""What the API shows of queues and of waiting in them."""

from datetime import datetime
from typing import Final
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from router.domain.estimates import WaitState, WaitView
from router.domain.figures import Tally
from router.domain.live import QueueView
from router.domain.model import WorkItem, WorkState
from router.handlers.examples import QUEUE_EXAMPLE, QUEUES_EXAMPLE, WAIT_EXAMPLE
from router.handlers.instants import millis
from router.handlers.views import Now

_NAMES: Final = {15: "15m", 60: "1h", 1440: "1d"}


class TallyShown(BaseModel):
    """`service_level` is the share answered in the queue's time, of all answered or abandoned; none before the first."""

    answered: int
    abandoned: int
    offers_missed: int
    service_level: float | None = None


class QueueShown(BaseModel):
    """`is_closed`, `occupancy` and `last` are the owner's alone: not known when `live` is false."""

    model_config = ConfigDict(json_schema_extra={"examples": [QUEUE_EXAMPLE]})

    queue: str
    waiting: int
    oldest_wait_ms: int | None = None
    agents: dict[str, int]
    is_closed: bool | None = None
    occupancy: float | None = Field(default=None, description="the share of the present agents' capacity in use")
    last: dict[str, TallyShown] | None = Field(
        default=None, description="15m, 1h and 1d; counted since this owner began"
    )


class QueuesShown(Now):
    model_config = ConfigDict(json_schema_extra={"examples": [QUEUES_EXAMPLE]})

    queues: tuple[QueueShown, ...]


class WaitShown(Now):
    """`state`: waiting, no_agents, closed (the queue's hours) or not_waiting.

    The estimate is missing while too little is known, the position while the order may still change. Not `live` is what
    the store tells: neither of the two, and whether agents are there is not known.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [WAIT_EXAMPLE]})

    case_id: UUID
    state: str
    queue: str
    waited_ms: int
    estimated_wait_ms: int | None = None
    position: int | None = None


def show_queue(queue: QueueView) -> QueueShown:
    return QueueShown(
        queue=queue.queue,
        waiting=queue.waiting,
        oldest_wait_ms=queue.oldest_wait_ms,
        agents={presence.value: count for presence, count in queue.agents.items()},
        is_closed=queue.is_closed,
        occupancy=queue.occupancy,
        last={_NAMES[minutes]: _tally(tally) for minutes, tally in queue.over.items()},
    )


def show_wait(view: WaitView, as_of: datetime) -> WaitShown:
    return WaitShown(
        case_id=UUID(view.case_id),
        live=True,
        as_of=as_of,
        state=view.state.value,
        queue=view.queue,
        waited_ms=view.waited_ms,
        estimated_wait_ms=view.estimated_wait_ms,
        position=view.position,
    )


def show_stored_wait(item: WorkItem, as_of: datetime) -> WaitShown:
    waits = item.state is WorkState.QUEUED
    state = WaitState.WAITING if waits else WaitState.NOT_WAITING
    waited_ms = max(0, millis(as_of) - item.queued_at) if waits else 0
    return WaitShown(
        case_id=UUID(item.case_id), live=False, as_of=as_of, state=state.value, queue=item.queue, waited_ms=waited_ms
    )


def _tally(tally: Tally) -> TallyShown:
    return TallyShown(
        answered=tally.answered,
        abandoned=tally.abandoned,
        offers_missed=tally.missed,
        service_level=tally.service_level,
    )
