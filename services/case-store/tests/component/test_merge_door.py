"""Two cases that are one, joined by a person."""

from typing import Any
from uuid import uuid4

import pytest

from contracts.cases import CaseResumed, CasesMerged, CustomerLinked
from contracts.routing import CustomerWrote, WorkMerged, WorkRequested, WorkResumed

pytestmark = pytest.mark.integration
PHONE = "+819011112222"


async def merge(house, case_id: object, into: object, **body: Any) -> Any:
    return await house.api.post(f"/v1/cases/{case_id}/merge", json={"into": str(into), **body})


async def texts(house, case_id: object) -> list[str]:
    shown = (await house.api.get(f"/v1/cases/{case_id}/messages")).json()["items"]
    assert [one["seq"] for one in shown] == list(range(1, len(shown) + 1))
    return [one["content"]["text"] for one in shown]


async def two_customers(house) -> tuple[Any, Any]:
    target = await house.open_case(house.line_message(text="一"))
    source = await house.open_case(house.whatsapp_message(PHONE, "二"))
    return source, target


async def test_cases_of_two_customers_are_one_only_if_the_customers_are(house) -> None:
    source, target = await two_customers(house)
    await house.emitted()
    refused = await merge(house, source, target)
    assert (refused.status_code, refused.json()["code"], refused.json()["pointer"]) == (
        409,
        "different_customers",
        "/merge_customers",
    )
    assert await house.emitted() == []
    merged = await merge(house, source, target, merge_customers=True)
    assert (merged.status_code, merged.json()["status"], merged.json()["merged_into"]) == (200, "merged", str(target))
    told, ended, linked = await house.emitted()
    assert (type(told), type(ended), type(linked)) == (CasesMerged, WorkMerged, CustomerLinked)
    assert (ended.case_id, ended.into_case_id) == (source, target)
    assert await texts(house, target) == ["一", "二"]
    shown = (await house.api.get(f"/v1/cases/{source}")).json()
    assert (shown["messages"], shown["revision"]) == (0, merged.json()["revision"])


async def test_further_messages_and_replies_go_by_the_surviving_case(house) -> None:
    source, target = await two_customers(house)
    theirs = await house.customer_of("wa-main", PHONE)
    await merge(house, source, target, merge_customers=True)
    await house.emitted()
    await house.deliver(house.whatsapp_message(PHONE, "三"))
    (wrote,) = await house.emitted(CustomerWrote)
    assert wrote.case_id == target
    assert await texts(house, target) == ["一", "二", "三"]
    assert (await house.reply(target)).json()["channel"] == "whatsapp"
    ours = await house.customer_of("line-main", "U1")
    assert await house.customer_of("wa-main", PHONE) == ours
    gone = (await house.api.get(f"/v1/customers/{theirs}")).json()
    assert gone["merged_into"] == str(ours)
    for door in ("resolve", "reopen", "pause", "notes"):
        body = {"reason": "on_hold"} if door == "pause" else {"text": "x"} if door == "notes" else {}
        answer = await house.api.post(f"/v1/cases/{source}/{door}", json=body, headers={"idempotency-key": uuid4().hex})
        assert (answer.status_code, answer.json()["code"]) == (409, "case_merged")


async def test_a_resolved_case_of_the_same_customer_goes_on_in_the_open_one(house) -> None:
    old = await house.open_case(house.line_message(text="一"))
    await house.api.post(f"/v1/cases/{old}/resolve")
    house.configs.accept(house.tenant_config("acme", revision=2, reopen_within="PT0S"))
    new = await house.open_case(house.line_message(text="二"))
    assert new != old
    await house.emitted()
    assert (await merge(house, old, new)).status_code == 200
    assert [type(event) for event in await house.emitted()] == [CasesMerged]
    assert await texts(house, new) == ["二", "一"]


async def test_whoever_waits_for_an_answer_waits_on_in_the_other_case(house) -> None:
    source, target = await two_customers(house)
    await house.reply(target)
    await house.emitted()
    await merge(house, source, target, merge_customers=True)
    told = await house.emitted(CaseResumed, WorkResumed)
    assert [(type(one), one.case_id) for one in told] == [(CaseResumed, target), (WorkResumed, target)]
    assert (await house.api.get(f"/v1/cases/{target}")).json()["pauses"] == {}


async def test_an_answered_case_leaves_the_other_waiting_for_its_customer(house) -> None:
    source, target = await two_customers(house)
    await house.reply(target)
    await house.reply(source)
    await merge(house, source, target, merge_customers=True)
    assert list((await house.api.get(f"/v1/cases/{target}")).json()["pauses"]) == ["waiting_on_customer"]


async def test_work_that_nobody_asked_for_is_asked_for_when_work_joins_it(house) -> None:
    target = await house.open_case(house.line_message(standby=True))
    source = await house.open_case(house.whatsapp_message(PHONE))
    await house.emitted()
    await merge(house, source, target, merge_customers=True)
    asked, ended = await house.emitted(WorkRequested, WorkMerged)
    assert (asked.case.id, ended.into_case_id) == (target, target)


async def test_what_cannot_be_merged_is_refused_and_left_alone(house) -> None:
    source, target = await two_customers(house)
    itself = await merge(house, source, source)
    assert (itself.status_code, itself.json()["code"], itself.json()["pointer"]) == (422, "merged_into_itself", "/into")
    nowhere = await merge(house, source, uuid4())
    assert (nowhere.status_code, nowhere.json()["code"]) == (404, "case_not_found")
    foreign = await house.api.post(
        f"/v1/cases/{source}/merge", json={"into": str(target)}, headers={"x-tenant": "beta"}
    )
    assert (foreign.status_code, foreign.json()["code"]) == (404, "case_not_found")
    for wrong in ({}, {"into": "x"}, {"into": str(target), "merge_customers": "yes"}, {"into": None}):
        assert (await house.api.post(f"/v1/cases/{source}/merge", json=wrong)).status_code == 422
    await house.api.post(f"/v1/cases/{target}/resolve")
    late = await merge(house, source, target, merge_customers=True)
    assert (late.status_code, late.json()["code"], late.json()["pointer"]) == (409, "target_not_open", "/into")
    assert await texts(house, source) == ["二"]


async def test_a_customer_with_another_open_case_is_joined_by_that_one_first(house) -> None:
    old = await house.open_case(house.whatsapp_message(PHONE, "古い"))
    await house.api.post(f"/v1/cases/{old}/resolve")
    house.configs.accept(house.tenant_config("acme", revision=2, reopen_within="PT0S"))
    await house.open_case(house.whatsapp_message(PHONE, "新しい"))
    target = await house.open_case()
    refused = await merge(house, old, target, merge_customers=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "another_case_open")


async def test_a_merge_repeated_with_its_key_is_the_same_answer(house) -> None:
    source, target = await two_customers(house)
    body, headers = {"into": str(target), "merge_customers": True}, {"idempotency-key": "m1"}
    first = await house.api.post(f"/v1/cases/{source}/merge", json=body, headers=headers)
    second = await house.api.post(f"/v1/cases/{source}/merge", json=body, headers=headers)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert await texts(house, target) == ["一", "二"]
