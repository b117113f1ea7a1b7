from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from case_store.handlers.ports import Work
from case_store.handlers.reply_as_bot import BotReplied
from runtime import metrics
from runtime.errors import Refused

_REPLIES: Final = metrics.counter("bot_replies_total", "replies of bots, by what became of them", "outcome")
_SECONDS: Final = metrics.histogram("bot_turn_seconds", "from the customer's words to the bot's answer")


@contextmanager
def count_refusals() -> Iterator[None]:
    try:
        yield
    except Refused as refused:
        _REPLIES.labels(refused.code).inc()
        raise


def count_reply(replied: BotReplied, work: Work) -> None:
    _REPLIES.labels("handed_over" if replied.queued is None else "sent").inc()
    since = replied.before.unanswered_since
    if replied.queued is not None and since is not None:
        _SECONDS.observe(max(0.0, (work.now - since).total_seconds()))
