"""An attempt's decision becomes the delivery's new state, its attempt's record and the event about it."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.topics import OUTBOUND_RESULTS
from notifier.domain.choose_path import closing_key
from notifier.domain.delivery import Accept, Decision, Fail, Hold, State, TryAgain, TryElsewhere
from notifier.domain.outcome import EXPIRED, WAITING_FOR_APPROVAL, Kind
from notifier.handlers.ports import AttemptRecord, Change, Deliveries, Delivery
from notifier.handlers.results import result_of
from runtime.ports import Emitter

LATE = (State.SENDING, State.AMBIGUOUS, State.HELD)


@dataclass(frozen=True, slots=True)
class Progressed:
    """What the attempt added, whatever its end: parts taken and their provider ids."""

    parts_done: int
    parts_total: int | None
    ids: tuple[str, ...]


async def conclude(
    delivery: Delivery,
    decision: Decision,
    now: datetime,
    deliveries: Deliveries,
    work: Emitter,
    *,
    attempt: AttemptRecord | None = None,
    progressed: Progressed | None = None,
    frm: tuple[State, ...] = (State.SENDING,),
    counted: bool = True,
) -> bool:
    """False, and nothing happens, when the delivery has moved on since it was read.

    An acceptance counts even if it comes after the lease ran out.
    """
    allowed = LATE if isinstance(decision, Accept) and frm == (State.SENDING,) else frm
    done = progressed or Progressed(delivery.parts_done, delivery.parts_total, delivery.provider_message_ids)
    change = replace(
        change_of(delivery, decision, now),
        parts_done=done.parts_done,
        parts_total=done.parts_total,
        provider_message_ids=done.ids,
        uncounted=not counted,
    )
    if not await deliveries.save(delivery, change, attempt, allowed):
        return False
    attempts = delivery.attempt if counted else delivery.attempt - 1
    event = result_of(delivery, decision, now, done.ids, attempts)
    if event is not None:
        key = delivery.path.conversation_id if delivery.event is None else delivery.case_id
        work.emit(OUTBOUND_RESULTS, str(key), event)
    return True


def change_of(delivery: Delivery, decision: Decision, now: datetime) -> Change:
    doubt = delivery.doubtful_since
    match decision:
        case Accept(reason=reason):
            return Change(State.ACCEPTED, None, code=str(Kind.ACCEPTED), reason=reason, finished=True)
        case TryAgain():
            return _again(delivery, decision, now)
        case TryElsewhere(kind=kind, reason=reason, code=code):
            closed = dict(delivery.closed)
            if delivery.chosen is not None:
                closed[closing_key(delivery.chosen, kind)] = kind
            return Change(State.RETRY, None, next_attempt_at=now, closed=closed, code=code, reason=reason)
        case Fail(code=code, reason=reason, dead=dead):
            state = State.DEAD if dead else State.EXPIRED if code == EXPIRED else State.FAILED
            return Change(state, doubt, code=code, reason=reason, finished=True)
        case Hold(reason=reason, code=code) if code == WAITING_FOR_APPROVAL:
            return Change(State.HELD, None, code=code, reason=reason)
        case Hold(reason=reason):
            since = doubt or delivery.attempt_started_at or now
            return Change(State.HELD, since, code=str(Kind.AMBIGUOUS), reason=reason)


def _again(delivery: Delivery, again: TryAgain, now: datetime) -> Change:
    doubt = (delivery.doubtful_since or delivery.attempt_started_at or now) if again.doubtful else None
    return Change(
        State.AMBIGUOUS if again.doubtful else State.RETRY,
        doubt,
        next_attempt_at=again.at,
        failures=delivery.failures + 1,
        faults=delivery.faults + int(again.fault),
        code=again.code,
        reason=again.reason,
    )
