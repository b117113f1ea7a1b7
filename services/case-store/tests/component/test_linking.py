"""One person on several channels."""

import pytest

from contracts.cases import CasesMerged, CustomerLinked
from contracts.outbound import SendRequested
from contracts.routing import CustomerWrote, WorkMerged

pytestmark = pytest.mark.integration
PHONE = "+819011112222"


async def seqs(house, case_id: object) -> list[tuple[int, str]]:
    rows = await house.fetch("SELECT seq, content->>'text' FROM message WHERE case_id = $1 ORDER BY seq", case_id)
    return [(row[0], row[1]) for row in rows]


async def test_a_linked_channel_joins_the_case_and_the_next_reply_leaves_there(house) -> None:
    case_id = await house.open_case(house.line_message(text="一"))
    customer_id = await house.customer_of("line-main", "U1")
    linked = await house.link(customer_id, PHONE)
    assert (linked.status_code, linked.json()["customer_id"]) == (201, str(customer_id))
    (told,) = await house.emitted(CustomerLinked)
    assert (told.customer_id, told.previous_customer_id) == (customer_id, None)
    assert (await house.link(customer_id, PHONE)).status_code == 200

    await house.deliver(house.whatsapp_message(PHONE, "二"))
    (wrote,) = await house.emitted(CustomerWrote)
    assert wrote.case_id == case_id
    assert await seqs(house, case_id) == [(1, "一"), (2, "二")]

    assert (await house.reply(case_id)).json()["channel"] == "whatsapp"
    (send,) = await house.emitted(SendRequested)
    assert [path.channel for path in send.paths] == ["whatsapp", "line"]
    assert (await house.reply(case_id, channel="line")).json()["channel"] == "line"
    first = (await house.fetch("SELECT id FROM conversation WHERE channel = 'line'"))[0]["id"]
    assert (await house.reply(case_id, conversation_id=str(first))).json()["channel"] == "line"


async def test_without_fallback_a_reply_has_one_way(house) -> None:
    replies = house.tenant_config("acme").replies.model_copy(update={"fallback": False})
    house.configs.accept(house.tenant_config("acme", revision=2, replies=replies))
    case_id = await house.open_case()
    await house.link(await house.customer_of("line-main", "U1"), PHONE)
    await house.deliver(house.whatsapp_message(PHONE))
    await house.reply(case_id)
    (send,) = await house.emitted(SendRequested)
    assert [path.channel for path in send.paths] == ["whatsapp"]


async def test_somebody_without_an_open_case_brings_theirs(house) -> None:
    case_id = await house.open_case(house.whatsapp_message(PHONE))
    line_case = await house.open_case()
    target = await house.customer_of("line-main", "U1")
    await house.api.post(f"/v1/cases/{line_case}/resolve")
    linked = await house.link(target, PHONE)
    assert linked.status_code == 201
    assert linked.json()["previous_customer_id"] is not None
    assert (await house.api.get(f"/v1/cases/{case_id}")).json()["customer_id"] == str(target)
    assert await house.open_case(house.line_message()) == case_id


async def test_two_open_cases_are_refused_and_joined_on_demand(house) -> None:
    line_case = await house.open_case(house.line_message(text="一"))
    await house.deliver(house.line_message(text="二"))
    source = await house.open_case(house.whatsapp_message(PHONE, "三"))
    await house.deliver(house.whatsapp_message(PHONE, "四"))
    target = await house.customer_of("line-main", "U1")

    refused = await house.link(target, PHONE)
    assert (refused.status_code, refused.json()["code"]) == (409, "contact_point_has_open_case")
    assert await house.customer_of("wa-main", PHONE) != target

    await house.emitted()
    assert (await house.link(target, PHONE, merge=True)).status_code == 201
    merged, closed, linked = await house.emitted()
    assert (type(merged), type(closed), type(linked)) == (CasesMerged, WorkMerged, CustomerLinked)
    assert (merged.case_id, merged.into_case_id) == (source, line_case)
    assert (closed.case_id, closed.into_case_id) == (source, merged.into_case_id)
    assert await seqs(house, line_case) == [(1, "一"), (2, "二"), (3, "三"), (4, "四")]
    await house.deliver(house.whatsapp_message(PHONE, "五"))
    assert (await seqs(house, line_case))[-1] == (5, "五")

    ended = (await house.api.get(f"/v1/cases/{source}")).json()
    assert (ended["status"], ended["merged_into"], ended["messages"]) == ("merged", str(line_case), 0)
    refused = await house.reply(source)
    assert (refused.status_code, refused.json()["code"]) == (409, "case_merged")
    for command in ("resolve", "reopen"):
        answer = await house.api.post(f"/v1/cases/{source}/{command}")
        assert (answer.status_code, answer.json()["code"]) == (409, "case_merged")


async def test_a_customer_who_keeps_another_contact_point_keeps_a_case_that_is_not_about_the_linked_one(house) -> None:
    kept = await house.open_case()
    owner = await house.customer_of("line-main", "U1")
    await house.link(owner, PHONE)
    await house.open_case(house.line_message("U2"))
    other = await house.customer_of("line-main", "U2")
    assert (await house.link(other, PHONE)).status_code == 201
    assert (await house.api.get(f"/v1/cases/{kept}")).json()["customer_id"] == str(owner)


async def test_a_link_names_an_account_of_ours(house) -> None:
    await house.open_case()
    customer_id = await house.customer_of("line-main", "U1")
    cases = [
        ({"account": "nowhere"}, "unknown_account", "/account"),
        ({"account": "wa-off"}, "account_disabled", "/account"),
        ({"channel": "line"}, "wrong_channel", "/channel"),
    ]
    for change, code, pointer in cases:
        refused = await house.link(customer_id, PHONE, **change)
        assert (refused.status_code, refused.json()["code"], refused.json()["pointer"]) == (422, code, pointer)
    for address in ({"kind": "pager", "value": "1"}, {"kind": "phone", "value": ""}, {"kind": "phone", "value": "\0"}):
        body = {"channel": "whatsapp", "account": "wa-main", "address": address}
        assert (await house.api.post(f"/v1/customers/{customer_id}/contact-points", json=body)).status_code == 422


async def test_an_address_leads_to_the_customer_and_their_case(house) -> None:
    case_id = await house.open_case()
    params = {"account": "line-main", "address": "U1"}
    (point,) = (await house.api.get("/v1/contact-points", params=params)).json()["items"]
    assert point["open_case_id"] == str(case_id)
    assert point["customer_id"] == str(await house.customer_of("line-main", "U1"))
    foreign = await house.api.get("/v1/contact-points", params=params, headers={"x-tenant": "beta"})
    assert foreign.json()["items"] == []
