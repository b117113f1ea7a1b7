"""A provider's receipt can settle what its answer left open: it names a message that the answer never told us of."""

from dataclasses import replace
from datetime import timedelta

from contracts.inbound import ReceiptReceived
from contracts.values import MessageStatus
from notifier.domain.delivery import Accept, Decision, Fail, State, TryAgain
from notifier.domain.outcome import RECEIPT_FAILED
from notifier.handlers.conclude import Progressed, conclude
from notifier.handlers.ports import Deliveries, Delivery, ParkedReceipt, Work

CLOCK_SLACK = timedelta(seconds=5)
_TAKEN = (MessageStatus.ACCEPTED, MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ)


async def match_receipt(receipt: ReceiptReceived, deliveries: Deliveries, work: Work) -> bool:
    """True when it settled a delivery. One that may still find its delivery is parked; one of "all until then" names none."""
    if receipt.up_to is not None or receipt.status not in (*_TAKEN, MessageStatus.FAILED):
        return False
    if await deliveries.owns_provider_id(receipt.account, receipt.provider_message_id):
        return False
    parked = ParkedReceipt(
        account=receipt.account,
        recipient=receipt.conversation,
        provider_message_id=receipt.provider_message_id,
        status=receipt.status,
        reason=receipt.error_reason or receipt.error_code or "",
        occurred_at=receipt.occurred_at,
    )
    if await _settle_by(parked, deliveries, work):
        return True
    await deliveries.park(parked)
    return False


async def match_parked(delivery: Delivery, deliveries: Deliveries, work: Work) -> bool:
    """For a delivery just held: its receipt may have come while the request was still open."""
    for parked in await deliveries.parked(delivery.path.account, delivery.path.address.value):
        if await _settle_by(parked, deliveries, work):
            await deliveries.unpark(parked.account, [parked.provider_message_id])
            return True
    return False


async def _settle_by(receipt: ParkedReceipt, deliveries: Deliveries, work: Work) -> bool:
    """Only when no request to this person is open, and one alone is in doubt: the unknown id could be another's, and that one never seen.

    Whose id it is must be asked after that, however often it was asked before: a request may have ended between the questions.
    """
    doubtful = await deliveries.doubtful(receipt.account, receipt.recipient)
    if any(one.state is State.SENDING for one in doubtful):
        return False
    candidates = [one for one in doubtful if _can_be(one, receipt)]
    if len(candidates) != 1 or await deliveries.owns_provider_id(receipt.account, receipt.provider_message_id):
        return False
    (candidate,) = candidates
    done = candidate.parts_done + 1
    ids = (*candidate.provider_message_ids, receipt.provider_message_id)
    decision = _decision(candidate, receipt, done, work)
    progressed = Progressed(candidate.parts_done if isinstance(decision, Fail) else done, candidate.parts_total, ids)
    settled = replace(candidate, doubtful_since=None)
    frm = (State.AMBIGUOUS, State.HELD)
    return await conclude(settled, decision, work.now, deliveries, work, progressed=progressed, frm=frm)


def _can_be(delivery: Delivery, receipt: ParkedReceipt) -> bool:
    started = None if delivery.waits_for_approval else delivery.attempt_started_at
    return started is not None and receipt.occurred_at >= started - CLOCK_SLACK


def _decision(delivery: Delivery, receipt: ParkedReceipt, done: int, work: Work) -> Decision:
    if receipt.status is MessageStatus.FAILED:
        return Fail(f"permanent:{RECEIPT_FAILED}", f"the provider reported a failure: {receipt.reason or 'no reason'}")
    if done < (delivery.parts_total or 1):
        return TryAgain(work.now, str(State.ACCEPTED), "a receipt confirmed this part; the next one follows")
    return Accept(reason="confirmed by the provider's receipt")
