"""Providers that answer badly, late or not at all."""

import asyncio
from contextlib import suppress
from typing import Any

import httpx

from drills.house import DrilledHouse
from drills.nemesis import Fault, Scene
from drills.proxy import Mode


async def arm(scene: Scene, **fault: Any) -> None:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        (await http.post(f"{scene.house.control}/faults", json=fault)).raise_for_status()


STRIKE_SECONDS = 40.0


async def _counts(house: DrilledHouse) -> dict[str, dict[str, int]]:
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        counts: dict[str, dict[str, int]] = (await http.get(f"{house.control}/counts")).raise_for_status().json()
    return counts


async def strikes(house: DrilledHouse) -> int:
    return sum((await _counts(house))["faults"].values())


def providers_fail(*faults: dict[str, Any]) -> Fault:
    async def fail(scene: Scene) -> None:
        before = await strikes(scene.house)
        for provider in ("line", "whatsapp", "webhooks"):
            for fault in faults:
                await arm(scene, provider=provider, **fault)
        await _spent(scene.house)
        struck = await strikes(scene.house) - before
        scene.count(struck)
        scene.ledger.turned_down += struck if all(fault["kind"] == "redirect" for fault in faults) else 0
        if not struck:
            scene.complaints.append("void: no provider was asked while it was to fail")
        if followed := (await _counts(scene.house))["requests"].get("redirected", 0):
            scene.complaints.append(f"{followed} redirects were followed")

    return fail


async def _spent(house: DrilledHouse) -> None:
    """Until all have struck as often as they may, or for long; what is left then is disarmed."""
    async with httpx.AsyncClient(trust_env=False, timeout=10) as http:
        with suppress(TimeoutError):
            async with asyncio.timeout(STRIKE_SECONDS):
                while not all(one["spent"] for one in (await http.get(f"{house.control}/faults")).json()["items"]):
                    await asyncio.sleep(0.2)
        (await http.delete(f"{house.control}/faults")).raise_for_status()


async def providers_unreachable(scene: Scene) -> None:
    """Refused and reset before anything was read; then the network goes silent for longer than a read's time-out."""
    for mode, seconds in ((Mode.CUT, 3.0), (Mode.SILENT_TO_US, 7.0)):
        await scene.pause(0.5, 1.5)
        scene.count()
        scene.house.providers.set(mode)
        await asyncio.sleep(seconds)
        scene.house.providers.set(Mode.PASS)
