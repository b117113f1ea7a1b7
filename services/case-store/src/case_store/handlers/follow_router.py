"""What the router made of work that a bot handed over."""

from case_store.domain.handling import HandlingState, Why, queued, taken
from case_store.handlers.handlings import has_bots, keep
from case_store.handlers.ports import Work
from case_store.handlers.tell_customer import ROUTER
from contracts.routing import WorkAssigned, WorkRequeued, WorkTransferred
from runtime.errors import NotFound


async def follow_router(event: object, work: Work) -> None:
    """Of a case that is a bot's again, or closed, the router told too late."""
    if not has_bots(work) or not isinstance(event, WorkAssigned | WorkRequeued | WorkTransferred):
        return
    held = await work.handlings.of(event.case_id)
    if held is None or held.state not in (HandlingState.QUEUED, HandlingState.AGENT):
        return
    if isinstance(event, WorkAssigned):
        moved = taken(held, event.agent_id, Why.ASSIGNED, work.now)
    elif held.state is HandlingState.AGENT:
        moved = queued(held, Why.REQUEUED, work.now)
    else:
        return
    case = await work.cases.lock(event.case_id)
    if case is None:
        raise NotFound("case", event.case_id)
    await keep(case, moved, held, ROUTER, work)
