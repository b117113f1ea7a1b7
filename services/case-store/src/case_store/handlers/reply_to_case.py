"""An agent's (or an integration's) words: into the history, and on their way to the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from case_store.domain.case import Case
from case_store.domain.reply_paths import Route, order, without_spare_handles
from case_store.handlers.answering import answered_by
from case_store.handlers.entries import message_entry_data
from case_store.handlers.facts import reply_path
from case_store.handlers.message_told import tell_message
from case_store.handlers.ports import Asked, NewMessage, Work
from case_store.handlers.resolve_case import lock_open, still_open
from case_store.handlers.take_over import speak
from contracts.config import TenantConfig
from contracts.outbound import SendRequested
from contracts.topics import OUTBOUND_MESSAGES
from contracts.values import Author, Content, MessageStatus
from runtime.errors import NotFound, Refused

EXPIRE_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ReplyToCase:
    """`event_id` is what caused it, if that may come again. `in_turn`: a bot's, whose turn was checked."""

    case_id: UUID
    author: Author
    content: Content
    conversation_id: UUID | None = None
    channel: str | None = None
    automatic: bool = False
    event_id: UUID | None = None
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class Queued:
    message_id: UUID
    case_id: UUID
    seq: int
    conversation_id: UUID
    channel: str
    account: str
    added_at: datetime
    expires_at: datetime


async def reply_to_case(command: ReplyToCase, work: Work) -> Queued:
    return await reply_in(await lock_open(command.case_id, work), command, work)


async def reply_in(case: Case, command: ReplyToCase, work: Work) -> Queued:
    """`case` is the command's, locked and open."""
    paths = await _paths(case, work, command.conversation_id, command.channel)
    if not command.automatic:
        case = await speak(case, command.author, work, in_turn=command.in_turn)
    message = _message(command, paths[0], work)
    answered = await answered_by(case, message, work)
    takes_handle, entry_data = bool(paths[0].reply_token), message_entry_data(message)
    numbered = await work.history.reply(
        case.id, message, entry_data, answered=answered, takes_handle=takes_handle, tells=case.has_work
    )
    expires_at = work.now + (work.config.replies.expire_after if work.config else EXPIRE_AFTER)
    await tell_message(case, message, numbered.seq, work, command=numbered.command)
    _send(case, message, paths, expires_at, work)
    return Queued(
        message.id,
        case.id,
        numbered.seq,
        message.conversation_id,
        message.channel,
        message.account,
        work.now,
        expires_at,
    )


async def lock_asked(case_id: UUID, work: Work) -> Asked:
    """An open case, and the trace of what is answered: one trace leads from the customer's webhook to the receipt of the reply."""
    asked = await work.cases.lock_asked(case_id)
    if asked is None:
        raise NotFound("case", case_id)
    still_open(asked.case)
    return asked


async def place_for(case: Case, work: Work) -> UUID:
    """The conversation in which an answer leaves that names none."""
    return (await _paths(case, work))[0].conversation_id


async def _paths(case: Case, work: Work, asked: UUID | None = None, channel: str | None = None) -> list[Route]:
    routes = await work.conversations.routes(case.customer_id)
    if asked and asked not in {route.conversation_id for route in routes}:
        raise NotFound("conversation", asked)
    usable = [route for route in order(routes, asked) if _enabled(route, work.config)]
    if channel:
        usable = [route for route in usable if route.channel == channel]
    if not usable or asked not in (None, usable[0].conversation_id):
        raise Refused("no_reply_path", "the customer can't be reached there: no conversation that is open to us")
    if work.config and not work.config.replies.fallback:
        usable = usable[:1]
    return without_spare_handles(usable, work.now)


def _enabled(route: Route, config: TenantConfig | None) -> bool:
    """Without a configuration the notifier decides."""
    return config is None or any(account.id == route.account and account.enabled for account in config.channel_accounts)


def _message(command: ReplyToCase, path: Route, work: Work) -> NewMessage:
    message_id = work.ids.new()
    return NewMessage(
        id=message_id,
        event_id=command.event_id or message_id,
        conversation_id=path.conversation_id,
        channel=path.channel,
        account=path.account,
        direction="out",
        author=command.author,
        content=command.content,
        occurred_at=work.now,
        status=MessageStatus.QUEUED.value,
        automatic=command.automatic,
    )


def _send(case: Case, message: NewMessage, paths: Sequence[Route], expires_at: datetime, work: Work) -> None:
    request = SendRequested(
        message_id=message.id,
        case_id=case.id,
        author=message.author,
        content=message.content,
        paths=tuple(map(reply_path, paths)),
        requested_at=work.now,
        expires_at=expires_at,
    )
    work.emitter.emit(OUTBOUND_MESSAGES, str(message.conversation_id), request)
