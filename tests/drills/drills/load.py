"""People: customers who write in sequence and whose providers post again, agents who accept, reply and resolve. Seeded."""

import asyncio
import hashlib
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from drills.client import Client, Told, together
from drills.house import DrilledHouse
from drills.ledger import Ledger, Outcome, Replied, Sent, Taken
from madoguchi.writers.identity import event_ids
from madoguchi.writers.line import reply_token
from madoguchi.writers.model import Said, SignedWebhook
from madoguchi.writers.table import account_on, write

PATIENCE = 90.0
DOORS = (("acme", "line"), ("acme", "whatsapp"), ("acme", "webhook"), ("bravo", "webhook"))
AGENTS = {"acme": ("aiko", "ben", "chihiro"), "bravo": ("dora",)}


@dataclass(frozen=True, slots=True)
class Plan:
    """`customers` each write at least `least` and, while faults go on, at most `most` messages, `pause` seconds apart.
    A share of `hasty` senders gives a message up after one try; every webhook is posted 1 to `posts` times."""

    customers: int = 20
    least: int = 4
    most: int = 30
    pause: float = 0.8
    posts: int = 3
    hasty: float = 0.08


@dataclass(slots=True)
class Load:
    """`name` and `seed` make every sender and text this drill's own. `over` is set when the last fault is healed."""

    house: DrilledHouse
    client: Client
    ledger: Ledger
    name: str
    seed: int
    plan: Plan
    over: asyncio.Event = field(default_factory=asyncio.Event)
    closing: asyncio.Event = field(default_factory=asyncio.Event)

    async def customers(self) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(self.plan.customers):
                group.create_task(self._customer(number))

    async def agents(self) -> None:
        async with asyncio.TaskGroup() as group:
            for tenant, agents in AGENTS.items():
                for agent in agents:
                    group.create_task(Agent(self, tenant, agent).work())

    def rng(self, *who: object) -> random.Random:
        return random.Random(f"{self.name} {self.seed} {who}")

    async def _customer(self, number: int) -> None:
        rng = self.rng("customer", number)
        tenant, channel = DOORS[number % len(DOORS)]
        sender = _address(channel, f"{self.name} {self.seed} {number}")
        plan, written = self.plan, 0
        while written < plan.least or (not self.over.is_set() and written < plan.most):
            await asyncio.sleep(rng.uniform(0.2, 1.8) * plan.pause)
            written += 1
            text = f"{self.name} {self.seed} customer {number} message {written}"
            await self.write(tenant, channel, sender, written, text, rng)

    async def write(
        self,
        tenant: str,
        channel: str,
        sender: str,
        number: int,
        text: str,
        rng: random.Random,
        patience: float = PATIENCE,
    ) -> Sent:
        """Posted until it is acknowledged, then some more times, as providers do."""
        config = self.house.tenants[tenant]
        said = Said(text, sender, _provider_id(channel, text), datetime.now(UTC))
        signed = write(channel, said, config, self.house.secrets)
        (event_id,) = event_ids(signed, tenant, account_on(channel, config), said.at)
        hasty = rng.random() < self.plan.hasty
        answers = [await self._post(signed, 0.0 if hasty else patience)]
        if not hasty:
            answers += [await self._post(signed, 0.0) for _ in range(rng.randrange(self.plan.posts))]
        told, posts = together(answers), sum(answer.asked for answer in answers)
        sent = Sent(
            event_id,
            tenant,
            f"{tenant}/{channel}/{sender}",
            number,
            text,
            posts,
            told.outcome,
            told.why,
            told.at,
            channel,
            _reached_at(channel, said),
        )
        self.ledger.sent.append(sent)
        return sent

    async def _post(self, signed: SignedWebhook, patience: float) -> Told:
        return await self.client.insist(
            "POST",
            self.house.urls("ingest"),
            signed.path,
            patience,
            content=signed.body,
            headers=dict(signed.headers),
        )


