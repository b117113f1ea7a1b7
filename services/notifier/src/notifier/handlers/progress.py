"""A delivery as the state machine sees it."""

from datetime import datetime

from notifier.domain.choose_path import Method, reply_deadline
from notifier.domain.delivery import Progress, Repetition
from notifier.handlers.ports import Delivery


def progress_of(delivery: Delivery, repetition: Repetition, now: datetime) -> Progress:
    return Progress(
        message_id=delivery.id,
        expires_at=delivery.expires_at,
        failures=delivery.failures,
        faults=delivery.faults,
        doubtful_since=delivery.doubtful_since,
        repeat=repetition.does,
        repeat_until=_repeat_until(delivery, repetition, now),
    )


def _repeat_until(delivery: Delivery, repetition: Repetition, now: datetime) -> datetime | None:
    method = delivery.chosen.method if delivery.chosen else None
    if method is Method.REPLY:
        handle = delivery.path.reply_handle
        return reply_deadline(handle.expires_at) if handle else now
    if repetition.known_for is not None:
        return (delivery.doubtful_since or delivery.attempt_started_at or now) + repetition.known_for
    return None
