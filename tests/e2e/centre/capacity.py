"""routing.md §4: capacity, presence, wrap-up, heartbeats, paused conversations; and what supervisors may do."""

from datetime import timedelta

from centre.answers import when
from centre.desk import hire
from centre.house import Centre
from centre.tenant_file import queue, rule, says


async def capacity_is_per_class_and_an_item_may_consume_several(centre: Centre) -> None:
    tenant = await centre.tenant(
        "classes",
        queues=[queue("front", mode="auto_assign")],
        capacity={"also": {"voice": {"messaging": 2}}, "units": {"messaging": 1}},
    )
    await hire(tenant, "fay", "front", messaging=2, voice=1)
    mail = await tenant.ask("mail", account="async")
    assert (await tenant.explain(mail))["obstacles"] == {"no_capacity": 1}
    call = await tenant.ask("call", account="voice")
    await tenant.work(call, state="assigned")
    chat = await tenant.ask("chat")
    assert (await tenant.explain(chat))["obstacles"] == {"no_capacity": 1}
    await tenant.done("POST", f"/v1/cases/{call}/resolve", service="case-store")
    await tenant.work(chat, state="assigned", agent_id="fay")
    second = await tenant.ask("call again", account="voice")
    assert (await tenant.explain(second))["obstacles"] == {"no_capacity": 1}


async def voice_is_exclusive_and_interrupts_go_over(centre: Centre) -> None:
    tenant = await centre.tenant(
        "exclusive",
        queues=[queue("front", mode="auto_assign")],
        capacity={"exclusive": ["voice"], "interrupts": ["live"]},
    )
    await hire(tenant, "gus", "front", messaging=2, voice=1, live=1)
    call = await tenant.ask("call", account="voice")
    await tenant.work(call, state="assigned")
    chat = await tenant.ask("chat")
    assert (await tenant.explain(chat))["obstacles"] == {"exclusive": 1}
    live = await tenant.ask("live", account="live")
    await tenant.work(live, state="assigned")
    assert (await tenant.work(chat))["state"] == "queued"
    await tenant.done("POST", f"/v1/cases/{call}/resolve", service="case-store")
    await tenant.work(chat, state="assigned")


async def freed_and_edited_capacity_is_used_at_once(centre: Centre) -> None:
    """(seen: a manual capacity edit that triggers nothing; a newer chat taken first)"""
    tenant = await centre.tenant("freed", queues=[queue("front", mode="auto_assign"), queue("side", mode="auto_assign")])
    hal = await hire(tenant, "hal", "front", messaging=1)
    first, second, third, fourth = [await tenant.ask(f"number {number}") for number in range(4)]
    await tenant.work(first, state="assigned")
    await tenant.done("PUT", "/v1/agents/hal", {"name": "hal", "queues": ["front"], "capacity": {"messaging": 2}})
    await tenant.work(second, state="assigned")
    assert (await tenant.work(third))["state"] == "queued"
    await hal.resolves(first)
    await tenant.work(third, state="assigned")
    assert (await tenant.work(fourth))["state"] == "queued"
    await hire(tenant, "ivy", "side")
    await tenant.done("PUT", "/v1/agents/ivy", {"name": "ivy", "queues": ["side", "front"], "capacity": {"messaging": 1}})
    await tenant.work(fourth, state="assigned", agent_id="ivy")
    await tenant.done("PUT", "/v1/agents/hal", {"name": "hal", "queues": ["front"], "capacity": {"messaging": 0}})
    shown = await hal.shown(capacity={"messaging": 0})
    assert (len(shown["work"]), shown["load"]) == (2, {"messaging": 2})


async def priority_then_age_decides_across_queues(centre: Centre) -> None:
    tenant = await centre.tenant(
        "order",
        queues=[queue("slow", priority=7, mode="auto_assign"), queue("fast", priority=2, mode="auto_assign")],
        rules=[
            rule("fast", says("fast"), queue="fast"),
            rule("urgent", says("urgent"), queue="slow", priority=1),
            rule("rest", "true", queue="slow", priority=6),
        ],
    )
    cases = {text: await tenant.ask(text) for text in ("old", "young", "urgent", "fast one", "fast two")}
    jim = await hire(tenant, "jim", "slow", "fast", messaging=1)
    served = []
    for _ in cases:
        (work,) = (await jim.shown_when(lambda agent: agent["work"], "at work"))["work"]
        served.append(next(text for text, case in cases.items() if case == work["case_id"]))
        await jim.resolves(work["case_id"])
        await tenant.work(work["case_id"], state="done")
    assert served == ["fast one", "fast two", "urgent", "old", "young"]


