"""Customers, workers of a bot, agents and the clock at once, on the real store; counted from outside."""

import asyncio
import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.routing import WorkClosed, WorkRequested
from runtime import postgres

pytestmark = pytest.mark.integration
RACING: dict[str, Any] = {
    "channels": ("line",),
    "lease": "PT0.2S",
    "disclosure": {"ja": "自動応答です。"},
    "triggers": {"words": ("担当者",)},
}
PEOPLE, ROUNDS, AT_ONCE = 4, 12, 7


@pytest.fixture(autouse=True)
def _patient_locks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A starved machine may be slow; a circle is found within a second all the same."""
    monkeypatch.setitem(postgres._SERVER_SETTINGS, "lock_timeout", "60000")


@dataclass
class Ledger:
    """What was said, by how it was answered: sent, refused."""

    desk: Any
    dice: random.Random
    written: dict[str, list[str]] = field(default_factory=dict)
    sent: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    versions: dict[UUID, list[int]] = field(default_factory=dict)
    agents: list[str] = field(default_factory=list)

    async def customer(self, person: str) -> None:
        text = f"{uuid4().hex}{'担当者' if self.dice.random() < 0.15 else ''}"
        self.written.setdefault(person, []).append(text)
        await self.desk.house.deliver(self.desk.house.line_message(person, text))

    async def bot(self, case_id: UUID, seen: int) -> None:
        text = uuid4().hex
        answer = await self.desk.reply(case_id, seen, text)
        if answer.status_code == 201:
            self.sent.append(text)
            self.versions.setdefault(case_id, []).append(seen)
        else:
            assert (answer.status_code, answer.json()["code"]) == (409, "conversation_moved_on"), answer.text
            self.refused.append(text)

    async def agent(self, case_id: UUID) -> None:
        text = uuid4().hex
        assert (await self.desk.house.reply(case_id, text)).status_code == 201
        self.agents.append(text)

    async def back(self, case_id: UUID) -> None:
        assert (await self.desk.give_back(case_id)).status_code in (200, 409)

    async def hand_over(self, case_id: UUID) -> None:
        answer = await self.desk.ask("POST", f"cases/{case_id}/bot/handover", {})
        assert answer.status_code in (200, 409)

    async def clock(self) -> None:
        await self.desk.clock.round()


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_whatever_happens_at_once_one_party_speaks_and_nothing_is_lost(bots, seed: int) -> None:
    bots.faq(RACING)
    ledger = Ledger(bots, random.Random(seed))  # a script, no secret
    people = {f"R{number}": UUID(int=0) for number in range(PEOPLE)}
    for person in people:
        await ledger.customer(person)
    rows = await bots.house.fetch(
        "SELECT c.id, p.address FROM customer_case c JOIN contact_point p ON p.customer_id = c.customer_id"
    )
    people |= {row["address"]: row["id"] for row in rows}
    for _ in range(ROUNDS):
        await _round(ledger, people)
    await _check(bots, ledger, people)


async def _round(ledger: Ledger, people: dict[str, UUID]) -> None:
    """Versions are looked up before, so that some are stale when they are named."""
    turns = {UUID(turn["case_id"]): turn["version"] for turn in await ledger.desk.turns()}
    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        for _ in range(AT_ONCE):
            person = ledger.dice.choice(sorted(people))
            case_id = people[person]
            does = ledger.dice.choices(("customer", "bot", "agent", "back", "hand_over", "clock"), (5, 8, 1, 3, 1, 1))[
                0
            ]
            match does:
                case "customer":
                    group.create_task(ledger.customer(person))
                case "bot":
                    group.create_task(ledger.bot(case_id, turns.get(case_id, 1)))
                case "clock":
                    group.create_task(ledger.clock())
                case _:
                    group.create_task(getattr(ledger, does)(case_id))


async def _check(bots: Any, ledger: Ledger, people: dict[str, UUID]) -> None:
    work = Counter[UUID]()
    for event in await bots.emitted(WorkRequested, WorkClosed):
        work[event.case.id if isinstance(event, WorkRequested) else event.case_id] += (
            1 if isinstance(event, WorkRequested) else -1
        )
    said: Counter[str] = Counter()
    for person, case_id in people.items():
        rows = await bots.house.fetch(
            "SELECT seq, direction, automatic, content->>'text' AS text FROM message WHERE case_id = $1 ORDER BY seq",
            case_id,
        )
        assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
        assert sorted(row["text"] for row in rows if row["direction"] == "in") == sorted(ledger.written[person])
        said.update(row["text"] for row in rows if row["direction"] == "out" and not row["automatic"])
        held = await bots.handling(case_id)
        asked_for = await bots.house.value("SELECT work_requested FROM customer_case WHERE id = $1", case_id)
        assert work[case_id] == asked_for == (held["state"] != "bot"), held
        waits = [row for row in rows if not row["automatic"]][-1]["direction"] == "in"
        assert (held["unanswered_since"] is not None) == waits
        assert (held["lease_until"] is not None) == (waits and held["state"] == "bot")
        versions = ledger.versions.get(case_id, [])
        assert len(versions) == len(set(versions))
    assert said == Counter([*ledger.sent, *ledger.agents])
    assert ledger.sent
    assert ledger.refused
