"""An agent's (or an integration's) words: into the history, and on their way to the customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from case_store.domain.case import Case, CaseStatus
from case_store.domain.reply_paths import Route, order, without_spare_handles
from case_store.handlers.entries import message_entry_data
from case_store.handlers.facts import reply_path
from case_store.handlers.ports import NewMessage, Work
from contracts.cases import MessageAdded
from contracts.config import TenantConfig
from contracts.outbound import SendRequested
from contracts.routing import AgentReplied
from contracts.topics import CASE_EVENTS, OUTBOUND_MESSAGES, ROUTING_COMMANDS
from contracts.values import Author, Content, MessageStatus
from runtime.errors import NotFound, Refused

EXPIRE_AFTER: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class ReplyToCase:
    case_id: UUID
    author: Author
    content: Content
    conversation_id: UUID | None = None
    channel: str | None = None
    automatic: bool = False


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
    case = await _open_case(command.case_id, work)
    paths = await _paths(command, case, work)
    message = _message(command, paths[0], work)
    seq, _ = await work.history.append(case.id, message, message_entry_data(message))
    if paths[0].reply_token:
        await work.conversations.take_handle(paths[0].conversation_id)
    expires_at = work.now + (work.config.replies.expire_after if work.config else EXPIRE_AFTER)
    _tell(case, message, seq, work)
    _send(case, message, paths, expires_at, work)
    return Queued(
        message.id, case.id, seq, message.conversation_id, message.channel, message.account, work.now, expires_at
    )


async def _open_case(case_id: UUID, work: Work) -> Case:
    case = await work.cases.lock(case_id)
    if case is None:
        raise NotFound("case", case_id)
    if case.status is CaseStatus.MERGED:
        raise Refused("case_merged", f"the case goes on in {case.merged_into}")
    if case.status is CaseStatus.RESOLVED:
        raise Refused("case_resolved", "the case is resolved; reopen it to reply")
    return case


async def _paths(command: ReplyToCase, case: Case, work: Work) -> list[Route]:
    routes = await work.conversations.routes(case.customer_id)
    if command.conversation_id and command.conversation_id not in {route.conversation_id for route in routes}:
        raise NotFound("conversation", command.conversation_id)
    usable = [route for route in order(routes, command.conversation_id) if _enabled(route, work.config)]
    if command.channel:
        usable = [route for route in usable if route.channel == command.channel]
    if not usable or command.conversation_id not in (None, usable[0].conversation_id):
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
        event_id=message_id,
        conversation_id=path.conversation_id,
        channel=path.channel,
        account=path.account,
        inbound=False,
        author=command.author,
        content=command.content,
        occurred_at=work.now,
        status=MessageStatus.QUEUED.value,
        automatic=command.automatic,
    )


def _tell(case: Case, message: NewMessage, seq: int, work: Work) -> None:
    added = MessageAdded(
        case_id=case.id,
        message_id=message.id,
        seq=seq,
        customer_id=case.customer_id,
        conversation_id=message.conversation_id,
        channel=message.channel,
        account=message.account,
        author=message.author,
        content=message.content,
        added_at=work.now,
    )
    replied = AgentReplied(
        case_id=case.id,
        message_id=message.id,
        author=message.author,
        automatic=message.automatic,
        replied_at=work.now,
    )
    work.emitter.emit(CASE_EVENTS, str(case.id), added)
    work.emitter.emit(ROUTING_COMMANDS, work.emitter.tenant, replied)


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
