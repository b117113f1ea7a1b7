"""A new configuration takes hold of waiting work and running clocks; what was decided stays decided."""

from typing import Any

from centre.desk import hire
from centre.house import Centre
from centre.tenant_file import queue, rule, says


async def held_work_stays_and_waiting_work_follows(centre: Centre) -> None:
    def parts(*names: str, **front: Any) -> dict[str, Any]:
        rules = [rule(name, says(name), queue=name) for name in names]
        return {"queues": [queue("front", **front), *(queue(name) for name in names)], "rules": rules}

    tenant = await centre.tenant("reload", **parts("side", "gone"))
    abe = await hire(tenant, "abe", "gone", messaging=1)
    held = await tenant.ask("gone")
    await abe.accept(held)
    assigned = await tenant.work(held)
    waiting, beside = await tenant.ask("gone too"), await tenant.ask("side")
    before = await tenant.work(beside)
    await centre.apply(tenant.name, **parts("side", priority=1, wrap_up="PT5M"))
    moved = await tenant.work(waiting, queue="front")
    assert moved["state"] == "queued"
    after = await tenant.work(held)
    assert (after["state"], after["assignment_id"]) == ("assigned", assigned["assignment_id"])
    assert await tenant.work(beside) == before
    assert len(await tenant.decisions(held, "WorkAssigned")) == 1
    bea = await hire(tenant, "bea", "front")
    await bea.accept(waiting)
    await bea.resolves(waiting)
    await tenant.work(waiting, state="wrapping")


async def agents_of_the_files_are_as_the_files_say(centre: Centre) -> None:
    def parts(level: int, room: int) -> dict[str, Any]:
        agent = {
            "id": "cas",
            "name": "Cas",
            "queues": ["front"],
            "skills": {"thai": level},
            "capacity": {"messaging": room},
        }
        rules = [rule("thai", "true", queue="front", skills={"thai": 5})]
        return {"queues": [queue("front", mode="auto_assign")], "skills": ["thai"], "agents": [agent], "rules": rules}

    tenant = await centre.tenant("files", **parts(4, 1))
    first, second = await tenant.ask("one"), await tenant.ask("two")
    await tenant.done("PUT", "/v1/agents/cas/presence", {"presence": "available"})
    assert (await tenant.explain(first))["obstacles"] == {"unskilled": 1}
    await centre.apply(tenant.name, **parts(5, 1))
    await tenant.work(first, state="assigned", agent_id="cas")
    assert (await tenant.work(second))["state"] == "queued"
    await centre.apply(tenant.name, **parts(5, 2))
    await tenant.work(second, state="assigned", agent_id="cas")


async def whoever_gives_work_back_does_not_get_it_again(centre: Centre) -> None:
    tenant = await centre.tenant("giveback", queues=[queue("front", mode="auto_assign")])
    dov = await hire(tenant, "dov", "front")
    case = await tenant.ask("Not for me")
    first = await tenant.work(case, state="assigned")
    assert (await dov.on_work(case, "requeue", {"note": "not mine"})).status == 200
    queued = await tenant.work(case, state="queued")
    assert queued["requested_at"] == first["requested_at"]
    assert (await tenant.explain(case))["obstacles"] == {"excluded": 1}
    assert (await dov.on_work(case, "requeue")).refused == (409, "work_not_yours")
    await tenant.done("POST", f"/v1/work/{case}/requeue", {"note": "yours after all"})
    await tenant.work(case, state="assigned", agent_id="dov")


SCENARIOS = (
    held_work_stays_and_waiting_work_follows,
    agents_of_the_files_are_as_the_files_say,
    whoever_gives_work_back_does_not_get_it_again,
)
