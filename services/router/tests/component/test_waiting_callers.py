"""Readers see what is committed; whoever waits for a result gets it, or learns to look elsewhere."""

import asyncio
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.base import Contract
from contracts.routing import Presence, SetPresence
from router.entrypoints.command_door import CommandDoor
from router.handlers.live_groups import LiveGroup, LiveGroups
from router.handlers.outcomes import digest_of
from router.handlers.ports import CommandResult, Outcome
from router.handlers.waiters import Waiters
from runtime.clock import SystemClock
from runtime.errors import OutcomeUnknown, Refused
from runtime.ids import SystemIds
from runtime.principal import Principal

CALLER = Principal("acme", "user-1", frozenset({"routing:write"}), "aiko")
COMMAND = SetPresence(agent_id="aiko", presence=Presence.AVAILABLE)
DONE = Outcome(200, "done", "Done.", {"agent_id": "aiko"})


class Log:
    """Stands in for the broker and, with `decides`, for the owner behind it."""

    def __init__(self, decides: Any = None) -> None:
        self.commands: list[Any] = []
        self.results: dict[UUID, CommandResult] = {}
        self._decides = decides

    async def publish(self, records: Any, timeout: float) -> None:
        for record in records:
            self.commands.append(record.envelope)
            if self._decides is not None:
                self._decides(record.envelope)

    @asynccontextmanager
    async def read(self, tenant: str) -> Any:
        yield self

    async def result(self, command_id: UUID) -> CommandResult | None:
        return self.results.get(command_id)

    def store(self, command_id: UUID, command: Contract = COMMAND, outcome: Outcome = DONE) -> CommandResult:
        self.results[command_id] = CommandResult(command_id, digest_of(command), outcome)
        return self.results[command_id]


def door(log: Log, waiters: Waiters | None = None, live: LiveGroups | None = None, **more: Any) -> CommandDoor:
    stated = {"knows_tenant": lambda _: True, "answer_within": 2.0} | more
    return CommandDoor(log, log.read, live or LiveGroups(), waiters or Waiters(), SystemClock(), SystemIds(), **stated)


async def test_the_owner_in_this_process_answers_at_its_commit() -> None:
    waiters = Waiters()
    log = Log(lambda envelope: waiters.resolve([("acme", CommandResult(envelope.id, digest_of(COMMAND), DONE))]))
    answer = await door(log, waiters).send(CALLER, "PUT /x", None, COMMAND)
    assert (answer.outcome, answer.replayed) == (DONE, False)


async def test_an_owner_elsewhere_answers_by_the_store() -> None:
    log = Log()
    log._decides = lambda envelope: log.store(envelope.id)
    assert (await door(log).send(CALLER, "PUT /x", "k", COMMAND)).outcome.code == "done"


async def test_a_caller_whose_owner_is_lost_goes_on_by_the_store() -> None:
    waiters, log = Waiters(), Log()

    def lose(envelope: Any) -> None:
        waiters.disappoint(["acme"])
        asyncio.get_running_loop().call_later(0.1, log.store, envelope.id)

    log._decides = lose
    assert (await door(log, waiters).send(CALLER, "PUT /x", "k", COMMAND)).outcome == DONE


async def test_a_key_that_was_answered_publishes_nothing_again() -> None:
    log = Log()
    log._decides = lambda envelope: log.store(envelope.id)
    asked = door(log)
    await asked.send(CALLER, "PUT /x", "k", COMMAND)
    assert (await asked.send(CALLER, "PUT /x", "k", COMMAND)).replayed
    with pytest.raises(Refused) as refused:
        await asked.send(CALLER, "PUT /x", "k", COMMAND.model_copy(update={"presence": Presence.AWAY}))
    assert (refused.value.code, refused.value.status) == ("idempotency_key_reused", 422)
    assert len(log.commands) == 1
    await asked.send(CALLER, "PUT /y", "k", COMMAND)
    assert len({envelope.id for envelope in log.commands}) == 2, "another route, another command"


async def test_nobody_answers_in_time() -> None:
    with pytest.raises(OutcomeUnknown) as unknown:
        await door(Log(), answer_within=0.1).send(CALLER, "PUT /x", "k", COMMAND)
    assert "same Idempotency-Key" in unknown.value.sentence


async def test_a_broker_that_does_not_acknowledge_leaves_the_outcome_unknown() -> None:
    def time_out(_: Any) -> None:
        raise OutcomeUnknown("no acknowledgement within 2 s")

    with pytest.raises(OutcomeUnknown) as unknown:
        await door(Log(time_out)).send(CALLER, "PUT /x", "k", COMMAND)
    assert "same Idempotency-Key" in unknown.value.sentence


async def test_readers_wait_for_the_commit_and_see_nothing_of_a_rollback() -> None:
    engine: Any = object()
    group, live = LiveGroup(engine), LiveGroups()
    live.serve("acme", group, lambda: 7)
    assert await live.ask("acme", lambda _, now: now) == 7
    group.is_settled = False
    waiting = asyncio.create_task(live.ask("acme", lambda _, now: now))
    await asyncio.sleep(0)
    assert not waiting.done()
    group.settle(9)
    assert await waiting == 9
    group.is_settled = False
    waiting = asyncio.create_task(live.ask("acme", lambda _, now: now))
    await asyncio.sleep(0)
    live.withdraw([("acme", group)])
    assert await waiting is None
    assert await live.ask("acme", lambda _, now: now) is None


async def test_a_successor_is_not_withdrawn_by_the_one_before() -> None:
    engine: Any = object()
    old, new, live = LiveGroup(engine), LiveGroup(engine), LiveGroups()
    live.serve("acme", old, lambda: 0)
    live.serve("acme", new, lambda: 0)
    live.withdraw([("acme", old)])
    assert live.owns("acme")


async def test_a_waiter_that_is_gone_leaves_no_trace() -> None:
    waiters, id = Waiters(), uuid4()
    with waiters.expecting("acme", id), waiters.expecting("acme", id) as second:
        waiters.resolve([("beta", CommandResult(id, b"", DONE))])
        assert not second.done(), "another tenant's result is not ours"
    assert waiters._waiting == {}
