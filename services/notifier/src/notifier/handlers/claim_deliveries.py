"""What is due becomes `sending` on the way that is legal now, in one transaction, before any request is made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from notifier.domain.choose_path import Way, choose
from notifier.domain.delivery import Decision, Fail, Hold, Limits, Progress, State, TryElsewhere, decide, expire
from notifier.domain.outcome import WAITING_FOR_APPROVAL, Kind, Outcome, refused_as
from notifier.handlers.conclude import conclude
from notifier.handlers.ports import Delivery, DeliveryQueue, Leases, Routes, Work
from notifier.handlers.progress import progress_of


@dataclass(frozen=True, slots=True)
class Claimed:
    """`ready` are to be sent. Of all others the first is due at `next_due`; None too when `others` may have come nearer since."""

    ready: Sequence[Delivery]
    next_due: datetime | None
    others: int = 0


async def claim_deliveries(
    queue: DeliveryQueue, work: Work, routes: Routes, limits: Limits, leases: Leases, limit: int
) -> Claimed:
    """`others` found an end or a later time in the same transaction: expired, or no legal way."""
    due = await queue.due(limit)
    begun = [_begun(delivery, work.now) for delivery in due.deliveries]
    found = [(delivery, _way_of(delivery, work.now, routes, limits)) for delivery in begun]
    if found:
        await queue.take([(delivery, way if isinstance(way, Way) else None) for delivery, way in found], leases)
    for delivery, decision in found:
        if not isinstance(decision, Way):
            await work.act_for(delivery.tenant)
            await conclude(delivery, decision, work.now, queue, work, counted=False)
    ready = [replace(delivery, chosen=way) for delivery, way in found if isinstance(way, Way)]
    others = len(found) - len(ready)
    return Claimed(ready, None if others else due.next_due, others)


def _begun(delivery: Delivery, now: datetime) -> Delivery:
    return replace(
        delivery,
        state=State.SENDING,
        claimed_from=delivery.state,
        attempt=delivery.attempt + 1,
        attempt_started_at=now,
    )


def _way_of(delivery: Delivery, now: datetime, routes: Routes, limits: Limits) -> Way | Decision:
    """What is in doubt may only repeat itself; what was delivered in part stays with its recipient."""
    progress = progress_of(delivery, routes.repetition(delivery), now)
    if now >= delivery.expires_at:
        return expire(progress)
    facts = routes.facts(delivery)
    bound = delivery.chosen if delivery.parts_done else None
    found = choose(
        facts.paths,
        now,
        fallback=facts.fallback,
        closed=delivery.closed,
        only=delivery.chosen if progress.doubtful_since else None,
        only_path=bound.path if bound else None,
        last=refused_as(delivery.last_code, delivery.last_reason),
    )
    if isinstance(found, Outcome):
        return _without_way(found, progress, now, limits)
    if facts.paths[found.path].needs_approval and delivery.approved_by is None and delivery.event is None:
        return Hold("it waits for somebody to approve it", WAITING_FOR_APPROVAL)
    return _too_late(progress, now) or found


def _without_way(refusal: Outcome, progress: Progress, now: datetime, limits: Limits) -> Decision:
    if progress.doubtful_since is not None and refusal.kind is not Kind.CHANNEL_BROKEN:
        return Hold(f"an earlier attempt may have been taken, and it can't be repeated: {refusal.reason}")
    decision = decide(refusal, progress, now, limits)
    return Fail(refusal.code, refusal.reason) if isinstance(decision, TryElsewhere) else decision


def _too_late(progress: Progress, now: datetime) -> Hold | None:
    if progress.doubtful_since is None or progress.repeat_until is None or now < progress.repeat_until:
        return None
    return Hold("an earlier attempt may have been taken, and it is too late to ask again safely")