class Agent:
    """Works until told to close and nothing is left with it."""

    def __init__(self, load: Load, tenant: str, agent: str) -> None:
        self._load = load
        self._tenant = tenant
        self._agent = agent
        self._rng = load.rng("agent", tenant, agent)
        self._headers = {"authorization": f"Bearer {load.house.token(tenant, agent)}"}
        self._count = 0

    async def work(self) -> None:
        await self._command("PUT", "router", f"/v1/agents/{self._agent}/presence", {"presence": "available"})
        while not self._load.closing.is_set():
            shown = await self._ask("router", f"/v1/agents/{self._agent}")
            if shown is not None:
                await self._turn(shown)
            await asyncio.sleep(self._rng.uniform(0.1, 0.4))

    async def _turn(self, shown: Mapping[str, Any]) -> None:
        async with asyncio.TaskGroup() as group:
            for offer in shown["offers"]:
                if self._rng.random() < 0.9:
                    group.create_task(self._accept(offer["offer_id"], offer["case_id"]))
            for item in shown["work"]:
                if item["state"] == "assigned":
                    group.create_task(self._serve(item["case_id"]))

    async def _accept(self, offer: str, case: str) -> None:
        """Two of them at once may ask: the same key, or an offer that is over."""
        path = f"/v1/offers/{offer}/accept"
        told = await self._command("POST", "router", path, {}, key=f"accept-{offer}", patience=10)
        self._load.ledger.taken.append(Taken(UUID(offer), self._tenant, UUID(case), self._agent, told.outcome))

    async def _serve(self, case: str) -> None:
        await self._reply(case)
        if self._rng.random() < 0.6:
            self._count += 1
            key = f"resolve-{self._agent}-{self._load.seed}-{self._load.name}-{self._count}"
            await self._command("POST", "case-store", f"/v1/cases/{case}/resolve", {}, key=key, patience=PATIENCE)

    async def _reply(self, case: str) -> None:
        self._count += 1
        text = f"{self._load.name} {self._load.seed} {self._tenant} {self._agent} reply {self._count}"
        key = text.replace(" ", "-")
        told = await self._command(
            "POST", "case-store", f"/v1/cases/{case}/messages", {"text": text}, key=key, again=self._rng.randrange(3)
        )
        message_id = UUID(told.body["message_id"]) if told.outcome is Outcome.OK else None
        self._load.ledger.replied.append(
            Replied(key, self._tenant, UUID(case), text, told.asked, told.outcome, message_id, told.why)
        )

    async def _command(
        self,
        method: str,
        service: str,
        path: str,
        body: Mapping[str, Any],
        *,
        key: str | None = None,
        patience: float = PATIENCE,
        again: int = 0,
    ) -> Any:
        headers = self._headers | {"idempotency-key": key or str(UUID(int=self._rng.getrandbits(128), version=4))}
        urls = self._load.house.urls(service)
        told = await self._load.client.insist(method, urls, path, patience, json=dict(body), headers=headers)
        for _ in range(again if told.outcome is Outcome.OK else 0):
            await self._load.client.insist(method, urls, path, 0.0, json=dict(body), headers=headers)
        return told

    async def _ask(self, service: str, path: str) -> Any:
        return await self._load.client.get(self._load.house.urls(service), path, self._headers)


def _address(channel: str, who: str) -> str:
    digest = hashlib.sha256(who.encode()).hexdigest()
    match channel:
        case "line":
            return f"U{digest[:32]}"
        case "whatsapp":
            return f"+8190{int(digest[:12], 16) % 10**8:08d}"
    return f"visitor-{digest[:12]}"


def _reached_at(channel: str, said: Said) -> frozenset[str]:
    match channel:
        case "line":
            return frozenset({said.sender, f"reply:{reply_token(said)}"})
        case "whatsapp":
            return frozenset({said.sender.removeprefix("+")})
    return frozenset({said.sender})


def _provider_id(channel: str, text: str) -> str:
    digest = hashlib.sha256(text.encode()).hexdigest()
    match channel:
        case "line":
            return str(int(digest[:14], 16))
        case "whatsapp":
            return f"wamid.{digest[:48].upper()}"
    return digest[:24]
