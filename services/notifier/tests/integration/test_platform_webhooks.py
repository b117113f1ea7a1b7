"""Our events to tenants' own systems: in order per endpoint, signed, tried by the schedule, disabled, enabled, replayed."""

from datetime import UTC, datetime, timedelta

import pytest
from provider_server import Answer
from standardwebhooks import Webhook
from webhook_house import Platform, failing, opened, resolved

from contracts.base import Contract
from contracts.endpoints import DisabledBecause
from contracts.routing import WorkDone
from notifier.adapters.platform_log import PostgresPlatformLog
from notifier.domain.endpoint import STEPS
from runtime.postgres import SYSTEM_TENANT

pytestmark = pytest.mark.integration
NEW_SECRET = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="


async def test_each_subscription_gets_its_events_in_order_and_once(platform: Platform) -> None:
    events: list[Contract] = [opened(), resolved(), opened()]
    ids = await platform.hear(*events)
    await platform.hear(*events, ids=ids)
    await platform.rounds()
    assert platform.ids() == platform.ids("/audit") == ids
    first = platform.seen()[0].json
    assert (first["type"], first["data"]["case_id"]) == ("CaseOpened", str(events[0].case_id))
    assert first["timestamp"].endswith("Z")


async def test_both_secrets_sign(platform: Platform) -> None:
    await platform.hear(opened())
    await platform.rounds()
    (seen,) = platform.seen("/audit")
    assert seen.headers["webhook-signature"].count("v1,") == 2
    assert Webhook(NEW_SECRET).verify(seen.body, seen.headers)["type"] == "CaseOpened"


async def test_what_nobody_wants_is_not_even_opened(platform: Platform) -> None:
    wanted = platform.house.notifier.wanted
    await platform.rounds()
    assert wanted.wants("WorkDone")
    assert not wanted.wants("SendAccepted")
    assert "WorkDone" in wanted.configured("acme")["audit"].types
    assert wanted.configured("acme")["crm"].types == {"CaseOpened", "CaseResolved"}
    assert WorkDone.__name__ == "WorkDone"


async def test_a_failing_endpoint_holds_its_own_order_and_nobody_elses(platform: Platform) -> None:
    platform.house.provider.otherwise = failing("/hooks")
    ids = await platform.hear(opened(), opened(), opened())
    await platform.rounds()
    assert platform.ids() == ids[:1]
    assert platform.ids("/audit") == ids
    platform.house.provider.otherwise = lambda seen: Answer()
    await platform.rounds()
    assert platform.ids() == ids[:1]
    await platform.later(STEPS[0])
    await platform.rounds()
    assert platform.ids() == [ids[0], *ids]
    first, again = platform.seen()[:2]
    assert first.body == again.body


async def test_the_published_schedule_ends_after_three_days_and_the_next_event_follows(platform: Platform) -> None:
    assert timedelta(hours=71) < sum(STEPS, timedelta()) < timedelta(days=3)
    platform.house.provider.otherwise = failing("/hooks")
    ids = await platform.hear(opened(), resolved())
    await platform.rounds()
    for step in STEPS:
        assert (await platform.endpoint())["state"] == "enabled"
        await platform.later(step - timedelta(seconds=1))
        await platform.rounds()
        before = len(platform.seen())
        await platform.later(timedelta(seconds=1))
        await platform.rounds()
        assert len(platform.seen()) > before
    assert platform.ids().count(ids[0]) == len(STEPS) + 1
    assert platform.ids()[-1] == ids[1]
    shown = await platform.endpoint()
    assert (shown["given_up"], shown["latest_failures"][1]["gave_up"]) == (1, True)


async def test_five_days_of_failures_disable_it_and_it_is_told_once(platform: Platform) -> None:
    platform.house.provider.otherwise = failing("/hooks")
    ids = await platform.hear(*[opened() for _ in range(3)])
    await platform.rounds()
    await platform.later(timedelta(days=5, seconds=1))
    await platform.rounds()
    (told,) = platform.disabled()
    assert (told.subscription, told.account, told.because) == ("crm", "erp", DisabledBecause.FAILING)
    assert (await platform.endpoint())["state"] == "disabled"
    count = len(platform.seen())
    await platform.hear(opened())
    await platform.later(timedelta(days=2))
    await platform.rounds()
    assert len(platform.seen()) == count
    platform.house.provider.otherwise = lambda seen: Answer()
    assert (await platform.post("enable", {})).json()["state"] == "enabled"
    await platform.rounds()
    assert platform.ids()[count : count + 3] == ids
    assert len(platform.seen()) == count + 4


