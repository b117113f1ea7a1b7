"""One drill on a running house: people at work, the fault, the healing, the verdict."""

import asyncio
import random
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from typing import Any

import httpx

from drills.catalogue import Drill
from drills.checker import check
from drills.client import Client
from drills.doors import cases_of, shown
from drills.house import DrilledHouse
from drills.ledger import Ledger, Outcome, Sent
from drills.load import Load
from drills.nemesis import Scene
from drills.observe import connect, look, unfinished, unread
from drills.verdict import Times, Verdict, judge

RECOVER_SECONDS = 120.0


async def run_drill(
    drill: Drill, seed: int, house: DrilledHouse, ledger: Ledger, tell: Callable[[str], None]
) -> Verdict:
    """`ledger` is of the house's whole life: what an earlier drill sent has to stay right."""
    rng = random.Random(f"{drill.name} {seed}")
    begun = (len(ledger.sent), len(ledger.replied), len(ledger.taken))
    async with httpx.AsyncClient(trust_env=False, limits=httpx.Limits(max_connections=100)) as http:
        await _set_scene(drill, house, http)
        load = Load(house, Client(http, rng), ledger, drill.name, seed, drill.plan)
        scene = Scene(house, load, ledger, rng)
        took, left = await _play(drill, scene, load, tell)
        await http.delete(f"{house.control}/faults")
        facts = await look(house, tuple(left))
        facts = replace(facts, shown=await shown(house, load.client, cases_of(facts.entries, drill.name)))
        if drill.callback is not None and (count := await _unread(house, drill.name)):
            scene.complaints.append(f"{count} delivered replies were read, and their status doesn't say so")
    if took.recovery >= RECOVER_SECONDS:
        scene.complaints.append(f"a new message was not in the history after {took.recovery:.0f} s")
    if ended := [name for name, part in house.parts.items() if not part.running]:
        scene.complaints.append(f"{', '.join(ended)} ended by itself and is gone")
    if early := sum(_within(one, scene.silences) for one in ledger.sent):
        scene.complaints.append(f"{early} messages were acknowledged while nothing could be kept")
    done = Ledger(ledger.sent[begun[0] :], ledger.replied[begun[1] :], taken=ledger.taken[begun[2] :])
    return judge(drill, seed, done, facts, check(ledger, facts), scene.faults, scene.complaints, took)


def _within(one: Sent, silences: list[tuple[float, float]]) -> bool:
    return one.outcome is Outcome.OK and any(begun < one.at < ended for begun, ended in silences)


async def _play(drill: Drill, scene: Scene, load: Load, tell: Callable[[str], None]) -> tuple[Times, list[str]]:
    clock = asyncio.get_running_loop().time
    async with asyncio.TaskGroup() as people:
        people.create_task(load.agents())
        customers = people.create_task(load.customers())
        await drill.fault(scene)
        healed = clock()
        load.over.set()
        recovery = await _recovery(load, healed)
        await customers
        customers_done = clock()
        left = await _settled(scene.house, load, drill.settle)
        settle = clock() - customers_done
        load.closing.set()
    left = left or await _settled(scene.house, load, 30)
    if left:
        tell(f"{drill.name}: after {settle:.0f} s {'; '.join(left)}")
    return Times(recovery, settle), left


async def _unread(house: DrilledHouse, name: str) -> int:
    """The last receipts may still be on their way."""
    count = 1
    with suppress(TimeoutError):
        async with asyncio.timeout(30):
            while count := await unread(house, name):
                await asyncio.sleep(0.5)
    return count


async def _recovery(load: Load, healed: float) -> float:
    rng = load.rng("probe")
    text = f"{load.name} {load.seed} probe"
    sender = f"visitor-{load.name}-{load.seed}-probe"
    sent = await load.write("acme", "webhook", sender, 1, text, random.Random(rng.choice((1, 2))), RECOVER_SECONDS)
    with suppress(TimeoutError):
        async with asyncio.timeout(RECOVER_SECONDS):
            while sent.event_id not in await _in_history(load.house):
                await asyncio.sleep(0.1)
    return asyncio.get_running_loop().time() - healed


async def _in_history(house: DrilledHouse) -> set[Any]:
    connection = await connect(house)
    try:
        return {row["event_id"] for row in await connection.fetch("SELECT event_id FROM case_store.message")}
    finally:
        await connection.close()


async def _settled(house: DrilledHouse, load: Load, within: float) -> list[str]:
    """Empty when everything has come to rest; what hasn't, when the time is up."""
    expected = {one.event_id for one in load.ledger.sent if one.outcome is Outcome.OK}
    left: list[str] = ["nothing was looked at"]
    with suppress(TimeoutError):
        async with asyncio.timeout(within):
            while left := await unfinished(house, expected):
                await asyncio.sleep(0.5)
    return left


async def _set_scene(drill: Drill, house: DrilledHouse, http: httpx.AsyncClient) -> None:
    await house.scene()
    control = house.control
    for path, body in (
        ("/whatsapp/options", {"window_default": "open"}),
        ("/line/options", {"unknown_reply_tokens": "accept"}),
    ):
        (await http.post(control + path, json=body)).raise_for_status()
    if drill.callback is not None:
        account = next(one for one in house.tenants["acme"].channel_accounts if one.channel == "whatsapp")
        told = {
            "url": f"{house.urls('ingest')[0]}/webhooks/whatsapp/{account.id}",
            "app_secret": house.secrets["ACME_WHATSAPP_APP_SECRET"],
            "phone_number_id": account.external_id,
            **drill.callback,
        }
        (await http.post(f"{control}/whatsapp/callback", json=told)).raise_for_status()
