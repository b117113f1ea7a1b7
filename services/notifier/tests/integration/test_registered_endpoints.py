"""Webhook endpoints that integrators register: made, changed, signed with secrets of their own, removed."""

from typing import Any

import pytest
from registered_talk import ROUTE, Integrator
from standardwebhooks import Webhook
from standardwebhooks.webhooks import WebhookVerificationError
from webhook_house import Platform, failing, opened, resolved

from notifier.adapters.registry import reseal
from notifier.adapters.sealing import KeyedSealing
from notifier.domain.endpoint import STEPS
from notifier.handlers.register_endpoint import MOST_ENDPOINTS
from runtime.errors import Failure

pytestmark = pytest.mark.integration


@pytest.fixture
def integrator(platform: Platform) -> Integrator:
    return Integrator(platform)


async def everything_kept(platform: Platform) -> str:
    pool = platform.house.database.system
    tables = [
        row["tablename"] for row in await pool.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'notifier'")
    ]
    rows = [await pool.fetch(f"SELECT t::text AS all FROM {table} AS t") for table in tables]
    return "\n".join(row["all"] for table in rows for row in table)


async def test_it_hears_signed_of_what_happens_from_then_on(platform: Platform, integrator: Integrator) -> None:
    await platform.hear(opened())
    made = await integrator.register()
    ids = await platform.hear(opened(), resolved(), opened())
    await platform.rounds()
    assert platform.ids("/mine") == [ids[0], ids[2]]
    for seen in platform.seen("/mine"):
        assert Webhook(made["secret"]).verify(seen.body, seen.headers)["type"] == "CaseOpened"
    shown = await integrator.shown()
    assert (shown["origin"], shown["created_by"], shown["delivered"], shown["waiting"]) == (
        "registered",
        "user-1",
        2,
        0,
    )


async def test_the_secret_is_shown_once_and_kept_nowhere_in_the_clear(
    platform: Platform, integrator: Integrator
) -> None:
    body = {"url": platform.house.provider.base + "/mine", "events": ["CaseOpened"]}
    first = await integrator.ask("POST", body=body, key="k-1")
    again = await integrator.ask("POST", body=body, key="k-1")
    assert first.json() == again.json()
    assert (first.status_code, again.headers["idempotency-replayed"]) == (201, "true")
    integrator.made = first.json()
    assert integrator.made["secret"].startswith("whsec_")
    assert "secret" not in await integrator.shown()
    listed = (await integrator.ask("GET")).json()["items"]
    assert [(one["id"], "secret" in one) for one in listed][-1] == (integrator.id, False)
    kept = await everything_kept(platform)
    assert integrator.id in kept
    assert integrator.made["secret"].removeprefix("whsec_") not in kept


@pytest.mark.parametrize(
    ("changes", "code", "pointer"),
    [
        ({"url": "https://10.0.0.1/hooks"}, "url_refused", "/url"),
        ({"url": "http://8.8.8.8/hooks"}, "url_refused", "/url"),
        ({"url": "https://169.254.169.254/latest"}, "url_refused", "/url"),
        ({"url": "https://[::ffff:192.168.1.1]/"}, "url_refused", "/url"),
        ({"url": "https://user:word@8.8.8.8/"}, "url_refused", "/url"),
        ({"url": "https://no-such-host.invalid/"}, "url_without_address", "/url"),
        ({"url": "ftp://8.8.8.8/"}, "invalid_request", "/url"),
        ({"events": ["CaseOpened", "MessageReceived"]}, "unknown_event", "/events/1"),
        ({"events": []}, "invalid_request", "/events"),
        ({"secret": "mine"}, "invalid_request", "/secret"),
    ],
)
async def test_what_cannot_be_is_refused_with_its_place(
    integrator: Integrator, changes: dict[str, Any], code: str, pointer: str
) -> None:
    answer = await integrator.ask("POST", body={"url": "https://8.8.8.8/hooks", "events": ["CaseOpened"]} | changes)
    problem = answer.json()
    assert (answer.status_code, problem["code"], problem["pointer"]) == (422, code, pointer)
    assert await integrator.platform.house.value("SELECT count(*) FROM registered_endpoint") == 0


