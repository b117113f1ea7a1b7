"""Bad input gets a clear error with its place, and changes nothing."""

import json
from typing import Any
from uuid import uuid4

from centre.desk import hire
from centre.house import Centre
from centre.tenant_file import queue, rule

_AGENT = {"name": "zoe", "queues": ["front"], "skills": {"thai": 3}, "capacity": {"messaging": 1}}


async def bad_requests_name_the_field_and_change_nothing(centre: Centre) -> None:
    tenant = await centre.tenant("bad", queues=[queue("front")], skills=["thai"])
    zoe = await hire(tenant, "zoe", "front", skills={"thai": 3})
    case = await tenant.ask("Hello")
    offer = await zoe.offered(case)
    agent, work = await zoe.shown(), await tenant.work(case)
    bad: list[tuple[str, Any, str]] = [
        ("/v1/agents/zoe", _AGENT | {"capacity": {"messaging": -1}}, "/capacity/messaging"),
        ("/v1/agents/zoe", _AGENT | {"capacity": {"messaging": 1.5}}, "/capacity/messaging"),
        ("/v1/agents/zoe", _AGENT | {"capacity": {"messaging": "3"}}, "/capacity/messaging"),
        ("/v1/agents/zoe", _AGENT | {"skills": {"thai": 11}}, "/skills/thai"),
        ("/v1/agents/zoe", _AGENT | {"nickname": "z"}, "/nickname"),
        ("/v1/agents/zoe", {"queues": []}, "/name"),
        ("/v1/agents/zoe/heartbeat", {"lease_seconds": 0}, "/lease_seconds"),
    ]
    for path, body, pointer in bad:
        answer = await tenant.command("PUT", path, body)
        assert answer.refused == (422, "invalid_request"), (path, body, answer)
        assert pointer in answer.pointers, (path, body, answer)
    unknown = await tenant.command("PUT", "/v1/agents/zoe", _AGENT | {"queues": ["front", "nowhere"]})
    assert unknown.refused == (422, "unknown_queue")
    presence = await tenant.command("PUT", "/v1/agents/zoe/presence", {"presence": "asleep"})
    assert presence.refused[0] == 422
    nobody = await tenant.command("PUT", "/v1/agents/nobody/presence", {"presence": "available"})
    assert nobody.refused == (404, "unknown_agent")
    another = await tenant.command("PUT", "/v1/agents/zoe/presence", {"presence": "away"}, agent="eve")
    assert another.refused == (403, "scope_missing")
    assert (await zoe.on_work(case, "transfer", {"to_queue": "front", "to_agent": "eve"})).refused[0] == 422
    assert (await zoe.on_work("not-a-uuid", "pick")).refused[0] == 422
    assert await zoe.shown() == agent
    assert await tenant.work(case) == work
    assert await zoe.offered(case) == offer


async def commands_for_closed_or_unknown_work_are_refused(centre: Centre) -> None:
    tenant = await centre.tenant("closedwork", queues=[queue("front")])
    zoe = await hire(tenant, "zoe", "front")
    case = await tenant.ask("Hello")
    offer = await zoe.offered(case)
    await zoe.accept(case)
    await zoe.resolves(case)
    done = await tenant.work(case, state="done")
    assert (await zoe.answers_offer(offer, "accept")).refused == (409, "work_closed")
    bodies: dict[str, Any] = {
        "pick": None,
        "requeue": None,
        "wrap-up/end": None,
        "transfer": {"to_queue": "front"},
        "consult/end": None,
    }
    for what, body in bodies.items():
        assert (await zoe.on_work(case, what, body)).refused == (409, "work_closed"), what
        assert (await zoe.on_work(str(uuid4()), what, body)).refused == (404, "unknown_work"), what
    forced = await tenant.command("POST", f"/v1/work/{case}/force-assign", {"agent_id": "zoe"})
    assert forced.refused == (409, "work_closed")
    again = await tenant.command("POST", f"/v1/cases/{case}/resolve", service="case-store")
    assert again.refused == (409, "case_resolved")
    assert await tenant.work(case) == done


