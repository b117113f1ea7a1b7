"""What every route needs, and how a route begins and ends."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol

from fastapi import Header
from pydantic import BaseModel
from starlette.responses import Response

from case_store.entrypoints.requests import AuthorBody
from case_store.handlers.bot_views import BotReader
from case_store.handlers.ports import TenantConfigs, Work
from case_store.handlers.views import Reader
from contracts.values import Author, AuthorKind
from runtime.api import Principal, Reply, idempotent
from runtime.errors import Malformed, Refused
from runtime.ports import Clock, Files
from runtime.unit_of_work import UnitOfWork

ACTS_FOR_OTHERS: Final = "agents:write"
WorkFactory = Callable[[UnitOfWork], Work]
IfMatch = Annotated[str | None, Header(alias="If-Match", max_length=64)]


class Begins(Protocol):
    """The runtime's Transactions, or a test's."""

    def begin(self, tenant: str) -> AbstractAsyncContextManager[UnitOfWork]: ...
    def read(self, tenant: str) -> AbstractAsyncContextManager[Any]: ...


@dataclass(frozen=True, slots=True)
class Doors:
    transactions: Begins
    works: WorkFactory
    readers: Callable[[Any, str], Reader]
    bot_readers: Callable[[Any, str], BotReader]
    configs: TenantConfigs
    clock: Clock
    files: Files

    @asynccontextmanager
    async def read(self, caller: Principal) -> AsyncIterator[Reader]:
        async with self.transactions.read(caller.tenant) as connection:
            yield self.readers(connection, caller.tenant)

    @asynccontextmanager
    async def read_bots(self, caller: Principal) -> AsyncIterator[BotReader]:
        async with self.transactions.read(caller.tenant) as connection:
            yield self.bot_readers(connection, caller.tenant)

    async def command(
        self,
        caller: Principal,
        key: str | None,
        route: str,
        body: BaseModel | bytes,
        produce: Callable[[Work], Awaitable[Reply]],
    ) -> Response:
        """One request, one transaction, once per Idempotency-Key."""
        async with self.transactions.begin(caller.tenant) as unit:
            reply = await idempotent(unit, caller, key, route, body, lambda: produce(self.works(unit)))
        return reply.response()


def author_of(caller: Principal) -> Author:
    if caller.agent_id:
        return Author(kind=AuthorKind.AGENT, id=caller.agent_id)
    return Author(kind=AuthorKind.SYSTEM, id=caller.subject)


def speaker(caller: Principal, named: AuthorBody | None) -> Author:
    """The caller, unless they lend their voice: a bot's to any token of no agent, an agent's to a supervisor."""
    own = author_of(caller)
    wanted = Author(kind=AuthorKind(named.kind), id=named.id) if named is not None else own
    lends = caller.agent_id is None and wanted.kind is AuthorKind.BOT
    if wanted != own and not lends and ACTS_FOR_OTHERS not in caller.scopes:
        sentence = f"to speak for another needs the scope {ACTS_FOR_OTHERS}"
        raise Refused("scope_missing", sentence, status=403, pointer="/author")
    return wanted


def needed(key: str | None) -> str:
    if key is None:
        raise Malformed("Idempotency-Key is missing.", code="idempotency_key_missing", status=400)
    return key


def set_only(body: BaseModel) -> bytes:
    """What distinguishes two requests: a field set to null is not a field left out."""
    return body.model_dump_json(exclude_unset=True).encode()


def etag(revision: int) -> str:
    return f'"{revision}"'


def expected_revision(if_match: str | None) -> int | None:
    if if_match is None or if_match == "*":
        return None
    found = re.fullmatch(r'"(\d{1,18})"', if_match)
    if found is None:
        raise Malformed("If-Match is not an ETag that we gave out.", code="invalid_if_match", status=400)
    return int(found[1])
