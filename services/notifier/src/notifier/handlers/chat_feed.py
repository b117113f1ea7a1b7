"""The web chat's way out: no provider takes the message, the visitor's own feed does. Accepted = kept there, whoever is connected."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

from contracts.chat import ChatLine, ChatSignal, VisitorSignalled, VisitorTold
from contracts.inbound import ChatResumed
from contracts.outbound import SignalRequested
from contracts.topics import CHAT_FEED
from notifier.handlers.ports import Delivery
from runtime.ports import Emitter

CHANNEL: Final = "webchat"
MAX_LINES: Final = 100
TYPING_LASTS: Final = timedelta(seconds=10)
_SPACE: Final = UUID("6f1d3a52-6a0b-5d8e-9c55-3f0f4f6a2b11")


class ChatFeed(Protocol):
    """Tables `chat_feed` and `chat_line` of the transaction's tenant."""

    async def keep(self, delivery: Delivery) -> tuple[ChatLine, bool]:
        """The line of this message, and whether it is new: a message has one line, however often it is kept."""
        ...

    async def last(self, account: str, visitor: str) -> int: ...

    async def lines(self, account: str, visitor: str, after: int, limit: int) -> Sequence[ChatLine]:
        """In order; fewer when they are large."""
        ...


ChatFeeds = Callable[[Any], ChatFeed]
"""The feed inside a transaction."""


async def keep_for_visitor(delivery: Delivery, feed: ChatFeed, work: Emitter) -> str:
    """Returns the message's id at this channel: receipts name it, and nobody but the visitor can."""
    line, is_new = await feed.keep(delivery)
    account, visitor = delivery.path.account, delivery.path.address.value
    if is_new:
        at = line.position
        told = VisitorTold(account=account, visitor=visitor, after=at - 1, through=at, last=at, lines=(line,))
        work.emit(CHAT_FEED, _key(work.tenant, account, visitor), told)
    return f"{visitor}/{line.position}"


async def resume_chat(event: ChatResumed, feed: ChatFeed, work: Emitter) -> None:
    last = await feed.last(event.account, event.conversation)
    after = min(event.after, last)
    lines = tuple(await feed.lines(event.account, event.conversation, after, MAX_LINES)) if after < last else ()
    told = VisitorTold(
        account=event.account,
        visitor=event.conversation,
        after=after,
        through=lines[-1].position if lines else last,
        last=last,
        lines=lines,
    )
    work.emit(CHAT_FEED, _key(work.tenant, event.account, event.conversation), told)


def pass_signal(request: SignalRequested, work: Emitter) -> None:
    """What is over by now is not shown any more."""
    path = request.path
    is_over = request.signal is ChatSignal.TYPING and work.now - request.requested_at > TYPING_LASTS
    if path.channel != CHANNEL or is_over:
        return
    signalled = VisitorSignalled(
        account=path.account,
        visitor=path.address.value,
        signal=request.signal,
        author=request.author,
        at=request.requested_at,
    )
    work.emit(CHAT_FEED, _key(work.tenant, path.account, path.address.value), signalled)


def _key(tenant: str, account: str, visitor: str) -> str:
    return str(uuid5(_SPACE, f"{tenant}|{account}|{visitor}"))