async def one_tenant_sees_and_moves_nothing_of_another(centre: Centre) -> None:
    mine, theirs = [await centre.tenant(name, queues=[queue("front")]) for name in ("mine", "theirs")]
    await hire(mine, "ada", "front")
    case = await mine.ask("Hello")
    work = await mine.work(case, state="offered")
    for path in (f"/v1/work/{case}", f"/v1/work/{case}/explain", f"/v1/cases/{case}/sla/proof", "/v1/agents/ada"):
        assert await theirs.look("router", path) is None, path
    forced = await theirs.command("POST", f"/v1/work/{case}/requeue", {})
    assert forced.refused == (404, "unknown_work")
    accepted = await theirs.command("POST", f"/v1/offers/{work['offer_id']}/accept", {"agent_id": "ada"})
    assert accepted.refused == (404, "unknown_offer")
    assert await mine.work(case) == work


async def files_with_impossible_values_are_refused_with_file_and_line(centre: Centre) -> None:
    await _refused(
        centre,
        {
            "messaging": "-1",
            "2.5": "whole",
            "ISO 8601": "offer_timeout",
            "not CEL": "syntax",
            "colour": "no field",
            "hours": "[]",
            "percent": "101",
        },
        queues=[queue("front"), queue("side", offer_timeout="30")],
        agents=[
            {"id": "bob", "name": "Bob", "capacity": {"messaging": -1}},
            {"id": "cyd", "name": "Cyd", "capacity": {"messaging": 2.5}},
        ],
        calendars=[{"id": "empty", "timezone": "UTC", "hours": []}],
        rules=[
            rule("syntax", "message.text ==", queue="front"),
            rule("unknown", 'message.colour == "red"', queue="front"),
            rule("over", "1 == 1", split=[{"queue": "front", "percent": 101}]),
        ],
    )


async def files_that_contradict_themselves_are_refused_with_file_and_line(centre: Centre) -> None:
    days = ["mon", "tue"]
    overlapping = [{"days": days, "opens": "09:00", "until": "17:00"}, {"days": days, "opens": "16:00", "until": "18:00"}]
    await _refused(
        centre,
        {"nowhere": "no queue", "overlap": "hours", "Atlantis": "time zone", "101": "100", "latin": "no skill"},
        queues=[queue("front"), queue("side")],
        agents=[{"id": "ann", "name": "Ann", "queues": ["nowhere"]}],
        calendars=[
            {"id": "overlapping", "timezone": "UTC", "hours": overlapping},
            {"id": "atlantis", "timezone": "Atlantic/Atlantis", "hours": overlapping[:1]},
        ],
        rules=[
            rule("split", "1 == 1", split=[{"queue": "front", "percent": 60}, {"queue": "side", "percent": 41}]),
            rule("skill", "2 == 2", queue="front", skills={"latin": 3}),
        ],
    )


async def _refused(centre: Centre, expected: dict[str, str], **parts: Any) -> None:
    """All mistakes at once, each with its line. `expected` holds words that one mistake's line or sentence has."""
    folder = centre.write_files(f"mistaken-{uuid4().hex[:6]}", **parts)
    mistakes = json.loads(await centre.refused_command("apply", str(folder), "--json"))["mistakes"]
    lines = (folder / "tenant.yaml").read_text("utf-8").splitlines()
    told = [f"{lines[one['line'] - 1].strip()} {one['sentence']}" for one in mistakes]
    for words in expected.items():
        assert any(all(word in text for word in words) for text in told), (words, told)
    assert len(mistakes) == len(expected), told
    assert {one["file"] for one in mistakes} == {str(folder / "tenant.yaml")}
    assert all(one["line"] > 1 for one in mistakes), mistakes


SCENARIOS = (
    bad_requests_name_the_field_and_change_nothing,
    commands_for_closed_or_unknown_work_are_refused,
    one_tenant_sees_and_moves_nothing_of_another,
    files_with_impossible_values_are_refused_with_file_and_line,
    files_that_contradict_themselves_are_refused_with_file_and_line,
)
