"""What a real router decided, read back from the broker and replayed: as it was, and under other configurations."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import yaml
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from click.testing import CliRunner, Result

from contracts import routing
from contracts.config import TenantConfig
from contracts.envelope import Envelope
from contracts.topics import CONFIG
from contracts.values import Author, AuthorKind
from madoguchi.__main__ import cli
from madoguchi.simulate.replay.read_topics import commands_of
from runtime import kafka
from runtime.producer import Record

pytestmark = pytest.mark.integration
CUSTOMERS, AT_ONCE = 18, 6


async def work_a_while(house: Any) -> tuple[datetime, datetime]:
    """All ask at once. Two agents decline one offer, accept the others, and close what they have when they have all they can."""
    begun = datetime.now(UTC)
    async with house.running():
        for agent_id in ("aiko", "ken"):
            await house.presence(agent_id)
        await house.command(*(house.work_requested(uuid4()) for _ in range(CUSTOMERS)))
        desk = Desk()
        async with asyncio.timeout(90):
            while desk.done < CUSTOMERS:
                await house.events.hear()
                if reactions := list(desk.react(house.events.envelopes)):
                    await house.command(*reactions)
    return begun, max(envelope.time for envelope in house.events.envelopes) + timedelta(milliseconds=1)


@dataclass
class Desk:
    seen: int = 0
    done: int = 0
    declined: bool = False
    held: list[routing.WorkAssigned] = field(default_factory=list)

    def react(self, told: list[Envelope]) -> Iterator[Any]:
        heard, self.seen = told[self.seen :], len(told)
        for data in (envelope.data for envelope in heard):
            if isinstance(data, routing.WorkOffered):
                answer = routing.AcceptOffer if self.declined else routing.DeclineOffer
                self.declined = True
                yield answer(case_id=data.case_id, offer_id=data.offer_id, agent_id=data.agent_id)
            elif isinstance(data, routing.WorkAssigned):
                self.held.append(data)
            self.done += isinstance(data, routing.WorkDone)
        if len(self.held) == AT_ONCE:
            yield from (act for held in self.held for act in closing(held))
            self.held = []


def closing(held: routing.WorkAssigned) -> Iterator[Any]:
    by, now = Author(kind=AuthorKind.AGENT, id=held.agent_id), datetime.now(UTC)
    yield routing.AgentReplied(case_id=held.case_id, message_id=uuid4(), author=by, replied_at=now)
    yield routing.WorkClosed(case_id=held.case_id, reason="resolved", by=by, closed_at=now)


async def apply(house: Any) -> TenantConfig:
    await kafka.ensure_topics(house.kafka, [CONFIG])
    config = house.tenant_config(house.tenant, applied_at=datetime.now(UTC) - timedelta(hours=1))
    envelope = Envelope(uuid4(), house.tenant, "test", config.applied_at, config)
    await house.producer.publish([Record(CONFIG, house.tenant.encode(), envelope)], timeout=10)
    return config


def folder_of(config: TenantConfig, folder: Path, **changes: Any) -> Path:
    told = config.model_dump(mode="json", exclude={"revision", "applied_at"}, exclude_defaults=True) | changes
    folder.mkdir()
    (folder / "all.yaml").write_text(yaml.safe_dump(told, allow_unicode=True), "utf-8")
    return folder


async def run(house: Any, state: Path, *arguments: str) -> Result:
    environment = {"MADOGUCHI_STATE": str(state), "MADOGUCHI_KAFKA__BOOTSTRAP": house.kafka.bootstrap}
    return await asyncio.to_thread(CliRunner().invoke, cli, ["simulate", *arguments], env=environment)


async def test_real_work_replays_as_it_was_and_otherwise_under_another_configuration(house, tmp_path: Path) -> None:
    config = await apply(house)
    begun, ended = await work_a_while(house)
    aiko, ken = (agent.model_dump(mode="json", exclude_defaults=True) for agent in config.agents)
    main, *others = (queue.model_dump(mode="json", exclude_defaults=True) for queue in config.queues)
    full = {"when": "waiting", "over_items": 3, "action": "queue", "queue": "hasty"}
    roomy = [agent | {"capacity": {"messaging": CUSTOMERS}} for agent in (aiko, ken)]
    folders = {
        "same": folder_of(config, tmp_path / "same"),
        "fewer": folder_of(config, tmp_path / "fewer", agents=[aiko | {"capacity": {"messaging": 1}}]),
        "at once": folder_of(
            config, tmp_path / "at-once", agents=roomy, queues=[main | {"mode": "auto_assign"}, *others]
        ),
        "overflow": folder_of(config, tmp_path / "overflow", queues=[main | {"overflow_before": [full]}, *others]),
    }
    outcomes: dict[str, Any] = {}
    window = ("--from", begun.isoformat(), "--to", ended.isoformat(), "--warm-up", "PT0S")
    for name, folder in folders.items():
        told = await run(house, tmp_path, "--config", str(folder), *window, "--json")
        assert told.exit_code == 0, told.output
        data = json.loads(told.stdout)
        was, again, outcomes[name] = data["outcomes"]
        assert was | {"config": ""} == again | {"config": ""}, "commands alone moved this work, so nothing may differ"
        assert (data["recording"]["cases"], data["recording"]["left_out"], data["notes"]) == (CUSTOMERS, {}, [])
    assert (was["all"]["answered"], was["all"]["still_waiting"], was["overflowed"]) == (CUSTOMERS, 0, 0)
    assert outcomes["same"]["all"] == was["all"]
    assert outcomes["fewer"]["all"]["still_waiting"] > 0
    assert outcomes["at once"]["all"]["wait_mean_s"] == 0 < was["all"]["wait_mean_s"]
    assert outcomes["overflow"]["overflowed"] > 0
    assert outcomes["overflow"]["queues"]["hasty"]["share"] > 0


async def test_a_recording_kept_in_a_file_needs_no_broker(house, tmp_path: Path) -> None:
    config = await apply(house)
    begun, ended = await work_a_while(house)
    kept, folder = tmp_path / "kept.jsonl", folder_of(config, tmp_path / "new", agents=[])
    only = ("--tenant", house.tenant, "--from", begun.isoformat(), "--record", str(kept))
    told = await run(house, tmp_path, *only)
    assert told.exit_code == 0, told.output
    assert kept.stat().st_mode & 0o777 == 0o600
    arguments = ("--config", str(folder), "--json")
    live = await run(house, tmp_path, *arguments, "--from", begun.isoformat(), "--to", ended.isoformat())
    from_file = await asyncio.to_thread(
        CliRunner().invoke,
        cli,
        ["simulate", *arguments, "--commands", str(kept), "--from", begun.isoformat(), "--to", ended.isoformat()],
        env={"MADOGUCHI_STATE": str(tmp_path), "MADOGUCHI_KAFKA__BOOTSTRAP": "127.0.0.1:1"},
    )
    assert from_file.exit_code == 0, from_file.output
    figures = [[one["all"] for one in json.loads(each.stdout)["outcomes"]] for each in (live, from_file)]
    assert figures[0] == figures[1]
    assert figures[0][2]["still_waiting"] == CUSTOMERS, "nobody works in the new configuration"


async def test_a_window_that_the_topic_no_longer_has_is_refused(house, tmp_path: Path) -> None:
    config = await apply(house)
    begun, _ = await work_a_while(house)
    place = await commands_of(house.tenant, house.kafka)
    admin = AIOKafkaAdminClient(bootstrap_servers=house.kafka.bootstrap)
    await admin.start()
    try:
        await admin.delete_records({place: RecordsToDelete(before_offset=-1)})
    finally:
        await admin.close()
    folder = folder_of(config, tmp_path / "new")
    told = await run(house, tmp_path, "--config", str(folder), "--from", begun.isoformat())
    assert (told.exit_code, "keeps nothing of this tenant any more" in told.output) == (1, True)
    await house.command(house.work_requested(uuid4()))
    told = await run(house, tmp_path, "--config", str(folder), "--from", begun.isoformat())
    assert (told.exit_code, "any more; begin there or later" in told.output) == (1, True)
