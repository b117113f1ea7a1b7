"""A delivery as the state machine sees it."""

from datetime import datetime, timedelta

from notifier.domain.choose_path import Method, reply_deadline
from notifier.domain.delivery import Progress, Repeat
from notifier.handlers.ports import Delivery

LINE_KEY_LIFE = timedelta(hours=23, minutes=50)
"""LINE remembers a retry key for 24 hours from its first use."""


def progress_of(delivery: Delivery, repeat: Repeat, now: datetime) -> Progress:
    return Progress(
        message_id=delivery.id,
        expires_at=delivery.expires_at,
        failures=delivery.failures,
        faults=delivery.faults,
        doubtful_since=delivery.doubtful_since,
        repeat=repeat,
        repeat_until=_repeat_until(delivery, now),
    )


def _repeat_until(delivery: Delivery, now: datetime) -> datetime | None:
    method = delivery.chosen.method if delivery.chosen else None
    if method is Method.REPLY:
        handle = delivery.path.reply_handle
        return reply_deadline(handle.expires_at) if handle else now
    if method is Method.PUSH:
        return (delivery.doubtful_since or delivery.attempt_started_at or now) + LINE_KEY_LIFE
    return None
