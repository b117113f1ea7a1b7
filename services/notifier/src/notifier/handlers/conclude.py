"""An attempt's decision becomes the delivery's new state, its attempt's record and the event about it."""

from dataclasses import dataclass, replace
from datetime import datetime

from contracts.base import Contract
from contracts.outbound import SendAccepted, SendFailed, SendHeld, SendMethod
from contracts.topics import OUTBOUND_RESULTS
from notifier.domain.choose_path import closing_key
from notifier.domain.delivery import Accept, Decision, Fail, Hold, State, TryAgain, TryElsewhere
from notifier.domain.outcome import EXPIRED, Kind
from notifier.handlers.ports import AttemptRecord, Change, Deliveries, Delivery
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
    event = event_of(delivery, decision, now, done, delivery.attempt if counted else delivery.attempt - 1)
    if event is not None:
        work.emit(OUTBOUND_RESULTS, str(delivery.path.conversation_id), event)
    return True


def change_of(delivery: Delivery, decision: Decision, now: datetime) -> Change:
    doubt = delivery.doubtful_since
    match decision:
        case Accept(reason=reason):
            return Change(State.ACCEPTED, None, code=str(Kind.ACCEPTED), reason=reason, finished=True)
        case TryAgain():
            return _again(delivery, decision, now)
        case TryElsewhere(kind=kind, reason=reason):
            closed = dict(delivery.closed)
            if delivery.chosen is not None:
                closed[closing_key(delivery.chosen, kind)] = kind
            return Change(State.RETRY, None, next_attempt_at=now, closed=closed, code=str(kind), reason=reason)
        case Fail(code=code, reason=reason, dead=dead):
            state = State.DEAD if dead else State.EXPIRED if code == EXPIRED else State.FAILED
            return Change(state, doubt, code=code, reason=reason, finished=True)
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


def event_of(delivery: Delivery, decision: Decision, now: datetime, done: Progressed, attempts: int) -> Contract | None:
    common = {
        "message_id": delivery.id,
        "case_id": delivery.case_id,
        "conversation_id": delivery.path.conversation_id,
        "channel": delivery.path.channel,
        "account": delivery.path.account,
    }
    match decision:
        case Accept():
            method = SendMethod(delivery.chosen.method) if delivery.chosen else SendMethod.UNKNOWN
            values = {"method": method, "provider_message_ids": done.ids, "attempts": attempts}
            return SendAccepted.model_validate(common | values | {"accepted_at": now})
        case Fail(code=code, reason=reason, dead=dead):
            values = {"code": code, "reason": reason, "attempts": attempts, "dead_lettered": dead}
            return SendFailed.model_validate(common | values | {"failed_at": now})
        case Hold(reason=reason):
            return SendHeld.model_validate(common | {"reason": reason, "held_at": now})
    return None
