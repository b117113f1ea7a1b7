"""kill -9 of the router and of the case store in the middle of a busy day: nothing lost, doubled, early or forgotten."""

import asyncio
import os
import random
import signal
from datetime import timedelta
from pathlib import Path

import pytest
from centre.answers import when
from centre.audit import CaseAudit, Told, most_held, read_events
from centre.house import Centre, open_centre
from centre.stage import Stage
from centre.storm import ROOM, WAVE, Storm, all_done, open_storm

from madoguchi.stack import load_stack
from runtime.settings import KafkaSettings

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400)]

VICTIMS = (("router",), ("case-store", "router"))
SOME, MANY = 3, 12


async def test_a_busy_day_survives_the_deaths_of_router_and_case_store(stage: Stage, tmp_path: Path) -> None:
    async with open_centre(stage.state, tmp_path) as centre:
        storm = Storm(await open_storm(centre), random.Random(7))
        async with asyncio.timeout(300), asyncio.TaskGroup() as group:
            group.create_task(storm.agents())
            group.create_task(play(centre, storm))
        assert len(storm.cases) == WAVE * (len(VICTIMS) + 1)
        await all_done(storm.tenant, storm.cases)
        for case_id in sorted(storm.cases):
            assert len(await storm.tenant.decisions(case_id, "WorkDone")) == 1
            await storm.tenant.proof(case_id)
        kafka = KafkaSettings(bootstrap=centre.doors.kafka, idempotent=centre.doors.idempotent)
        check(await read_events(kafka, storm.tenant.name), storm)


async def play(centre: Centre, storm: Storm) -> None:
    """A wave of customers, a death while few of them are served, and so on; the last wave comes when all are mended."""
    async with asyncio.TaskGroup() as customers:
        for victims in VICTIMS:
            served = len(storm.served)
            customers.create_task(storm.wave())
            while len(storm.served) < served + SOME:
                await asyncio.sleep(0.05)
            assert storm.left >= MANY
            kill(centre, victims)
            await centre.mend()
        await storm.wave()
    storm.all_wrote = True


def kill(centre: Centre, victims: tuple[str, ...]) -> None:
    saved = load_stack(centre.state)
    assert saved is not None
    pids = [record.pid for record in saved.running() if record.name in victims]
    assert len(pids) == len(victims)
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def check(told: dict[str, list[Told]], storm: Storm) -> None:
    assert told.keys() == storm.cases
    audits = {case_id: CaseAudit(case_id).follow(events) for case_id, events in told.items()}
    assert {audit.done for audit in audits.values()} == {1}
    assert max(most_held(audits.values()).values()) <= ROOM
    for events in told.values():
        check_waits(events)


def check_waits(events: list[Told]) -> None:
    """Steps and overflow at their time or later, each once."""
    queued = next(one for one in events if one.type == "WorkQueued")
    relaxed = [one for one in events if one.type == "WorkRelaxed"]
    overflowed = [one for one in events if one.type == "WorkOverflowed"]
    assert [one.data["step"] for one in relaxed] in ([], [1], [1, 2], [2]), relaxed
    for one in relaxed:
        assert one.at >= queued.at + timedelta(seconds=2) * one.data["step"], (queued, one)
    assert len(overflowed) <= 1
    for one in overflowed:
        assert one.at >= when(queued.data["queued_at"]) + timedelta(seconds=3), (queued, one)