async def test_both_secrets_sign_for_the_stated_time_and_then_the_new_one(
    platform: Platform, integrator: Integrator
) -> None:
    old = (await integrator.register())["secret"]
    rotated = (await integrator.ask("POST", f"/{integrator.id}/rotate-secret", {"overlap": "PT2H"})).json()
    assert rotated["secret"] != old
    assert [one["until"] is None for one in rotated["secrets"]] == [True, False]
    await platform.hear(opened())
    await platform.rounds()
    (seen,) = platform.seen("/mine")
    assert [Webhook(one).verify(seen.body, seen.headers)["type"] for one in (old, rotated["secret"])] == [
        "CaseOpened"
    ] * 2
    await platform.house.database.system.execute(
        "UPDATE registered_endpoint SET secrets = jsonb_set(secrets, '{1,until}', '\"2026-01-01T00:00:00Z\"')"
    )
    await platform.hear(opened())
    await platform.rounds()
    later = platform.seen("/mine")[1]
    assert Webhook(rotated["secret"]).verify(later.body, later.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(later.body, later.headers)
    assert len((await integrator.shown())["secrets"]) == 1


async def test_a_leaked_secret_ends_at_once(platform: Platform, integrator: Integrator) -> None:
    await integrator.register()
    for overlap in ("P2D", "P1D"):
        await integrator.ask("POST", f"/{integrator.id}/rotate-secret", {"overlap": overlap})
    refused = await integrator.ask("POST", f"/{integrator.id}/rotate-secret", {"overlap": "PT1H"})
    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_secrets")
    now = await integrator.ask("POST", f"/{integrator.id}/rotate-secret", {"overlap": "PT0S"})
    assert len(now.json()["secrets"]) == 1
    too_long = await integrator.ask("POST", f"/{integrator.id}/rotate-secret", {"overlap": "P8D"})
    assert too_long.json()["pointer"] == "/overlap"
    await platform.hear(opened())
    await platform.rounds()
    assert platform.seen("/mine")[0].headers["webhook-signature"].count("v1,") == 1


async def test_another_url_is_tried_at_once(platform: Platform, integrator: Integrator) -> None:
    await integrator.register()
    platform.house.provider.otherwise = failing("/mine")
    ids = await platform.hear(opened(), resolved())
    await platform.rounds()
    body = {"url": platform.house.provider.base + "/other", "events": ["case.events"]}
    changed = await integrator.ask("PATCH", f"/{integrator.id}", body)
    assert (changed.status_code, changed.json()["events"], changed.json()["failures"]) == (200, ["case.events"], 0)
    await platform.rounds()
    assert (platform.ids("/mine"), platform.ids("/other")) == ([ids[0]], ids)
    private = await integrator.ask("PATCH", f"/{integrator.id}", {"url": "https://192.168.0.1/"})
    assert private.json()["code"] == "url_refused"
    said = await integrator.ask("PATCH", f"/{integrator.id}", {"description": "the CRM"})
    assert (said.json()["description"], said.json()["url"]) == ("the CRM", body["url"])


async def test_what_is_removed_hears_no_more(platform: Platform, integrator: Integrator) -> None:
    await integrator.register()
    assert (await integrator.ask("DELETE", f"/{integrator.id}")).status_code == 204
    ids = await platform.hear(opened())
    await platform.rounds()
    assert (platform.ids("/mine"), platform.ids("/audit")) == ([], ids)
    assert [(await integrator.ask(method, f"/{integrator.id}")).status_code for method in ("GET", "DELETE")] == [
        404,
        404,
    ]
    assert integrator.made["secret"] not in await everything_kept(platform)


async def test_configured_ones_are_shown_and_not_changed_here(platform: Platform, integrator: Integrator) -> None:
    await integrator.register()
    listed = (await integrator.ask("GET")).json()["items"]
    assert [(one["id"], one["origin"]) for one in listed] == [
        ("audit", "configured"),
        ("crm", "configured"),
        (integrator.id, "registered"),
    ]
    first = (await integrator.ask("GET", "?limit=2")).json()
    rest = (await integrator.ask("GET", f"?limit=2&cursor={first['next']}")).json()
    assert [one["id"] for one in first["items"] + rest["items"]] == [one["id"] for one in listed]
    for answer in (
        await integrator.ask("PATCH", "/crm", {"description": "x"}),
        await integrator.ask("DELETE", "/crm"),
        await integrator.ask("POST", "/crm/rotate-secret", {}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_configured")


async def test_it_belongs_to_its_tenant_and_its_scopes(platform: Platform, integrator: Integrator) -> None:
    await integrator.register()
    stranger = Integrator(platform, tenant="beta", made=integrator.made)
    paths = ("", "/rotate-secret", "/ping", "/enable", "/disable", "/replay", "/deliveries")
    bodies = {"/replay": {"from": "2026-01-01T00:00:00Z", "to": "2026-12-01T00:00:00Z"}}
    for path in paths:
        method = "GET" if path in ("", "/deliveries") else "POST"
        answer = await stranger.ask(
            method, f"/{integrator.id}{path}", None if method == "GET" else bodies.get(path, {})
        )
        assert (answer.status_code, answer.json()["code"]) == (404, "webhook_endpoint_not_found"), path
    assert (await stranger.ask("DELETE", f"/{integrator.id}")).status_code == 404
    reader = {"x-scopes": "webhooks:read deliveries:write"}
    refused = await platform.house.api.post(f"{ROUTE}/{integrator.id}/disable", headers=reader)
    assert (refused.status_code, refused.json()["code"]) == (403, "scope_missing")


async def test_another_process_hears_for_it_and_sends_to_it_at_once(platform: Platform, integrator: Integrator) -> None:
    (other,) = platform.house.others
    await platform.rounds(other)
    await integrator.register("/mine", "CaseResolved")
    (id,) = await platform.hear(resolved(), tenant="acme")
    await platform.rounds(other)
    assert platform.ids("/mine") == [id]


async def test_a_process_that_has_not_looked_for_long_passes_nothing_over(
    platform: Platform, integrator: Integrator
) -> None:
    (other,) = platform.house.others
    assert other.wanted.wants("CaseReopened")
    await integrator.register("/theirs", "case.events")
    quiet = Integrator(platform, tenant="gamma")
    await quiet.register("/gamma", "CaseResolved")
    (id,) = await platform.hear(resolved(), tenant="gamma", by=other)
    await platform.rounds()
    assert platform.ids("/gamma") == [id]


async def test_a_ping_is_signed_and_counts_for_nothing(platform: Platform, integrator: Integrator) -> None:
    made = await integrator.register()
    await integrator.ask("POST", f"/{integrator.id}/disable")
    answer = await integrator.ask("POST", f"/{integrator.id}/ping", key="k-7")
    again = await integrator.ask("POST", f"/{integrator.id}/ping", key="k-7")
    assert (answer.json()["delivered"], answer.json()["http_status"]) == (True, 200)
    assert answer.json()["webhook_id"] == again.json()["webhook_id"] == str(platform.ids("/mine")[0])
    seen = platform.seen("/mine")[0]
    told: Any = Webhook(made["secret"]).verify(seen.body, seen.headers)
    assert (told["type"], told["data"]) == ("webhook.ping", {"endpoint_id": integrator.id})
    platform.house.provider.otherwise = failing("/mine", 503)
    failed = (await integrator.ask("POST", f"/{integrator.id}/ping")).json()
    assert (failed["delivered"], failed["http_status"], failed["code"]) == (False, 503, "ambiguous")
    shown = await integrator.shown()
    assert (shown["failing_since"], shown["latest_failures"], shown["delivered"]) == (None, [], 0)


async def test_an_endpoint_too_many_is_refused(platform: Platform, integrator: Integrator) -> None:
    await integrator.register()
    await platform.house.database.system.execute(
        """INSERT INTO registered_endpoint SELECT tenant_id, gen_random_uuid(), url, events, description, secrets, revision,
           created_by, created_at, changed_at FROM registered_endpoint, generate_series(2, $1)""",
        MOST_ENDPOINTS,
    )
    answer = await integrator.ask("POST", body={"url": "https://8.8.8.8/", "events": ["CaseOpened"]})
    assert (answer.status_code, answer.json()["code"]) == (409, "endpoint_limit")
    assert (await Integrator(platform, tenant="beta").register())["origin"] == "registered"


async def test_secrets_are_sealed_anew_under_a_new_key(platform: Platform, integrator: Integrator) -> None:
    old, new = bytes.fromhex("ab" * 32), bytes(32)
    await integrator.register()
    pool = platform.house.database.system
    assert await reseal(pool, KeyedSealing((new, old))) == 1
    assert await reseal(pool, KeyedSealing((new, old))) == 0
    await platform.hear(opened())
    await platform.rounds()
    assert platform.ids("/mine") == []
    assert (await integrator.shown())["code"] == "channel_broken"
    assert await reseal(pool, KeyedSealing((old, new))) == 1
    await platform.later(STEPS[0])
    await platform.rounds()
    assert len(platform.ids("/mine")) == 1
    with pytest.raises(Failure, match="not among MADOGUCHI_SEALING_KEYS"):
        await reseal(pool, KeyedSealing((new,)))
