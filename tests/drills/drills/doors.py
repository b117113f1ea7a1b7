"""The history as the house itself shows it to those who ask."""

from uuid import UUID

from drills.client import Client
from drills.facts import Entry
from drills.house import DrilledHouse
from drills.ledger import Outcome

Case = tuple[str, UUID]
PATIENCE = 30.0


async def shown(house: DrilledHouse, client: Client, cases: set[Case]) -> dict[Case, tuple[str, ...]]:
    """The texts of each case in its order, from any member; nothing where nobody would answer."""
    return {case: await _texts(house, client, case) for case in sorted(cases)}


def cases_of(entries: tuple[Entry, ...], name: str) -> set[Case]:
    """Those in which a drill's people spoke."""
    return {(entry.tenant, entry.case_id) for entry in entries if entry.text.startswith(f"{name} ")}


async def _texts(house: DrilledHouse, client: Client, case: Case) -> tuple[str, ...]:
    tenant, case_id = case
    found: list[str] = []
    query = {"limit": "100"}
    while True:
        told = await client.insist(
            "GET",
            house.urls("case-store"),
            f"/v1/cases/{case_id}/messages",
            PATIENCE,
            headers={"authorization": f"Bearer {house.token(tenant)}"},
            params=query,
        )
        if told.outcome is not Outcome.OK:
            return tuple(found)
        found += [item["content"]["text"] for item in told.body["items"]]
        if told.body["next"] is None:
            return tuple(found)
        query["cursor"] = told.body["next"]