async def wrap_up_is_never_early_and_ends_when_the_agent_says_so(centre: Centre) -> None:
    tenant = await centre.tenant(
        "wrapup",
        queues=[
            queue("fixed", wrap_up="PT1S", mode="auto_assign"),
            queue("ended", wrap_up_mode="until_ended", mode="auto_assign"),
        ],
        rules=[rule("ended", says("ended"), queue="ended")],
    )
    lou = await hire(tenant, "lou", "fixed", "ended")
    first, second, third = [await tenant.ask(text) for text in ("one", "two ended", "three")]
    await tenant.work(first, state="assigned")
    assert (await lou.on_work(first, "wrap-up/end")).refused == (409, "not_wrapping_up")
    await lou.resolves(first)
    until = when((await tenant.work(first, state="wrapping"))["wrap_up_until"])
    await tenant.work(second, state="assigned")
    assert (await tenant.decisions(first, "WorkDone"))[0]["at"] >= until
    assert (await tenant.decisions(second, "WorkAssigned"))[0]["at"] >= until
    await lou.resolves(second)
    await tenant.work(second, state="wrapping")
    mia = await hire(tenant, "mia", "ended")
    assert (await mia.on_work(second, "wrap-up/end")).refused == (409, "work_not_yours")
    assert (await tenant.work(third))["state"] == "queued"
    assert (await lou.on_work(second, "wrap-up/end")).status == 200
    await tenant.work(third, state="assigned", agent_id="lou")


async def presence_is_per_channel_class_and_may_have_a_name_of_the_tenants(centre: Centre) -> None:
    tenant = await centre.tenant(
        "perclass",
        queues=[queue("front", mode="auto_assign")],
        presences={"lunch": "away", "paperwork": "busy"},
    )
    tia = await hire(tenant, "tia", "front", messaging=2, live=1)
    await tia.is_("lunch", "live")
    chat, live = await tenant.ask("chat"), await tenant.ask("live", account="live")
    await tenant.work(chat, state="assigned", agent_id="tia")
    assert (await tenant.explain(live))["obstacles"] == {"absent": 1}
    await tia.is_("paperwork")
    assert (await tenant.explain(live))["obstacles"] == {"busy": 1}
    await tia.is_("available")
    await tenant.work(live, state="assigned", agent_id="tia")
    asleep = await tenant.command("PUT", "/v1/agents/tia/presence", {"presence": "asleep"}, agent="tia")
    assert asleep.refused[0] == 422


async def a_lost_heartbeat_takes_the_grace_path(centre: Centre) -> None:
    tenant = await centre.tenant(
        "heartbeat",
        queues=[queue("front", mode="auto_assign"), queue("offers")],
        rules=[rule("offers", says("offer me"), queue="offers")],
        absence={"grace": "PT1S", "abandon_after": "PT0.8S"},
    )
    nia = await hire(tenant, "nia", "front", "offers", live=1, messaging=2, **{"async": 1})
    await tenant.done("PUT", "/v1/agents/nia/heartbeat", {"lease_seconds": 3}, agent="nia")
    live, mail = await tenant.ask("live", account="live"), await tenant.ask("mail", account="async")
    await tenant.work(live, state="assigned")
    offered = await tenant.ask("offer me")
    await nia.offered(offered)
    lease = when((await nia.shown())["lease_until"])
    shown = await nia.shown(presence="offline", presence_source="heartbeat_lost")
    assert when(shown["presence_since"]) >= lease + timedelta(seconds=1)
    await tenant.work(offered, state="queued")
    (ended,) = await tenant.decided(offered, "OfferEnded")
    assert (ended["detail"]["how"], ended["detail"]["reason"]) == ("withdrawn", "offline")
    (requeued,) = await tenant.decided(live, "WorkRequeued")
    assert requeued["at"] >= when(shown["presence_since"]) + timedelta(milliseconds=800)
    assert (await tenant.work(mail))["state"] == "assigned"
    restored = await nia.is_("available")
    assert restored["presence"] == "available"
    await tenant.work(live, state="assigned", agent_id="nia")


