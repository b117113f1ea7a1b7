"""routing.md §5: offers, their limits, and what is refused."""

from uuid import uuid4

from centre.answers import when
from centre.desk import hire
from centre.house import Centre
from centre.tenant_file import queue, rule, says

DECLINES = 3


async def after_three_declines_never_offered_again(centre: Centre) -> None:
    tenant = await centre.tenant("declines", queues=[queue("front")])
    ida = await hire(tenant, "ida", "front")
    case = await tenant.ask("Nobody likes this one")
    seen = set()
    for _ in range(DECLINES):
        seen.add(await ida.offered(case))
        await ida.decline(case)
    assert len(seen) == DECLINES
    await tenant.work(case, state="queued")
    await ida.is_("away")
    await ida.is_("available")
    await ida.accept(await tenant.ask("Another"))
    await ida.shown(offers=[])
    (candidate,) = (await tenant.explain(case))["candidates"]
    assert (candidate["obstacle"], candidate["declines"]) == ("excluded", DECLINES)
    assert len(await tenant.decisions(case, "WorkOffered")) == DECLINES
    joan = await hire(tenant, "joan", "front")
    await joan.accept(case)


async def a_missed_offer_counts_and_is_never_early(centre: Centre) -> None:
    tenant = await centre.tenant("missed", queues=[queue("front", offer_timeout="PT0.7S")])
    kim = await hire(tenant, "kim", "front")
    case = await tenant.ask("Is anybody there?")
    ended = await tenant.decided(case, "OfferEnded", DECLINES)
    offered = await tenant.decisions(case, "WorkOffered")
    await tenant.work(case, state="queued")
    assert (await tenant.explain(case))["obstacles"] == {"excluded": 1}
    assert len(offered) == len(ended) == DECLINES
    for offer, end in zip(offered, ended, strict=True):
        assert end["detail"]["how"] == "timed_out", end
        assert end["at"] >= when(offer["detail"]["expires_at"]), (offer, end)
    late = await kim.answers_offer(offered[0]["detail"]["offer_id"], "accept")
    assert late.refused == (409, "offer_expired")


async def a_missed_offer_sets_presence(centre: Centre) -> None:
    tenant = await centre.tenant(
        "presence", queues=[queue("front", offer_timeout="PT0.7S", presence_on_missed_offer="away")]
    )
    lea = await hire(tenant, "lea", "front")
    case = await tenant.ask("Hello?")
    await lea.shown(presence="away", presence_source="missed_offers")
    await tenant.work(case, state="queued")
    assert len(await tenant.decisions(case, "WorkOffered")) == 1
    await lea.is_("available")
    await tenant.decided(case, "WorkOffered", 2)


async def all_declines_together_stop_offering_and_raise_an_alert(centre: Centre) -> None:
    tenant = await centre.tenant("stopped", queues=[queue("front", max_declines=4)])
    desks = [await hire(tenant, name, "front") for name in ("max", "ned", "ole")]
    case = await tenant.ask("Pass me on")
    for _ in range(4):
        holder = (await tenant.work(case, state="offered"))["agent_id"]
        await next(desk for desk in desks if desk.agent_id == holder).decline(case)
    (stopped,) = await tenant.decided(case, "AutoOfferStopped")
    assert stopped["detail"]["declines"] == 4
    shown = await tenant.work(case, state="queued")
    assert shown["auto_offer_stopped"]
    assert (await desks[0].on_work(case, "pick")).status == 200