async def test_an_enabled_endpoint_may_pass_over_what_it_missed(platform: Platform) -> None:
    await platform.post("disable")
    assert [one.because for one in platform.disabled()] == [DisabledBecause.OPERATOR]
    await platform.hear(opened(), opened())
    await platform.rounds()
    assert (await platform.endpoint())["waiting"] == 2
    await platform.post("enable", {"resume": "now"})
    (id,) = await platform.hear(opened())
    await platform.rounds()
    assert platform.ids() == [id]


async def test_410_ends_the_subscription(platform: Platform) -> None:
    platform.house.provider.otherwise = failing("/hooks", 410)
    await platform.hear(opened(), opened())
    await platform.rounds()
    await platform.later(timedelta(days=1))
    await platform.rounds()
    assert len(platform.seen()) == 1
    assert (await platform.endpoint())["state"] == "gone"
    assert [one.because for one in platform.disabled()] == [DisabledBecause.GONE]


async def test_retry_after_is_honoured(platform: Platform) -> None:
    platform.house.provider.otherwise = failing("/hooks", 503, **{"retry-after": "600"})
    await platform.hear(opened())
    await platform.rounds()
    await platform.later(timedelta(seconds=590))
    await platform.rounds()
    assert len(platform.seen()) == 1
    await platform.later(timedelta(seconds=11))
    await platform.rounds()
    assert len(platform.seen()) == 2


async def test_a_time_is_told_again_before_anything_newer(platform: Platform) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    old = await platform.hear(opened(), opened(), opened())
    await platform.rounds()
    await platform.post("disable")
    new = await platform.hear(resolved())
    await platform.post("enable", {})
    span = {"from": before.isoformat(), "to": (datetime.now(UTC) - timedelta(seconds=0)).isoformat()}
    await platform.house.database.system.execute(
        "UPDATE platform_event SET at = at + interval '1 hour' WHERE id = $1", new[0]
    )
    assert (await platform.post("replay", span)).json()["replaying"] is True
    assert (await platform.post("replay", span)).json()["code"] == "replay_running"
    await platform.rounds()
    assert platform.ids() == [*old, *old, *new]
    assert (await platform.endpoint())["replaying"] is False
    nothing = {"from": "2020-01-01T00:00:00Z", "to": "2020-01-02T00:00:00Z"}
    answer = await platform.post("replay", nothing)
    assert (answer.status_code, answer.json()["code"]) == (422, "nothing_kept")


async def test_a_sender_that_vanished_leaves_its_turn_to_the_next(platform: Platform) -> None:
    ids = await platform.hear(opened())
    async with platform.house.transactions.begin(SYSTEM_TENANT) as work:
        log = PostgresPlatformLog(work)
        stale = next(one for one in await log.claim(9, timedelta(seconds=60)) if one.endpoint.subscription == "crm")
    await platform.rounds()
    assert platform.ids() == []
    await platform.later(timedelta(seconds=61))
    await platform.rounds()
    assert platform.ids() == ids
    async with platform.house.transactions.begin("acme") as work:
        assert await PostgresPlatformLog(work).save(stale, stale.endpoint, [], release=True) is False


async def test_an_endpoint_belongs_to_its_tenant(platform: Platform) -> None:
    await platform.hear(opened())
    await platform.rounds()
    answer = await platform.house.api.get("/v1/webhook-endpoints", headers={"x-tenant": "beta"})
    assert [(one["id"], one["delivered"]) for one in answer.json()["items"]] == [("audit", 0), ("crm", 0)]
    assert (await platform.house.api.get("/v1/webhook-endpoints/nobody")).status_code == 404
    refused = await platform.post("enable", {}, **{"x-scopes": "webhooks:read"})
    assert refused.status_code == 403
