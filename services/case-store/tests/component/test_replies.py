"""`/v1` as agents and integrations use it: replies, resolve and reopen, lists, and what is refused."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.cases import CaseReopened, CaseResolved, MessageAdded
from contracts.outbound import SendRequested
from contracts.routing import AgentReplied, WorkClosed, WorkRequested
from contracts.values import AuthorKind

pytestmark = pytest.mark.integration


async def post(house, case_id: object, content: bytes, **headers: str) -> Any:
    stated = {"idempotency-key": uuid4().hex, "content-type": "application/json", "x-agent": "aiko"}
    return await house.api.post(f"/v1/cases/{case_id}/messages", content=content, headers=stated | headers)


async def test_a_reply_is_recorded_told_to_the_router_and_sent_on_its_way(house) -> None:
    asked = house.line_message()
    case_id = await house.open_case(asked)
    await house.emitted()
    answer = await house.reply(case_id, "ご返金いたします。")
    assert answer.status_code == 201
    body = answer.json()
    assert (body["seq"], body["status"], body["channel"]) == (2, "queued", "line")
    added, replied, send = await house.emitted()
    assert (type(added), type(replied), type(send)) == (MessageAdded, AgentReplied, SendRequested)
    assert (replied.author.kind, replied.author.id, replied.automatic) == (AuthorKind.AGENT, "aiko", False)
    assert str(send.message_id) == body["message_id"]
    assert send.content.text == "ご返金いたします。"
    assert send.expires_at - send.requested_at == timedelta(hours=24)
    (path,) = send.paths
    assert (path.address.value, path.reply_handle.token) == ("U1", asked.reply_handle.token)


async def test_a_reply_handle_is_used_once(house) -> None:
    case_id = await house.open_case()
    await house.emitted()
    await house.reply(case_id)
    await house.reply(case_id)
    first, second = await house.emitted(SendRequested)
    assert first.paths[0].reply_handle is not None
    assert second.paths[0].reply_handle is None


async def test_an_expired_reply_handle_is_not_given_out(house) -> None:
    message = house.line_message()
    gone = message.reply_handle.model_copy(update={"expires_at": datetime.now(UTC) - timedelta(seconds=1)})
    case_id = await house.open_case(message.model_copy(update={"reply_handle": gone}))
    await house.reply(case_id)
    (send,) = await house.emitted(SendRequested)
    assert send.paths[0].reply_handle is None


async def test_the_same_key_gives_the_same_answer_and_one_message(house) -> None:
    case_id = await house.open_case()
    first, second = await house.reply(case_id, key="k1"), await house.reply(case_id, key="k1")
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert await house.value("SELECT count(*) FROM message") == 2
    other = await house.reply(case_id, "別", key="k1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_reply_needs_a_key(house) -> None:
    case_id = await house.open_case()
    refused = await house.api.post(f"/v1/cases/{case_id}/messages", json={"text": "はい"})
    assert (refused.status_code, refused.json()["code"]) == (400, "idempotency_key_missing")


WRONG_BODIES = (
    b'{"text": ""}',
    b'{"text": "  \\n"}',
    b'{"text": "a\\u0000b"}',
    b'{"text": "\\ud83d"}',
    b'{"text": 5}',
    b'{"text": ["a"]}',
    b'{"text": "a", "content": {"kind": "text", "text": "b"}}',
    b'{"content": {"kind": "text", "text": ""}}',
    b'{"content": {"kind": "text", "text": "a\\u0000"}}',
    b'{"content": {"kind": "text", "text": "\\udc00"}}',
    b'{"content": {"kind": "carrier_pigeon", "text": "a"}}',
    b'{"content": {"kind": "file", "attachments": [{"kind": "file", "file_name": "a\\u0000"}]}}',
    b'{"text": "a", "channel": "li\\u0000ne"}',
    b'{"text": "a", "chanel": "line"}',
    b"{}",
    b'{"text": "%s"}' % (b"a" * 20_001),
)


async def test_a_reply_that_cannot_be_said_is_refused_and_leaves_nothing(house) -> None:
    case_id = await house.open_case()
    for content in WRONG_BODIES:
        refused = await post(house, case_id, content)
        assert (refused.status_code, bool(refused.json()["code"])) == (422, True), content[:80]
    assert await house.value("SELECT last_seq FROM customer_case") == 1


async def test_the_longest_text_is_taken(house) -> None:
    case_id = await house.open_case()
    assert (await house.reply(case_id, "あ" * 20_000)).status_code == 201


async def test_an_unknown_case_and_another_tenants_look_the_same(house) -> None:
    case_id = await house.open_case()
    customer_id = await house.customer_of("line-main", "U1")
    message_id = await house.value("SELECT id FROM message")
    paths = {
        f"/v1/cases/{case_id}": case_id,
        f"/v1/cases/{case_id}/messages": case_id,
        f"/v1/cases/{case_id}/timeline": case_id,
        f"/v1/messages/{message_id}": message_id,
        f"/v1/customers/{customer_id}": customer_id,
        f"/v1/customers/{customer_id}/contact-points": customer_id,
    }
    for path, known in paths.items():
        nobody = str(uuid4())
        foreign = await house.api.get(path, headers={"x-tenant": "beta"})
        unknown = await house.api.get(path.replace(str(known), nobody))
        assert foreign.status_code == unknown.status_code == 404
        assert alike(foreign.json(), str(known)) == alike(unknown.json(), nobody)
    writes = [f"/v1/cases/{case_id}/messages", f"/v1/cases/{case_id}/resolve", f"/v1/cases/{case_id}/reopen"]
    for path in writes:
        body = {"text": "x"} if path.endswith("messages") else {}
        headers = {"x-tenant": "beta", "idempotency-key": uuid4().hex}
        foreign = await house.api.post(path, json=body, headers=headers)
        assert (foreign.status_code, foreign.json()["code"]) == (404, "case_not_found")
    patched = await house.api.patch(f"/v1/customers/{customer_id}", json={"tier": "x"}, headers={"x-tenant": "beta"})
    assert patched.status_code == 404


def alike(problem: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: str(value).replace(name, "*") for key, value in problem.items() if key != "trace_id"}


async def test_resolve_and_reopen_tell_the_router(house) -> None:
    case_id = await house.open_case(house.line_message(text="返金"))
    await house.emitted()
    resolved = await house.api.post(f"/v1/cases/{case_id}/resolve", json={"reason": "refunded"})
    assert (resolved.status_code, resolved.json()["status"]) == (200, "resolved")
    done, closed = await house.emitted()
    assert (type(done), type(closed), closed.reason) == (CaseResolved, WorkClosed, "refunded")

    refused = await house.reply(case_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "case_resolved")
    again = await house.api.post(f"/v1/cases/{case_id}/resolve")
    assert (again.status_code, again.json()["code"]) == (409, "case_resolved")

    reopened = await house.api.post(f"/v1/cases/{case_id}/reopen")
    assert (reopened.status_code, reopened.json()["status"]) == (200, "open")
    told, asked = await house.emitted()
    assert (type(told), type(asked)) == (CaseReopened, WorkRequested)
    assert (asked.case.reopened, asked.message.text) == (True, "返金")
    again = await house.api.post(f"/v1/cases/{case_id}/reopen")
    assert (again.status_code, again.json()["code"]) == (409, "case_open")


async def test_resolve_repeated_with_its_key_is_the_same_answer(house) -> None:
    case_id = await house.open_case()
    headers = {"idempotency-key": "r1"}
    first = await house.api.post(f"/v1/cases/{case_id}/resolve", headers=headers)
    second = await house.api.post(f"/v1/cases/{case_id}/resolve", headers=headers)
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert second.headers["idempotency-replayed"] == "true"


async def test_a_case_is_not_reopened_beside_an_open_one(house) -> None:
    house.configs.accept(house.tenant_config("acme", revision=2, reopen_within=timedelta(0)))
    old = await house.open_case()
    await house.api.post(f"/v1/cases/{old}/resolve")
    await house.deliver(house.line_message(received_at=datetime.now(UTC) + timedelta(minutes=1)))
    refused = await house.api.post(f"/v1/cases/{old}/reopen")
    assert (refused.status_code, refused.json()["code"]) == (409, "another_case_open")


async def test_a_stale_etag_is_refused(house) -> None:
    case_id = await house.open_case()
    etag = (await house.api.get(f"/v1/cases/{case_id}")).headers["etag"]
    await house.deliver(house.line_message())
    stale = await house.api.post(f"/v1/cases/{case_id}/resolve", headers={"if-match": etag})
    assert (stale.status_code, stale.json()["code"]) == (412, "changed_meanwhile")
    fresh = (await house.api.get(f"/v1/cases/{case_id}")).headers["etag"]
    assert (await house.api.post(f"/v1/cases/{case_id}/resolve", headers={"if-match": fresh})).status_code == 200
    broken = await house.api.post(f"/v1/cases/{case_id}/reopen", headers={"if-match": "x"})
    assert (broken.status_code, broken.json()["code"]) == (400, "invalid_if_match")


async def test_an_asked_conversation_must_be_the_customers_and_open(house) -> None:
    case_id = await house.open_case()
    unknown = await house.reply(case_id, conversation_id=str(uuid4()))
    assert (unknown.status_code, unknown.json()["code"]) == (404, "conversation_not_found")
    elsewhere = await house.reply(case_id, channel="whatsapp")
    assert (elsewhere.status_code, elsewhere.json()["code"]) == (409, "no_reply_path")
    accounts = house.tenant_config("acme").channel_accounts[1:]
    house.configs.accept(house.tenant_config("acme", revision=2, channel_accounts=accounts))
    closed = await house.reply(case_id)
    assert (closed.status_code, closed.json()["code"]) == (409, "no_reply_path")


async def test_lists_are_paged_without_gap_or_repetition(house) -> None:
    cases = {str(await house.open_case(house.line_message(f"U{number}"))) for number in range(5)}
    found, cursor = [], None
    while True:
        params = {"limit": 2, "status": "open"} | ({"cursor": cursor} if cursor else {})
        page = (await house.api.get("/v1/cases", params=params)).json()
        found += [case["id"] for case in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert found == sorted(cases, reverse=True)
    assert (await house.api.get("/v1/cases", params={"cursor": "??"})).status_code == 400
    assert (await house.api.get("/v1/cases", params={"agent_id": "a\0"})).status_code == 400
    assert (await house.api.get("/v1/cases", params={"agent_id": "nobody"})).json()["items"] == []


async def test_the_history_is_read_from_a_number_on(house) -> None:
    case_id = await house.open_case()
    await house.deliver(*(house.line_message(text=str(number)) for number in range(2, 7)))
    page = (await house.api.get(f"/v1/cases/{case_id}/messages", params={"after_seq": 2, "limit": 3})).json()
    assert [message["seq"] for message in page["items"]] == [3, 4, 5]
    rest = (await house.api.get(f"/v1/cases/{case_id}/messages", params={"cursor": page["next"]})).json()
    assert [message["content"]["text"] for message in rest["items"]] == ["6"]
    assert rest["next"] is None


async def test_facts_of_a_customer_reach_the_next_request_for_work(house) -> None:
    case_id = await house.open_case()
    customer_id = await house.customer_of("line-main", "U1")
    facts = {"tier": "gold", "tags": ["vip"], "language": "ja", "organisation": "A 社"}
    changed = await house.api.patch(f"/v1/customers/{customer_id}", json=facts)
    assert (changed.status_code, changed.json()["tier"]) == (200, "gold")
    cleared = await house.api.patch(f"/v1/customers/{customer_id}", json={"organisation": None})
    assert (cleared.json()["organisation"], cleared.json()["tags"]) == (None, ["vip"])
    await house.api.post(f"/v1/cases/{case_id}/resolve")
    await house.emitted()
    await house.deliver(house.line_message())
    (asked,) = await house.emitted(WorkRequested)
    assert (asked.customer.tier, asked.customer.tags, asked.customer.language) == ("gold", ("vip",), "ja")
    for wrong in ({"tier": 5}, {"tags": "vip"}, {"tags": None}, {"language": "日本語"}, {"rank": "x"}, {"tier": "\0"}):
        assert (await house.api.patch(f"/v1/customers/{customer_id}", json=wrong)).status_code == 422
