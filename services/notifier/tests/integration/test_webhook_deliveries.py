"""What became of each event at an endpoint, and what is told again: one event or a time."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from provider_server import Answer
from registered_talk import Integrator
from webhook_house import Platform, failing, opened, resolved

from contracts.endpoints import DisabledBecause
from contracts.subscribable import SUBSCRIBABLE
from notifier.domain.endpoint import DISABLED_AFTER, STEPS

pytestmark = pytest.mark.integration


@pytest.fixture
async def integrator(platform: Platform) -> Integrator:
    made = Integrator(platform)
    await made.register("/mine", "case.events")
    return made


def told(items: list[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(one["event_id"], one["status"], one["attempts_made"]) for one in items]


async def give_up(platform: Platform, event: UUID) -> None:
    refused = Answer(404)
    platform.house.provider.otherwise = lambda seen: (
        refused if seen.headers.get("webhook-id") == str(event) and seen.path == "/mine" else Answer()
    )
    await platform.rounds()
    for step in STEPS:
        await platform.later(step)
        await platform.rounds()
    platform.house.provider.otherwise = lambda seen: Answer()


async def test_each_status_with_its_last_answer_and_the_next_attempt(
    platform: Platform, integrator: Integrator
) -> None:
    first = await platform.hear(opened())
    await platform.rounds()
    platform.house.provider.otherwise = failing("/mine", 503)
    second = await platform.hear(resolved(), opened())
    await platform.rounds()
    items = await integrator.deliveries()
    assert told(items) == [
        (str(second[1]), "waiting", 0),
        (str(second[0]), "retrying", 1),
        (str(first[0]), "delivered", 1),
    ]
    waiting, retrying, delivered = items
    for one in items:
        assert await integrator.deliveries(f"?status={one['status']}") == [one]
    assert (waiting["type"], waiting["last_attempt"], waiting["next_attempt_at"]) == ("CaseOpened", None, None)
    assert (retrying["last_attempt"]["http_status"], retrying["last_attempt"]["code"]) == (503, "ambiguous")
    due = datetime.fromisoformat(retrying["next_attempt_at"]) - datetime.fromisoformat(retrying["last_attempt"]["at"])
    assert due == STEPS[0]
    assert (delivered["last_attempt"]["http_status"], delivered["last_attempt"]["delivered"]) == (200, True)
    detail = (await integrator.ask("GET", f"/{integrator.id}/deliveries/{second[0]}")).json()
    assert [(one["n"], one["http_status"], one["gave_up"]) for one in detail["attempts"]] == [(1, 503, False)]


async def test_pages_and_statuses(platform: Platform, integrator: Integrator) -> None:
    ids = await platform.hear(*[opened() for _ in range(5)])
    await platform.rounds()
    first = (await integrator.ask("GET", f"/{integrator.id}/deliveries?limit=3")).json()
    rest = (await integrator.ask("GET", f"/{integrator.id}/deliveries?limit=3&cursor={first['next']}")).json()
    assert [UUID(one["event_id"]) for one in first["items"] + rest["items"]] == ids[::-1]
    assert rest["next"] is None
    assert len(await integrator.deliveries("?status=delivered")) == 5
    assert await integrator.deliveries("?status=given_up") == await integrator.deliveries("?status=waiting") == []
    bad = await integrator.ask("GET", f"/{integrator.id}/deliveries?cursor=x")
    assert (bad.status_code, bad.json()["code"]) == (400, "bad_cursor")


async def test_one_given_up_event_is_told_again_before_anything_else(
    platform: Platform, integrator: Integrator
) -> None:
    ids = await platform.hear(opened(), resolved())
    await give_up(platform, ids[0])
    assert told(await integrator.deliveries("?status=given_up")) == [(str(ids[0]), "given_up", len(STEPS) + 1)]
    count = len(platform.seen("/mine"))
    await integrator.ask("POST", f"/{integrator.id}/disable")
    late = await platform.hear(opened())
    answer = await integrator.ask("POST", f"/{integrator.id}/deliveries/{ids[0]}/replay")
    assert (answer.status_code, answer.json()["replaying"]) == (200, True)
    await integrator.ask("POST", f"/{integrator.id}/enable", {})
    await platform.rounds()
    assert platform.ids("/mine")[count:] == [ids[0], *late]
    assert (await integrator.deliveries("?status=given_up"), (await integrator.shown())["replaying"]) == ([], False)
    detail = (await integrator.ask("GET", f"/{integrator.id}/deliveries/{ids[0]}")).json()
    assert (detail["status"], detail["attempts_made"]) == ("delivered", len(STEPS) + 2)


async def test_what_is_still_to_come_or_unknown_is_not_replayed(platform: Platform, integrator: Integrator) -> None:
    earlier = await platform.house.value("SELECT count(*) FROM platform_event")
    platform.house.provider.otherwise = failing("/mine")
    ids = await platform.hear(opened(), opened())
    await platform.rounds()
    for id in ids:
        answer = await integrator.ask("POST", f"/{integrator.id}/deliveries/{id}/replay")
        assert (answer.status_code, answer.json()["code"]) == (409, "delivery_open")
    unknown = await integrator.ask("POST", f"/{integrator.id}/deliveries/{UUID(int=7)}/replay")
    assert (unknown.status_code, unknown.json()["code"], earlier) == (404, "webhook_delivery_not_found", 0)


async def test_a_time_is_told_again_in_order_under_the_old_ids(platform: Platform, integrator: Integrator) -> None:
    before = datetime.now(UTC) - timedelta(minutes=1)
    ids = await platform.hear(opened(), resolved(), opened())
    await platform.rounds()
    span = {"from": before.isoformat(), "to": (datetime.now(UTC) + timedelta(minutes=1)).isoformat()}
    assert (await integrator.ask("POST", f"/{integrator.id}/replay", span)).json()["replaying"] is True
    await platform.rounds()
    assert platform.ids("/mine") == [*ids, *ids]
    first, again = platform.seen("/mine")[0], platform.seen("/mine")[3]
    assert first.body == again.body


async def test_what_was_passed_over_is_called_skipped(platform: Platform, integrator: Integrator) -> None:
    platform.house.provider.otherwise = failing("/mine")
    ids = await platform.hear(opened(), opened())
    await platform.rounds()
    await integrator.ask("POST", f"/{integrator.id}/enable", {"resume": "now"})
    assert told(await integrator.deliveries()) == [(str(ids[1]), "skipped", 0), (str(ids[0]), "skipped", 1)]


async def test_five_days_of_failures_disable_a_registered_one_with_an_event(
    platform: Platform, integrator: Integrator
) -> None:
    platform.house.provider.otherwise = failing("/mine")
    ids = await platform.hear(*[opened() for _ in range(3)])
    await platform.rounds()
    await platform.later(DISABLED_AFTER + timedelta(seconds=1))
    await platform.rounds()
    (event,) = platform.disabled()
    assert (event.subscription, event.account, event.because) == (integrator.id, None, DisabledBecause.FAILING)
    assert (await integrator.shown())["state"] == "disabled"
    platform.house.provider.otherwise = lambda seen: Answer()
    await integrator.ask("POST", f"/{integrator.id}/enable", {})
    await platform.rounds()
    assert platform.ids("/mine")[-3:] == ids


async def test_a_slow_neighbour_holds_nobody_back(platform: Platform, integrator: Integrator) -> None:
    other = Integrator(platform)
    await other.register("/other", "case.events")
    platform.house.provider.otherwise = failing("/mine")
    ids = await platform.hear(opened(), resolved())
    await platform.rounds()
    assert (platform.ids("/mine"), platform.ids("/other")) == (ids[:1], ids)


async def test_the_schedule_and_the_events_are_published(platform: Platform) -> None:
    schedule = (await platform.house.api.get("/v1/webhook-schedule")).json()
    assert schedule["waits"] == ["PT5S", "PT1M", "PT5M", "PT30M", "PT2H", "PT5H", "PT10H", "PT14H", "PT16H", "P1D"]
    assert (schedule["together"], schedule["disabled_after"]) == ("P2DT23H36M5S", "P5D")
    topics = (await platform.house.api.get("/v1/webhook-events")).json()["items"]
    assert {one["topic"]: set(one["events"]) for one in topics} == {one.name: set(one.events) for one in SUBSCRIBABLE}