async def a_heartbeat_within_the_grace_makes_up_for_the_lost_one(centre: Centre) -> None:
    tenant = await centre.tenant("restored", queues=[queue("front", mode="auto_assign")], absence={"grace": "PT60S"})
    ola = await hire(tenant, "ola", "front")
    await tenant.done("PUT", "/v1/agents/ola/heartbeat", {"lease_seconds": 0.3}, agent="ola")
    shown = await ola.shown_when(lambda agent: agent["heartbeat_lost_at"], "lost")
    assert shown["presence"] == "available"
    case = await tenant.ask("Are you there?")
    assert (await tenant.explain(case))["obstacles"] == {"heartbeat_lost": 1}
    await tenant.done("PUT", "/v1/agents/ola/heartbeat", {"lease_seconds": 60}, agent="ola")
    await tenant.work(case, state="assigned", agent_id="ola")


async def a_silent_customer_costs_no_capacity_and_comes_back_to_the_same_agent(centre: Centre) -> None:
    """(seen: reopened work stuck on an absent agent)"""
    tenant = await centre.tenant("parked", queues=[queue("front", mode="auto_assign", park_after="PT0.7S")])
    pam = await hire(tenant, "pam", "front")
    first = await tenant.write("one")
    case = await tenant.case_of(first)
    await tenant.work(case, state="assigned")
    await pam.replies(case)
    (parked,) = await tenant.decided(case, "ConversationParked")
    other = await tenant.ask("two")
    await tenant.work(other, state="assigned", agent_id="pam")
    await pam.resolves(other)
    await tenant.work(other, state="done")
    await tenant.write("again", first)
    await tenant.decided(case, "ConversationResumed")
    assert (await tenant.work(case))["agent_id"] == "pam"
    await pam.replies(case)
    await tenant.decided(case, "ConversationParked", 2)
    busy = await tenant.ask("three")
    await tenant.work(busy, state="assigned", agent_id="pam")
    age = (await tenant.work(case))["requested_at"]
    await tenant.write("once more", first)
    requeued = await tenant.work(case, state="queued")
    assert (requeued["agent_id"], requeued["requested_at"]) == (None, age)
    await pam.resolves(busy)
    await tenant.work(case, state="assigned", agent_id="pam")
    assert parked["at"] >= (await tenant.decisions(case, "WorkAssigned"))[0]["at"] + timedelta(milliseconds=700)


async def supervisors_force_and_monitor_and_consulting_costs_nothing(centre: Centre) -> None:
    tenant = await centre.tenant("force", queues=[queue("front", mode="auto_assign")], skills=["thai"])
    rex = await hire(tenant, "rex", "front")
    sal = await hire(tenant, "sal")
    first, second = await tenant.ask("one"), await tenant.ask("two")
    await tenant.work(first, state="assigned", agent_id="rex")
    forced = await tenant.command("POST", f"/v1/work/{second}/force-assign", {"agent_id": "rex"}, agent="rex")
    assert forced.refused[0] == 403
    await tenant.done("POST", f"/v1/work/{second}/force-assign", {"agent_id": "rex", "reason": "knows her"})
    (told,) = await tenant.decided(second, "WorkForced")
    assert told["detail"]["over"] == {"messaging": 1}
    assert (told["detail"]["by"], told["detail"]["reason"]) == ("cli", "knows her")
    assert (await rex.shown())["load"] == {"messaging": 2}
    assert (await rex.on_work(first, "consult", {"agent_id": "sal"})).status == 200
    assert (await rex.on_work(first, "consult", {"agent_id": "sal"})).refused == (409, "already_consulted")
    assert (await rex.on_work(first, "consult", {"agent_id": "rex"})).refused == (409, "same_agent")
    monitored = await rex.on_work(first, "consult", {"agent_id": "sal", "kind": "monitor"})
    assert monitored.refused == (403, "scope_missing")
    assert (await sal.shown())["load"] == {}
    assert (await tenant.work(first))["consults"] == {"sal": "consult"}
    assert (await sal.on_work(first, "consult/end")).status == 200
    await sal.is_("offline")
    gone = await tenant.command("POST", f"/v1/work/{second}/force-assign", {"agent_id": "sal"})
    assert gone.refused == (409, "agent_absent")


SCENARIOS = (
    capacity_is_per_class_and_an_item_may_consume_several,
    voice_is_exclusive_and_interrupts_go_over,
    freed_and_edited_capacity_is_used_at_once,
    priority_then_age_decides_across_queues,
    wrap_up_is_never_early_and_ends_when_the_agent_says_so,
    presence_is_per_channel_class_and_may_have_a_name_of_the_tenants,
    a_lost_heartbeat_takes_the_grace_path,
    a_heartbeat_within_the_grace_makes_up_for_the_lost_one,
    a_silent_customer_costs_no_capacity_and_comes_back_to_the_same_agent,
    supervisors_force_and_monitor_and_consulting_costs_nothing,
)
