"""Done work is forgotten after its time, and nothing else is."""

import json
from uuid import uuid4

import asyncpg
import pytest

from contracts import routing
from router.adapters.forget_work import forget_work

pytestmark = pytest.mark.integration
TABLES = ("work_item", "offer", "assignment", "sla_ledger")


async def test_old_done_work_goes_with_its_decisions_and_the_ledger_stays_until_its_own_time(house) -> None:
    old, fresh, waiting = uuid4(), uuid4(), uuid4()
    async with house.running():
        await house.presence("aiko")
        for case_id in (old, fresh):
            await house.command(house.work_requested(case_id))
            offer = await house.events.first(routing.WorkOffered, case_id)
            accept = routing.AcceptOffer(case_id=case_id, offer_id=offer.offer_id, agent_id="aiko")
            await house.command(accept, house.work_closed(case_id))
            await house.events.first(routing.WorkDone, case_id)
        await house.command(house.work_requested(waiting))
        await house.events.first(routing.WorkOffered, waiting)
    await _age(house, "UPDATE work_item SET closed_at = closed_at - interval '91 days' WHERE case_id = $1", old)
    await _age(house, "UPDATE sla_ledger SET at = at - interval '91 days' WHERE case_id = ANY($1)", [old, waiting])
    assert await _told(house) == {str(old), str(fresh), str(waiting)}
    forget = forget_work(90, 400)
    await forget(house.database)
    assert await _kept(house, old) == {"sla_ledger"}
    assert await _kept(house, fresh) == set(TABLES)
    await forget_work(90, 90)(house.database)
    assert await _kept(house, old) == set()
    assert await _kept(house, waiting) == {"work_item", "offer", "sla_ledger"}
    assert await _told(house) == {str(fresh), str(waiting)}


async def test_the_application_can_forget_decisions_and_ledgers_but_not_change_them(house) -> None:
    for table, column in (("decision_pack", "decisions"), ("sla_ledger", "entry")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await house.database.system.execute(f"UPDATE {table} SET {column} = '{{}}'")


async def _kept(house, case_id) -> set[str]:
    counts = {table: await house.value(f"SELECT count(*) FROM {table} WHERE case_id = $1", case_id) for table in TABLES}
    return {table for table, count in counts.items() if count}


async def _told(house) -> set[str]:
    """The cases of which decisions are kept."""
    packs = await house.fetch("SELECT decisions FROM decision_pack")
    return {entry[0] for pack in packs for entry in json.loads(pack[0])}


async def _age(house, sql: str, value: object) -> None:
    """As the schema's owner: the application may not."""
    connection = await asyncpg.connect(house.owner_dsn, server_settings={"search_path": "router", "app.tenant": "*"})
    try:
        await connection.execute(sql, value)
    finally:
        await connection.close()
