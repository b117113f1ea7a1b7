"""One attempt: the requests, the decision, the record."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.domain.choose_path import Way
from notifier.domain.delivery import Accept, Decision, Hold, Limits, decide
from notifier.domain.outcome import Kind, Outcome
from notifier.handlers.chat_feed import CHANNEL, ChatFeed, keep_for_visitor
from notifier.handlers.conclude import Progressed, conclude
from notifier.handlers.match_receipt import match_parked
from notifier.handlers.ports import (
    AttemptRecord,
    Carried,
    Carrier,
    Deferred,
    Deliveries,
    Delivery,
    Routes,
    SavePart,
    Work,
)
from notifier.handlers.progress import progress_of
from runtime.ports import Clock


@dataclass(frozen=True, slots=True)
class Attempted:
    """What happened to a claimed delivery, not yet in the store."""

    delivery: Delivery
    result: Carried | Deferred
    ended_at: datetime
    traceparent: str | None = None


async def attempt_delivery(
    delivery: Delivery, way: Way, carrier: Carrier, save_part: SavePart, clock: Clock, trace: Callable[[], str | None]
) -> Attempted:
    """Never raises but for cancellation: whatever the carrier can't name is a fault of ours."""
    try:
        result = await carrier.carry(delivery, way, save_part)
    except Exception as error:  # noqa: BLE001  # a bug must cost this delivery its attempts, not the loop its life
        result = _fault(delivery, way, error)
    return Attempted(delivery, result, clock.now(), trace())


async def record_attempt(
    attempted: Attempted, deliveries: Deliveries, feed: ChatFeed, work: Work, routes: Routes, limits: Limits
) -> Decision | None:
    """None: nothing was recorded, because no request was made or the delivery has moved on."""
    delivery, result = attempted.delivery, attempted.result
    if isinstance(result, Deferred):
        await deliveries.release(delivery, result.until)
        return None
    way = Way(delivery.chosen.path if delivery.chosen else 0, result.sent_by)
    sent = replace(delivery, chosen=way)
    decision = decide(result.outcome, progress_of(sent, routes.repetition(sent), work.now), work.now, limits)
    await work.act_for(delivery.tenant)
    ids = result.ids
    if isinstance(decision, Accept) and sent.path.channel == CHANNEL:
        ids = (await keep_for_visitor(sent, feed, work),)
    progressed = Progressed(result.parts_done, result.parts_total, ids)
    record = _record_of(attempted, result)
    if not await conclude(sent, decision, work.now, deliveries, work, attempt=record, progressed=progressed):
        return None
    if isinstance(decision, Hold):
        await match_parked(sent, deliveries, work)
    return decision


async def expire_leases(deliveries: Deliveries, work: Work, routes: Routes, limits: Limits, limit: int) -> int:
    """A sender that vanished in the middle leaves an attempt of unknown outcome."""
    found = await deliveries.expired_leases(limit)
    for delivery in found:
        outcome = Outcome(Kind.AMBIGUOUS, "the sender stopped in the middle of the attempt")
        method = delivery.chosen.method if delivery.chosen else None
        if method is None:
            outcome = replace(outcome, kind=Kind.TRANSIENT)
        decision = decide(outcome, progress_of(delivery, routes.repetition(delivery), work.now), work.now, limits)
        await work.act_for(delivery.tenant)
        record = AttemptRecord(
            n=delivery.attempt,
            started_at=delivery.attempt_started_at or work.now,
            ended_at=work.now,
            channel=delivery.path.channel,
            account=delivery.path.account,
            method=method,
            outcome=str(outcome.kind),
            code=outcome.code,
            reason=outcome.reason,
        )
        if await conclude(delivery, decision, work.now, deliveries, work, attempt=record) and isinstance(
            decision, Hold
        ):
            await match_parked(delivery, deliveries, work)
    return len(found)


def _record_of(attempted: Attempted, carried: Carried) -> AttemptRecord:
    delivery, outcome = attempted.delivery, carried.outcome
    return AttemptRecord(
        n=delivery.attempt,
        started_at=delivery.attempt_started_at or attempted.ended_at,
        ended_at=attempted.ended_at,
        channel=delivery.path.channel,
        account=delivery.path.account,
        method=carried.sent_by,
        outcome=str(outcome.kind),
        code=outcome.code,
        reason=outcome.reason,
        http_status=outcome.http_status,
    )


def _fault(delivery: Delivery, way: Way, error: Exception) -> Carried:
    """Only its type: the text of an unknown exception may quote the message."""
    outcome = Outcome(Kind.FAULT, f"the notifier failed: {type(error).__name__}")
    return Carried(outcome, way.method, delivery.parts_done, delivery.parts_total, delivery.provider_message_ids)
