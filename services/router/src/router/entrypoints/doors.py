"""What every route needs."""

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final, Protocol, TypeVar
from uuid import UUID

from fastapi import Path
from starlette.responses import Response

from contracts.base import Contract
from contracts.config import TenantConfig
from router.domain.engine import Engine
from router.entrypoints.command_door import Answer, CommandDoor
from router.handlers.live_groups import LiveGroups
from router.handlers.reader import Reader
from runtime.api import Principal, Reply
from runtime.errors import Malformed, Refused
from runtime.ports import Clock

ACTS_FOR_OTHERS: Final = "agents:write"
AgentId = Annotated[str, Path(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", examples=["aiko"])]
CaseId = Annotated[UUID, Path(examples=["01993d1c-7c5e-7c1b-9a53-0f6d2b8a4e10"])]
T = TypeVar("T")


class Reads(Protocol):
    def read(self, tenant: str) -> AbstractAsyncContextManager[Any]: ...


class Feed(Protocol):
    def tenant(self, tenant: str) -> TenantConfig | None: ...


@dataclass(frozen=True, slots=True)
class Doors:
    transactions: Reads
    readers: Callable[[Any, str], Reader]
    commands: CommandDoor
    live: LiveGroups
    configs: Feed
    clock: Clock

    @asynccontextmanager
    async def read(self, caller: Principal) -> AsyncIterator[Reader]:
        async with self.transactions.read(caller.tenant) as connection:
            yield self.readers(connection, caller.tenant)

    async def now(self, caller: Principal, question: Callable[[Engine, int], T]) -> T | None:
        """From the memory of the group's owner; None when it is not in this process or has no answer."""
        return await self.live.ask(caller.tenant, question)

    async def command(self, caller: Principal, route: str, key: str | None, command: Contract) -> Response:
        return _reply(await self.commands.send(caller, route, key, command)).response()

    def config_of(self, caller: Principal) -> TenantConfig:
        config = self.configs.tenant(caller.tenant)
        if config is None:
            raise Refused("tenant_not_configured", "This tenant has no configuration yet.")
        return config


def acting_agent(caller: Principal, named: str | None) -> str:
    """The token's agent; a supervisor may name another."""
    agent_id = named or caller.agent_id
    if agent_id is None:
        raise Malformed("Say which agent acts: the token names none.", code="agent_missing", pointer="/agent_id")
    may_act_for(caller, agent_id)
    return agent_id


def agent_or_supervisor(caller: Principal, named: str | None, as_supervisor: bool) -> str | None:
    """None for a supervisor, who speaks for no agent."""
    if as_supervisor:
        require_supervisor(caller)
        return None
    if named is None and caller.agent_id is None and ACTS_FOR_OTHERS in caller.scopes:
        return None
    return acting_agent(caller, named)


def person(caller: Principal) -> str:
    return caller.agent_id or caller.subject


def supervisor_unless(agent_id: str | None, caller: Principal) -> str | None:
    """Who decides when no agent does."""
    return person(caller) if agent_id is None else None


def require_supervisor(caller: Principal) -> None:
    if ACTS_FOR_OTHERS not in caller.scopes:
        raise Refused("scope_missing", f"To act as a supervisor needs the scope {ACTS_FOR_OTHERS}.", status=403)


def may_act_for(caller: Principal, agent_id: str) -> None:
    if agent_id != caller.agent_id and ACTS_FOR_OTHERS not in caller.scopes:
        raise Refused("scope_missing", f"To act for another agent needs the scope {ACTS_FOR_OTHERS}.", status=403)


def _reply(answer: Answer) -> Reply:
    state = answer.outcome.state
    return Reply(answer.outcome.status, state if state is not None else {}, answer.replayed)