async def every_wrong_answer_to_an_offer_has_its_own_code(centre: Centre) -> None:
    tenant = await centre.tenant("codes", queues=[queue("front")])
    pia = await hire(tenant, "pia", "front")
    quin = await hire(tenant, "quin", "front", presence="away")
    case = await tenant.ask("First")
    offer = await pia.offered(case)
    assert (await quin.answers_offer(offer, "accept")).refused == (409, "offer_not_yours")
    assert (await quin.answers_offer(offer, "decline")).refused == (409, "offer_not_yours")
    assert (await pia.answers_offer(str(uuid4()), "accept")).refused == (404, "unknown_offer")
    key = uuid4().hex
    first, again = [await pia.answers_offer(offer, "accept", key) for _ in range(2)]
    assert (first.status, again.status) == (200, 200)
    assert (first.body, again.replayed) == (again.body, True)
    assert (await pia.answers_offer(offer, "accept")).refused == (409, "offer_already_accepted")
    assert (await pia.answers_offer(offer, "decline")).refused == (409, "offer_already_accepted")
    reused = await tenant.command(
        "POST", f"/v1/offers/{offer}/accept", {"case_id": str(uuid4())}, agent="pia", key=key
    )
    assert reused.refused == (422, "idempotency_key_reused")
    assert len(await tenant.decisions(case, "WorkAssigned")) == 1
    second = await tenant.ask("Second")
    await quin.is_("available")
    withdrawn = await quin.offered(second)
    await quin.is_("away")
    assert (await quin.answers_offer(withdrawn, "accept")).refused == (409, "offer_withdrawn")
    await quin.is_("available")
    declined = await quin.offered(second)
    await quin.decline(second)
    assert (await quin.answers_offer(declined, "accept")).refused == (409, "offer_declined")


async def an_offer_reserves_capacity(centre: Centre) -> None:
    tenant = await centre.tenant("reserve", queues=[queue("front")])
    ray = await hire(tenant, "ray", "front")
    first = await tenant.ask("First")
    await ray.offered(first)
    second = await tenant.ask("Second")
    await tenant.work(second, state="queued")
    assert (await tenant.explain(second))["obstacles"] == {"no_capacity": 1}
    assert (await ray.shown())["load"] == {"messaging": 1}
    await ray.decline(first)
    offers = (await ray.shown())["offers"]
    assert len(offers) == 1


async def queues_assign_by_themselves_or_let_agents_pick(centre: Centre) -> None:
    tenant = await centre.tenant(
        "modes",
        skills=["thai"],
        queues=[queue("auto", mode="auto_assign"), queue("pick", mode="pick"), queue("front")],
        rules=[
            rule("thai", says("thai"), queue="pick", skills={"thai": 1}),
            rule("pick", says("pick"), queue="pick"),
            rule("front", says("front"), queue="front"),
        ],
    )
    sue = await hire(tenant, "sue", "auto", "pick", messaging=2)
    assigned = await tenant.work(await tenant.ask("auto"), state="assigned")
    assert (assigned["agent_id"], assigned["offer_id"]) == ("sue", None)
    waiting, thai, front = [await tenant.ask(text) for text in ("pick", "pick thai", "front")]
    assert (await tenant.work(waiting))["state"] == "queued"
    assert (await sue.on_work(thai, "pick")).refused == (409, "agent_unskilled")
    assert (await sue.on_work(front, "pick")).refused == (409, "not_pickable")
    assert (await sue.on_work(str(uuid4()), "pick")).refused == (404, "unknown_work")
    tom = await hire(tenant, "tom", "auto", presence="away")
    assert (await tom.on_work(waiting, "pick")).refused == (409, "agent_not_in_queue")
    assert (await sue.on_work(waiting, "pick")).status == 200
    assert (await sue.on_work(waiting, "pick")).refused == (409, "already_assigned")
    another = await tenant.ask("pick again")
    await tenant.work(another, state="queued")
    assert (await sue.on_work(another, "pick")).refused == (409, "no_capacity")


SCENARIOS = (
    after_three_declines_never_offered_again,
    a_missed_offer_counts_and_is_never_early,
    a_missed_offer_sets_presence,
    all_declines_together_stop_offering_and_raise_an_alert,
    every_wrong_answer_to_an_offer_has_its_own_code,
    an_offer_reserves_capacity,
    queues_assign_by_themselves_or_let_agents_pick,
)
