"""routing.md §5: work waits for the last agent, or for preferred ones, and then falls back."""

from datetime import timedelta
from typing import Any

from centre.answers import when
from centre.desk import Desk, hire
from centre.house import Centre
from centre.tenant import Tenant
from centre.tenant_file import queue, rule

WAIT = timedelta(seconds=5)


async def the_last_agent_who_is_away_is_waited_for_and_then_the_fallback_queue_takes_it(centre: Centre) -> None:
    """(seen: reopened work stuck on an absent agent)"""
    tenant = await _sticky(centre, "away", wait="PT5S")
    amy = await hire(tenant, "amy", "front")
    case, sender = await _served(tenant, amy)
    await amy.is_("away")
    bob = await hire(tenant, "bob", "front", "backup")
    await tenant.write("I am back", sender)
    await tenant.work(case, state="queued", queue="front")
    shown = await tenant.explain(case)
    assert {one["agent_id"]: one["obstacle"] for one in shown["candidates"]} == {
        "amy": "absent",
        "bob": "another_agent_is_preferred",
    }
    until = when(shown["steps"][0]["until"])
    assert until == when(shown["work"]["queued_at"]) + WAIT
    await bob.accept(case)
    moved = (await tenant.decisions(case, "WorkOverflowed"))[-1]
    assert (moved["detail"]["to_queue"], moved["at"] >= until) == ("backup", True)
    assert (await tenant.decisions(case, "WorkOffered"))[-1]["at"] >= until


async def the_last_agent_who_comes_back_in_time_gets_it_before_all_others(centre: Centre) -> None:
    tenant = await _sticky(centre, "back", wait="PT30S")
    amy = await hire(tenant, "amy", "front")
    case, sender = await _served(tenant, amy)
    await amy.is_("away")
    await hire(tenant, "bob", "front", "backup")
    await tenant.write("I am back", sender)
    await tenant.work(case, state="queued", queue="front")
    await amy.is_("available")
    await amy.accept(case)
    assert (await tenant.decisions(case, "WorkOverflowed")) == []


async def an_offline_last_agent_is_not_waited_for(centre: Centre) -> None:
    tenant = await _sticky(centre, "offline", wait="PT30S")
    amy = await hire(tenant, "amy", "front")
    case, sender = await _served(tenant, amy)
    await amy.is_("offline")
    bob = await hire(tenant, "bob", "backup")
    await tenant.write("I am back", sender)
    await bob.accept(case)
    assert (await tenant.work(case))["queue"] == "backup"


async def a_last_agent_who_declines_is_waited_for_no_longer(centre: Centre) -> None:
    tenant = await _sticky(centre, "declines", wait="PT30S")
    amy = await hire(tenant, "amy", "front")
    case, sender = await _served(tenant, amy)
    bob = await hire(tenant, "bob", "backup")
    await tenant.write("I am back", sender)
    await amy.decline(case)
    await bob.accept(case)


async def the_last_agent_of_the_customer_is_waited_for_in_a_new_case(centre: Centre) -> None:
    tenant = await _sticky(centre, "customer", wait="PT30S", reopen_within="PT0S")
    amy = await hire(tenant, "amy", "front")
    case, sender = await _served(tenant, amy)
    await amy.is_("away")
    await hire(tenant, "bob", "front", "backup")
    await tenant.write("Something else", sender)
    another = await tenant.case_of(sender)
    assert another != case
    await tenant.work(another, state="queued", queue="front")
    await amy.is_("available")
    await amy.accept(another)


async def preferred_agents_are_waited_for_in_turn_and_presence_may_be_ignored(centre: Centre) -> None:
    preferred = [{"agent": "cat", "wait": "PT0.8S"}, {"agent": "dan", "wait": "PT0.8S", "respect_presence": False}]
    tenant = await centre.tenant(
        "preferred",
        queues=[queue("front")],
        rules=[rule("all", "true", queue="front", preferred=preferred)],
    )
    await hire(tenant, "cat", "front", presence="away")
    dan = await hire(tenant, "dan", "front", presence="away")
    await hire(tenant, "eve", "front")
    case = await tenant.ask("For cat or dan")
    first = when((await tenant.explain(case))["steps"][0]["until"])
    await dan.accept(case)
    (offered,) = await tenant.decisions(case, "WorkOffered")
    assert offered["at"] >= first


async def _sticky(centre: Centre, name: str, wait: str, **parts: Any) -> Tenant:
    return await centre.tenant(
        f"sticky-{name}",
        queues=[queue("front"), queue("backup")],
        rules=[rule("all", "true", queue="front", last_agent={"wait": wait}, fallback="backup")],
        **parts,
    )


async def _served(tenant: Tenant, desk: Desk) -> tuple[str, str]:
    """A case that the agent resolved, and who wrote it."""
    sender = await tenant.write("Please help")
    case = await tenant.case_of(sender)
    await desk.accept(case)
    await tenant.filed(case, "WorkAssigned")
    await desk.resolves(case)
    await tenant.work(case, state="done")
    return case, sender


SCENARIOS = (
    the_last_agent_who_is_away_is_waited_for_and_then_the_fallback_queue_takes_it,
    the_last_agent_who_comes_back_in_time_gets_it_before_all_others,
    an_offline_last_agent_is_not_waited_for,
    a_last_agent_who_declines_is_waited_for_no_longer,
    the_last_agent_of_the_customer_is_waited_for_in_a_new_case,
    preferred_agents_are_waited_for_in_turn_and_presence_may_be_ignored,
)
