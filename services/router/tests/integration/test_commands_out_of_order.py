"""The end of a case's work arrives before the request for it, on the real broker and database."""

from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts import routing
from contracts.values import Author, AuthorKind

pytestmark = pytest.mark.integration


def numbered(command: Any, sequence: int) -> Any:
    return command.model_copy(update={"sequence": sequence})


def replied(case_id: UUID, sequence: int, at: Any) -> routing.AgentReplied:
    author = Author(kind=AuthorKind.AGENT, id="aiko")
    return routing.AgentReplied(case_id=case_id, message_id=uuid4(), author=author, replied_at=at, sequence=sequence)


async def early(house: Any) -> int:
    return int(await house.value("SELECT count(*) FROM early_command"))


async def test_an_end_that_overtook_its_request_leaves_no_open_work_behind(house) -> None:
    case_id = uuid4()
    async with house.running():
        await house.command(numbered(house.work_closed(case_id), 2))
        await house.until(lambda: early(house))
        assert await house.value("SELECT count(*) FROM work_item") == 0
        await house.command(numbered(house.work_requested(case_id), 1))
        done = await house.events.first(routing.WorkDone, case_id)
        assert done.case_id == case_id
        assert [row["state"] for row in await house.fetch("SELECT state FROM work_item")] == ["done"]
        assert await early(house) == 0


async def test_what_waits_is_carried_out_by_the_next_owner(house) -> None:
    """Among it a request with all that a request says."""
    case_id = uuid4()
    asked = house.work_requested(case_id)
    again = asked.model_copy(
        update={"sequence": 3, "skills": {"billing": 4}, "case": asked.case.model_copy(update={"reopened": True})}
    )
    async with house.running():
        await house.command(numbered(asked, 1), again)
        await house.until(lambda: early(house))
        before = await house.until(
            lambda: house.parts.live.ask(house.tenant, lambda engine, _: engine.state_hash()), seconds=40
        )
    successor = house.another_process()
    async with house.running(successor):
        after = await house.until(lambda: successor.live.ask(house.tenant, lambda engine, _: engine.state_hash()))
        assert after == before
        await house.command(numbered(house.work_closed(case_id), 2))
        await house.until(lambda: house.events.of(routing.WorkDone, case_id))
        queued = await house.until(lambda: _twice(house, case_id))
        assert queued[1].skills == {"billing": 4}
        assert await early(house) == 0


async def _twice(house: Any, case_id: UUID) -> list[Any] | None:
    queued = await house.events.of(routing.WorkQueued, case_id)
    return queued if len(queued) == 2 else None


async def test_a_closed_case_goes_on_counting_over_a_restart(house) -> None:
    """What is said about work that is done changes nothing, but the number is not forgotten."""
    case_id = uuid4()
    asked = house.work_requested(case_id)
    reopened = asked.model_copy(update={"case": asked.case.model_copy(update={"reopened": True})})
    async with house.running():
        await house.command(numbered(asked, 1), numbered(house.work_closed(case_id), 2))
        await house.events.first(routing.WorkDone, case_id)
        await house.command(replied(case_id, 3, asked.requested_at))
        counted = "SELECT count(*) FROM work_item WHERE record->>'sequence' = '3' AND state = 'done'"
        await house.until(lambda: house.value(counted))
    async with house.running(house.another_process()):
        await house.command(numbered(reopened, 4))
        assert await house.until(lambda: _twice(house, case_id))
        assert await early(house) == 0
