"""A busy day in a minute: many customers, agents who accept, decline, miss and resolve, until all is done."""

import asyncio
import random
from dataclasses import dataclass, field
from typing import Any

from centre.desk import Desk, hire
from centre.house import Centre
from centre.tenant import Tenant
from centre.tenant_file import queue, rule, says
from centre.waiting import until

WAVE, AGENTS, ROOM = 20, 6, 2
_PATIENT = {"offer_timeout": "PT6S", "max_declines_per_agent": 50, "max_declines": 1000}
_STEPS = [
    {"require": [{"skill": "english", "at_least": 8}], "until": "PT2S"},
    {"require": [{"skill": "english", "at_least": 4}], "until": "PT4S", "widens": True},
]
_TARGETS = [
    {"metric": "first_response", "target": "PT3S", "warn_percent": [50], "on_breach": [{"raise_priority": "by_one"}]},
    {"metric": "resolution", "target": "PT6S", "warn_percent": [80]},
]


async def open_storm(centre: Centre) -> Tenant:
    return await centre.tenant(
        "storm",
        skills=["english"],
        queues=[
            queue("front", assignment="round_robin", **_PATIENT),
            queue("hard", wrap_up="PT0.5S", **_PATIENT),
            queue("slow", overflow_after=[{"after": "PT3S", "action": "queue", "queue": "front"}], **_PATIENT),
        ],
        rules=[
            rule("hard", says("hard"), queue="hard", relaxation=_STEPS),
            rule("slow", says("slow"), queue="slow", priority=8),
        ],
        sla_policies=[{"id": "quick", "targets": _TARGETS, "pause_on": ["waiting_on_customer"]}],
    )


@dataclass
class Storm:
    """`cases` of all who wrote; `served` those that an agent resolved."""

    tenant: Tenant
    rng: random.Random
    cases: set[str] = field(default_factory=set)
    served: set[str] = field(default_factory=set)
    overlooked: set[str] = field(default_factory=set)
    written: int = 0
    all_wrote: bool = False

    @property
    def over(self) -> bool:
        return self.all_wrote and self.served >= self.cases

    @property
    def left(self) -> int:
        return self.written - len(self.served)

    async def wave(self) -> None:
        numbers = range(self.written, self.written + WAVE)
        self.written += WAVE
        async with asyncio.TaskGroup() as group:
            for number in numbers:
                group.create_task(self._customer(number))

    async def _customer(self, number: int) -> None:
        kind = ("plain", "hard", "slow")[number % 3]
        self.cases.add(await self.tenant.ask(f"{kind} question {number}"))

    async def agents(self) -> None:
        names = [f"agent-{number}" for number in range(AGENTS)]
        desks = [
            await hire(self.tenant, name, "front", "hard", skills={"english": number + 2}, messaging=ROOM)
            for number, name in enumerate(names)
        ]
        async with asyncio.TaskGroup() as group:
            for desk in desks:
                group.create_task(self._agent(desk))

    async def _agent(self, desk: Desk) -> None:
        while not self.over:
            shown = await self.tenant.look("router", f"/v1/agents/{desk.agent_id}")
            for offer in (shown or {"offers": ()})["offers"]:
                await self._answer(desk, offer)
            for work in (shown or {"work": ()})["work"]:
                if work["state"] == "assigned":
                    await self._serve(desk, work["case_id"])
            await asyncio.sleep(self.rng.uniform(0.05, 0.3))

    async def _answer(self, desk: Desk, offer: dict[str, Any]) -> None:
        """One in eight is declined; one in sixteen is missed, however often it is seen. Too late is no mistake here."""
        if offer["offer_id"] in self.overlooked:
            return
        choice = self.rng.random()
        if choice < 1 / 16:
            self.overlooked.add(offer["offer_id"])
            return
        how = "decline" if choice < 3 / 16 else "accept"
        answer = await desk.answers_offer(offer["offer_id"], how)
        if answer.status != 200:
            assert answer.refused in ((409, "offer_expired"), (409, "offer_withdrawn")), answer

    async def _serve(self, desk: Desk, case_id: str) -> None:
        replied = await self._at_case_store(desk, f"/v1/cases/{case_id}/messages", {"text": "Done."})
        resolved = await self._at_case_store(desk, f"/v1/cases/{case_id}/resolve", None)
        if replied and resolved:
            self.served.add(case_id)

    async def _at_case_store(self, desk: Desk, path: str, body: Any) -> bool:
        """The agent's screen may be older than the case; whose case was resolved was served."""
        answer = await self.tenant.command("POST", path, body, agent=desk.agent_id, service="case-store")
        if answer.status >= 300:
            assert answer.refused == (409, "case_resolved"), answer
            return False
        return True


async def all_done(tenant: Tenant, cases: set[str]) -> None:
    async def look() -> bool:
        for case_id in sorted(cases):
            shown = await tenant.look("router", f"/v1/work/{case_id}")
            if shown is None or shown["state"] != "done":
                return False
        return True

    await until(look, "all work is done", 60)
