"""What is known of a case and its customer, changed over HTTP and told to the router."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.cases import CaseChanged
from contracts.routing import CaseFactsChanged, WorkRequested

pytestmark = pytest.mark.integration


async def patch(house, case_id: object, body: dict[str, Any], **headers: str) -> Any:
    return await house.api.patch(f"/v1/cases/{case_id}", json=body, headers={"x-agent": "aiko"} | headers)


async def test_facts_of_a_case_are_shown_and_told_to_the_router(house) -> None:
    case_id = await house.open_case()
    await house.emitted()
    facts = {"subject": "返金", "tags": ["refund", "vip", "refund"], "fields": {"order": "A-1"}, "priority": 2}
    changed = await patch(house, case_id, facts)
    assert (changed.status_code, changed.json()["tags"], changed.json()["priority"]) == (200, ["refund", "vip"], 2)
    told, facts_changed = await house.emitted()
    assert (type(told), told.changed, told.by.id) == (CaseChanged, ("subject", "tags", "fields", "priority"), "aiko")
    assert type(facts_changed) is CaseFactsChanged
    assert (facts_changed.case.tags, facts_changed.case.fields) == (("refund", "vip"), {"order": "A-1"})
    assert (facts_changed.case.priority, facts_changed.priority_changed) == (2, True)
    shown = (await house.api.get(f"/v1/cases/{case_id}")).json()
    assert {name: shown[name] for name in ("subject", "fields", "priority")} == {
        "subject": "返金",
        "fields": {"order": "A-1"},
        "priority": 2,
    }
    assert shown["revision"] == changed.json()["revision"]
    timeline = (await house.api.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert timeline[-1]["type"] == "CaseChanged"


async def test_a_field_is_set_or_removed_and_the_others_stay(house) -> None:
    case_id = await house.open_case()
    await patch(house, case_id, {"fields": {"order": "A-1", "courier": "K"}, "priority": 3})
    await house.emitted()
    changed = await patch(house, case_id, {"fields": {"courier": None, "size": "L"}})
    assert changed.json()["fields"] == {"order": "A-1", "size": "L"}
    (facts_changed,) = await house.emitted(CaseFactsChanged)
    assert (facts_changed.case.priority, facts_changed.priority_changed) == (3, False)


async def test_what_is_so_already_is_no_news(house) -> None:
    case_id = await house.open_case()
    first = await patch(house, case_id, {"tags": ["a"]})
    await house.emitted()
    again = await patch(house, case_id, {"tags": ["a"], "subject": None})
    assert again.json()["revision"] == first.json()["revision"]
    assert await house.emitted() == []


WRONG = [
    ({"priority": 0}, "/priority"),
    ({"priority": 10}, "/priority"),
    ({"priority": "2"}, "/priority"),
    ({"priority": 2.5}, "/priority"),
    ({"priority": True}, "/priority"),
    ({"tags": "vip"}, "/tags"),
    ({"tags": ["a", ""]}, "/tags/1"),
    ({"tags": None}, "/tags"),
    ({"tags": ["a"] * 101}, "/tags"),
    ({"fields": {"order": 5}}, "/fields/order"),
    ({"fields": {"order": "\0"}}, "/fields/order"),
    ({"fields": ["order"]}, "/fields"),
    ({"subject": ""}, "/subject"),
    ({"subject": "x" * 501}, "/subject"),
    ({"status": "on_hold"}, "/status"),
]


@pytest.mark.parametrize(("body", "pointer"), WRONG)
async def test_a_wrong_fact_is_refused_with_its_place(house, body: dict[str, Any], pointer: str) -> None:
    case_id = await house.open_case()
    before = (await house.api.get(f"/v1/cases/{case_id}")).json()
    refused = await patch(house, case_id, body)
    assert (refused.status_code, refused.json()["pointer"]) == (422, pointer)
    assert (await house.api.get(f"/v1/cases/{case_id}")).json() == before


async def test_a_case_keeps_no_more_than_its_fields(house) -> None:
    case_id = await house.open_case()
    assert (await patch(house, case_id, {"fields": {f"f{n}": "x" for n in range(100)}})).status_code == 200
    refused = await patch(house, case_id, {"fields": {"one-more": "x"}})
    assert (refused.status_code, refused.json()["code"], refused.json()["pointer"]) == (
        422,
        "too_many_fields",
        "/fields",
    )


async def test_two_people_who_edit_don_t_overwrite_each_other(house) -> None:
    case_id = await house.open_case()
    etag = (await house.api.get(f"/v1/cases/{case_id}")).headers["etag"]
    assert (await patch(house, case_id, {"priority": 1}, **{"if-match": etag})).status_code == 200
    late = await patch(house, case_id, {"priority": 9}, **{"if-match": etag})
    assert (late.status_code, late.json()["code"]) == (412, "changed_meanwhile")
    assert (await house.api.get(f"/v1/cases/{case_id}")).json()["priority"] == 1


async def test_the_same_key_changes_once(house) -> None:
    case_id = await house.open_case()
    first = await patch(house, case_id, {"tags": ["a"]}, **{"idempotency-key": "p1"})
    await patch(house, case_id, {"tags": ["b"]})
    again = await patch(house, case_id, {"tags": ["a"]}, **{"idempotency-key": "p1"})
    assert (again.json(), again.headers["idempotency-replayed"]) == (first.json(), "true")
    assert (await house.api.get(f"/v1/cases/{case_id}")).json()["tags"] == ["b"]


async def test_nobody_else_s_case_and_no_merged_one_is_changed(house) -> None:
    case_id = await house.open_case()
    foreign = await patch(house, case_id, {"priority": 1}, **{"x-tenant": "beta"})
    unknown = await patch(house, uuid4(), {"priority": 1})
    assert [foreign.json()["code"], unknown.json()["code"]] == ["case_not_found"] * 2


async def test_a_resolved_case_is_changed_without_a_word_to_the_router(house) -> None:
    case_id = await house.open_case()
    await house.api.post(f"/v1/cases/{case_id}/resolve")
    await house.emitted()
    assert (await patch(house, case_id, {"tags": ["late"]})).status_code == 200
    assert [type(event) for event in await house.emitted()] == [CaseChanged]
    await house.deliver(house.line_message())
    (asked,) = await house.emitted(WorkRequested)
    assert (asked.case.tags, asked.case.reopened) == (("late",), True)


async def test_a_customer_who_changes_changes_their_open_case_for_the_router(house) -> None:
    case_id = await house.open_case()
    await patch(house, case_id, {"priority": 4})
    customer_id = await house.customer_of("line-main", "U1")
    await house.emitted()
    await house.api.patch(f"/v1/customers/{customer_id}", json={"tier": "gold", "entitlement": "24x7"})
    (told,) = await house.emitted()
    assert type(told) is CaseFactsChanged
    assert (told.case.id, told.customer.tier, told.customer.entitlement) == (case_id, "gold", "24x7")
    assert told.priority_changed is False
    await house.api.patch(f"/v1/customers/{customer_id}", json={"display_name": "花子さん"})
    await house.api.patch(f"/v1/customers/{customer_id}", json={"tier": "gold"})
    assert await house.emitted() == []
    await house.api.post(f"/v1/cases/{case_id}/resolve")
    await house.emitted()
    await house.api.patch(f"/v1/customers/{customer_id}", json={"tier": "silver"})
    assert await house.emitted() == []


async def test_a_case_that_comes_with_a_linked_channel_has_another_customer_for_the_router(house) -> None:
    case_id = await house.open_case(house.whatsapp_message("+819011112222"))
    line_case = await house.open_case()
    target = await house.customer_of("line-main", "U1")
    await house.api.patch(f"/v1/customers/{target}", json={"tier": "gold"})
    await house.api.post(f"/v1/cases/{line_case}/resolve")
    await house.emitted()
    await house.link(target, "+819011112222")
    (told,) = await house.emitted(CaseFactsChanged)
    assert (told.case.id, told.customer.id, told.customer.tier) == (case_id, target, "gold")
