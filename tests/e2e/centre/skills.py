"""routing.md §2: skills, and how they are relaxed."""

from datetime import timedelta

from centre.answers import when
from centre.desk import hire
from centre.house import Centre
from centre.tenant_file import queue, rule, says

SOON = timedelta(milliseconds=1500)
LATER = timedelta(milliseconds=3000)
_NO_BOSS = [{"none_of": [{"skill": "boss", "at_least": 5}]}]


async def any_and_none_and_ranges_decide_who_is_asked(centre: Centre) -> None:
    required = [
        {"any_of": [{"all_of": [{"skill": "english", "at_least": 7}, *_NO_BOSS]}, {"agents": ["gaia"]}]},
        {"none_of": [{"skill": "trainee"}]},
        {"skill": "billing", "at_least": 3, "at_most": 6},
    ]
    tenant = await centre.tenant(
        "skills",
        skills=["english", "billing", "trainee", "boss"],
        queues=[queue("front")],
        rules=[rule("picky", "true", queue="front", require=required)],
    )
    await hire(tenant, "weak", "front", skills={"english": 6, "billing": 4})
    await hire(tenant, "novice", "front", skills={"english": 9, "billing": 4, "trainee": 1})
    await hire(tenant, "chief", "front", skills={"english": 9, "billing": 4, "boss": 5})
    await hire(tenant, "expert", "front", skills={"english": 9, "billing": 7})
    await hire(tenant, "beginner", "front", skills={"english": 9, "billing": 2})
    await hire(tenant, "elsewhere", skills={"english": 9, "billing": 4})
    case = await tenant.ask("Who may help me?")
    await tenant.work(case, state="queued")
    shown = await tenant.explain(case)
    assert {one["agent_id"]: one["obstacle"] for one in shown["candidates"]} == dict.fromkeys(
        ("weak", "novice", "chief", "expert", "beginner"), "unskilled"
    )
    assert shown["requires"] == (
        "any of (all of (english 7 or more, none of (boss 5 or more)), agents gaia)"
        " and none of (trainee 1 or more) and billing 3–6"
    )
    assert shown["wait"]["state"] == "no_agents"
    gaia = await hire(tenant, "gaia", "front", skills={"billing": 6})
    await gaia.accept(case)
    fit = await hire(tenant, "fit", "front", skills={"english": 7, "billing": 3, "boss": 4})
    await fit.accept(await tenant.ask("And me?"))


async def best_proficiency_first_then_the_method(centre: Centre) -> None:
    tenant = await centre.tenant(
        "best",
        skills=["english", "billing"],
        queues=[queue("front", assignment="best_skill")],
        rules=[rule("all", "true", queue="front", skills={"english": 2, "billing": 2})],
    )
    levels = {"ana": (4, 4), "bea": (9, 2), "cleo": (2, 9), "dora": (3, 3)}
    for name, (english, billing) in levels.items():
        await hire(tenant, name, "front", skills={"english": english, "billing": billing})
    asked = []
    for number in range(4):
        shown = await tenant.work(await tenant.ask(f"Question {number}"), state="offered")
        asked.append(shown["agent_id"])
    assert asked == ["bea", "cleo", "ana", "dora"]


async def relaxation_steps_are_never_early_and_widen_by_rings(centre: Centre) -> None:
    steps = [
        {"require": [{"skill": "english", "at_least": 8}], "until": "PT1.5S"},
        {"require": [{"skill": "english", "at_least": 5}], "until": "PT3S", "widens": True},
    ]
    tenant = await centre.tenant(
        "relax",
        skills=["english"],
        queues=[queue("front", assignment="longest_idle")],
        rules=[rule("all", "true", queue="front", relaxation=steps)],
    )
    anyone = await hire(tenant, "anyone", "front")
    case = await tenant.ask("I can wait")
    shown = await tenant.explain(case)
    ends = [when(step["until"]) for step in shown["steps"]]
    queued = when(shown["work"]["queued_at"])
    assert ends == [queued + SOON, queued + LATER]
    await anyone.accept(case)
    first, second = await tenant.decided(case, "WorkRelaxed", 2)
    (offered,) = await tenant.decided(case, "WorkOffered")
    assert first["at"] >= ends[0]
    assert second["at"] >= ends[1]
    assert offered["at"] >= ends[1]


async def an_earlier_ring_outranks_a_later_one(centre: Centre) -> None:
    steps = [
        {"require": [{"skill": "english", "at_least": 8}], "until": "PT0.5S"},
        {"require": [{"skill": "english", "at_least": 5}], "widens": True},
    ]
    tenant = await centre.tenant(
        "rings",
        skills=["english"],
        queues=[queue("front")],
        rules=[rule("all", "true", queue="front", relaxation=steps)],
    )
    await hire(tenant, "outside", "front", skills={"english": 4})
    case = await tenant.ask("A hard one")
    await tenant.decided(case, "WorkRelaxed")
    second = await hire(tenant, "second", "front", skills={"english": 5}, presence="away")
    first = await hire(tenant, "first", "front", skills={"english": 10}, presence="away")
    shown = await tenant.explain(case)
    rings = {one["agent_id"]: (one["ring"], one["obstacle"]) for one in shown["candidates"]}
    assert rings == {"first": (0, "absent"), "second": (1, "absent"), "outside": (-1, "unskilled")}
    await second.is_("available")
    await second.accept(case)
    await first.is_("available")
    later = await tenant.ask("Another hard one")
    assert (await tenant.work(later, state="offered"))["agent_id"] == "first"


async def a_step_without_an_end_never_relaxes_and_head_of_line_work_hides_nothing(centre: Centre) -> None:
    """(seen: blocks of 100)"""
    tenant = await centre.tenant(
        "headline",
        skills=["english", "thai"],
        queues=[queue("front")],
        rules=[
            rule("thai", says("thai"), queue="front", relaxation=[{"require": [{"skill": "thai"}]}], priority=1),
            rule("english", "true", queue="front", skills={"english": 1}, priority=9),
        ],
    )
    stuck = [await tenant.ask(f"thai {number}") for number in range(12)]
    open_to_all = await tenant.ask("plain words")
    agent = await hire(tenant, "erin", "front", skills={"english": 5}, messaging=2)
    await agent.accept(open_to_all)
    for case in stuck:
        assert (await tenant.work(case))["state"] == "queued"
        assert await tenant.decisions(case, "WorkRelaxed") == []


SCENARIOS = (
    any_and_none_and_ranges_decide_who_is_asked,
    best_proficiency_first_then_the_method,
    relaxation_steps_are_never_early_and_widen_by_rings,
    an_earlier_ring_outranks_a_later_one,
    a_step_without_an_end_never_relaxes_and_head_of_line_work_hides_nothing,
)
