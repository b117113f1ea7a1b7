"""An operator sends again what had ended or is held, or says what became of what is held."""

from typing import Literal
from uuid import UUID

from notifier.domain.delivery import Accept, Decision, Fail, State
from notifier.domain.outcome import SETTLED
from notifier.handlers.conclude import conclude
from notifier.handlers.ports import Deliveries, Delivery, Routes, Work
from runtime.errors import NotFound, Refused

REDRIVABLE = (State.DEAD, State.FAILED, State.EXPIRED, State.HELD)


async def redrive_delivery(id: UUID, deliveries: Deliveries, work: Work, routes: Routes) -> Delivery:
    """Raises NotFound, and Refused for a delivery that has not ended or was accepted."""
    delivery = await _locked(id, deliveries)
    if delivery.state not in REDRIVABLE:
        raise Refused("delivery_not_redrivable", f"A delivery that is {delivery.state} can't be sent again.")
    expires_at = max(delivery.expires_at, work.now + routes.expire_after(work.tenant))
    await deliveries.redrive(delivery, expires_at)
    return await _locked(id, deliveries)


async def approve_delivery(id: UUID, by: str, deliveries: Deliveries, work: Work, routes: Routes) -> Delivery:
    """Raises NotFound, and Refused for a delivery that waits for nobody's approval."""
    delivery = await _locked(id, deliveries)
    if not delivery.waits_for_approval:
        raise Refused("delivery_not_waiting", f"A delivery that is {delivery.state} waits for nobody's approval.")
    await deliveries.approve(delivery, by)
    await deliveries.redrive(delivery, max(delivery.expires_at, work.now + routes.expire_after(work.tenant)))
    return await _locked(id, deliveries)


async def settle_delivery(
    id: UUID, outcome: Literal["accepted", "failed"], deliveries: Deliveries, work: Work
) -> Delivery:
    """Raises NotFound, and Refused for a delivery that is not held."""
    delivery = await _locked(id, deliveries)
    if delivery.state is not State.HELD:
        raise Refused(
            "delivery_not_held", f"A delivery that is {delivery.state} can't be settled; only a held one can."
        )
    reason = f"settled as {outcome} by an operator"
    decision: Decision = Accept(reason=reason) if outcome == "accepted" else Fail(f"permanent:{SETTLED}", reason)
    await conclude(delivery, decision, work.now, deliveries, work, frm=(State.HELD,))
    return await _locked(id, deliveries)


async def _locked(id: UUID, deliveries: Deliveries) -> Delivery:
    delivery = await deliveries.get(id, lock=True)
    if delivery is None:
        raise NotFound("delivery", id)
    return delivery
