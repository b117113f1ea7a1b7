"""Offering and assigning work, and what agents answer."""

from router.domain import estimates
from router.domain.commands import AcceptOffer, DeclineOffer
from router.domain.events import AutoOfferStopped, OfferEnded, Refusal, WorkAssigned, WorkOffered
from router.domain.floor import Floor, derived_id
from router.domain.model import Agent, Assignment, Offer, OfferOutcome, QueueMode, WorkItem, WorkState
from router.domain.timers import ShortTimer

REMEMBERED_OFFERS = 20

_ENDED = {
    OfferOutcome.ACCEPTED: ("offer_already_accepted", "was accepted already"),
    OfferOutcome.TIMED_OUT: ("offer_expired", "has expired"),
    OfferOutcome.DECLINED: ("offer_declined", "was declined"),
    OfferOutcome.WITHDRAWN: ("offer_withdrawn", "was withdrawn"),
}


def hand_out(floor: Floor, item: WorkItem, agent: Agent) -> None:
    """Takes waiting work out of its queue, by offer or at once."""
    if floor.watch is not None:
        floor.watch(floor, item, agent)
    floor.waiting.remove(item)
    step = floor.signatures.of(item).step
    may_exceed = step is not None and not step.respects_capacity
    floor.take(agent, item, may_exceed)
    if floor.queue_of(item).mode is QueueMode.AUTO_ASSIGN:
        assign(floor, item, agent, None)
    else:
        _offer(floor, item, agent)


def assign(floor: Floor, item: WorkItem, agent: Agent, offer_id: str | None) -> None:
    """The agent's capacity must be taken already."""
    item.assignments_made += 1
    assignment_id = derived_id("assignment", item, item.assignments_made)
    item.assignment = Assignment(assignment_id, agent.agent_id, floor.now)
    item.state = WorkState.ASSIGNED
    estimates.answered(floor, item)
    if item.answered_at is not None:
        floor.timers.arm(ShortTimer.PARK, item.case_id)
    floor.work_changed(item)
    floor.emit(WorkAssigned(item.case_id, floor.now, item.queue, assignment_id, agent.agent_id, offer_id))


def accept_offer(floor: Floor, command: AcceptOffer) -> Refusal | None:
    item = _offered(floor, command)
    if isinstance(item, Refusal):
        return item
    agent = floor.state.agents[command.agent_id]
    offer = item.offers[-1]
    offer.outcome, offer.ended_at = OfferOutcome.ACCEPTED, floor.now
    assign(floor, item, agent, offer.offer_id)
    return None


def decline_offer(floor: Floor, command: DeclineOffer) -> Refusal | None:
    item = _offered(floor, command)
    if isinstance(item, Refusal):
        return item
    end_offer(floor, item, OfferOutcome.DECLINED, command.reason)
    floor.enqueue(item)
    return None


def end_offer(floor: Floor, item: WorkItem, how: OfferOutcome, reason: str) -> None:
    """Frees the agent and counts the decline; the caller says where the work goes."""
    offer = item.offers[-1]
    offer.outcome, offer.ended_at, offer.reason = how, floor.now, reason
    floor.release(floor.state.agents[offer.agent_id], item)
    floor.emit(OfferEnded(item.case_id, floor.now, offer.offer_id, offer.agent_id, how, reason))
    if how is not OfferOutcome.WITHDRAWN:
        _count_decline(floor, item, offer.agent_id)


def withdraw_offer(floor: Floor, item: WorkItem, reason: str) -> None:
    end_offer(floor, item, OfferOutcome.WITHDRAWN, reason)
    floor.enqueue(item)


def _offer(floor: Floor, item: WorkItem, agent: Agent) -> None:
    item.offers_made += 1
    expires_at = floor.now + floor.queue_of(item).offer_timeout_ms
    offer = Offer(derived_id("offer", item, item.offers_made), agent.agent_id, floor.now, expires_at)
    item.offers = (*item.offers[1 - REMEMBERED_OFFERS :], offer)
    item.state = WorkState.OFFERED
    floor.timers.arm(ShortTimer.OFFER, item.case_id)
    floor.work_changed(item)
    floor.emit(WorkOffered(item.case_id, floor.now, item.queue, offer.offer_id, agent.agent_id, expires_at))


def _offered(floor: Floor, command: AcceptOffer | DeclineOffer) -> WorkItem | Refusal:
    """The work, if this agent's offer of it is open."""
    item = floor.find(command.case_id)
    if isinstance(item, Refusal):
        return item
    offer = next((offer for offer in item.offers if offer.offer_id == command.offer_id), None)
    if offer is None:
        return Refusal("unknown_offer", f"Case {command.case_id} has no offer {command.offer_id}.")
    if offer.agent_id != command.agent_id:
        return Refusal("offer_not_yours", f"Offer {command.offer_id} was made to another agent.")
    if offer.outcome is not OfferOutcome.OPEN:
        code, what = _ENDED[offer.outcome]
        return Refusal(code, f"Offer {command.offer_id} {what}.")
    return item


def _count_decline(floor: Floor, item: WorkItem, agent_id: str) -> None:
    item.declines = {**item.declines, agent_id: item.declines.get(agent_id, 0) + 1}
    if item.total_declines >= floor.queue_of(item).max_declines and not item.auto_offer_stopped:
        item.auto_offer_stopped = True
        floor.emit(AutoOfferStopped(item.case_id, floor.now, item.queue, item.total_declines))
