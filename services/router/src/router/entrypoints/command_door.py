"""From a request to its command's result: the command goes through the log, and whoever asked waits for what became of it."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Final, Protocol
from uuid import UUID

from contracts.base import Contract
from contracts.envelope import Envelope
from contracts.topics import ROUTING_COMMANDS
from router.handlers.live_groups import LiveGroups
from router.handlers.outcomes import digest_of
from router.handlers.ports import CommandResult, Outcome
from router.handlers.reader import Reader
from router.handlers.waiters import Awaited, Waiters
from runtime import telemetry
from runtime.api import Principal
from runtime.errors import DependencyDown, OutcomeUnknown, Refused
from runtime.ids import event_id
from runtime.ports import Clock, Ids
from runtime.producer import Record

_PUBLISH_SECONDS: Final = 2.0
_LOOKS_EVERY_SECONDS: Final = 0.05
_LOOKS_EVERY_SECONDS_AS_OWNER: Final = 0.5
_MEETING_LOOKS: Final = 40
_ASK_AGAIN: Final = "What became of this command is not known yet; ask again with the same Idempotency-Key."


class Publishes(Protocol):
    async def publish(self, records: Sequence[Record], timeout: float) -> None: ...


@dataclass(frozen=True, slots=True)
class Answer:
    outcome: Outcome
    replayed: bool


@dataclass(frozen=True, slots=True)
class CommandDoor:
    """`read` opens a view of one tenant's rows."""

    producer: Publishes
    read: Callable[[str], AbstractAsyncContextManager[Reader]]
    live: LiveGroups
    waiters: Waiters
    clock: Clock
    ids: Ids
    knows_tenant: Callable[[str], bool]
    answer_within: float = 10.0

    async def send(self, caller: Principal, route: str, key: str | None, command: Contract) -> Answer:
        """`route` is the method and the actual path. Raises Refused as the engine says, OutcomeUnknown when time is up."""
        await self._meet(caller.tenant)
        if key is None:
            return self._answer(await self._carry_out(caller.tenant, self.ids.new(), command), command, replayed=False)
        command_id = event_id("routing.commands", caller.tenant, route, key)
        stored = await self._stored(caller.tenant, command_id)
        result = stored or await self._carry_out(caller.tenant, command_id, command)
        return self._answer(result, command, replayed=stored is not None)

    async def _meet(self, tenant: str) -> None:
        """A request right after the tenant's first `apply` may be quicker than its configuration."""
        for _ in range(_MEETING_LOOKS):
            if self.knows_tenant(tenant):
                return
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)
        raise Refused("tenant_not_configured", "This tenant has no configuration yet.")

    async def _carry_out(self, tenant: str, command_id: UUID, command: Contract) -> CommandResult:
        with self.waiters.expecting(tenant, command_id) as awaited:
            await self._publish(tenant, command_id, command)
            try:
                async with asyncio.timeout(self.answer_within):
                    return await self._result(tenant, command_id, awaited)
            except (TimeoutError, DependencyDown) as error:
                raise OutcomeUnknown(_ASK_AGAIN) from error

    async def _publish(self, tenant: str, command_id: UUID, command: Contract) -> None:
        attributes: dict[str, Any] = {"madoguchi__event": type(command).__name__, "madoguchi__tenant": tenant}
        with telemetry.span(f"send {ROUTING_COMMANDS.name}", "producer", **attributes):
            now, trace = self.clock.now(), telemetry.traceparent()
            envelope = Envelope(command_id, tenant, "router", now, command, traceparent=trace)
            try:
                await self.producer.publish([Record(ROUTING_COMMANDS, tenant.encode(), envelope)], _PUBLISH_SECONDS)
            except OutcomeUnknown as error:
                raise OutcomeUnknown(_ASK_AGAIN) from error

    async def _result(self, tenant: str, command_id: UUID, awaited: Awaited) -> CommandResult:
        """From the owner if it is here, else from the store."""
        while True:
            if awaited.done():
                await asyncio.sleep(_LOOKS_EVERY_SECONDS)
            else:
                owned = self.live.owns(tenant)
                period = _LOOKS_EVERY_SECONDS_AS_OWNER if owned else _LOOKS_EVERY_SECONDS
                await asyncio.wait((awaited,), timeout=period)
            result = awaited.result() if awaited.done() else None
            result = result or await self._stored(tenant, command_id)
            if result is not None:
                return result

    async def _stored(self, tenant: str, command_id: UUID) -> CommandResult | None:
        async with self.read(tenant) as reader:
            return await reader.result(command_id)

    def _answer(self, result: CommandResult, command: Contract, *, replayed: bool) -> Answer:
        if bytes(result.body_sha256) != digest_of(command):
            raise Refused(
                "idempotency_key_reused", "This Idempotency-Key was used for a request with another body.", status=422
            )
        if result.outcome.refused:
            raise Refused(result.outcome.code, result.outcome.sentence, status=result.outcome.status)
        return Answer(result.outcome, replayed)
