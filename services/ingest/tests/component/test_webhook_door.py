"""The whole service over a broker in memory: what providers are answered, and what the broker holds by then."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from contracts.inbound import MessageReceived
from contracts.topics import INBOUND_MESSAGES, INBOUND_RECEIPTS
from ingest.adapters.memory import MemoryProducer

Headers = Callable[..., dict[str, str]]
Sample = Callable[[str, str], dict[str, Any]]
LINE, WHATSAPP, HOOKS = "/webhooks/line/line-acme", "/webhooks/whatsapp/wa-acme", "/webhooks/webhook/hooks"


def encoded(body: Any) -> bytes:
    return json.dumps(body, ensure_ascii=False).encode()


async def test_line_is_answered_when_the_broker_holds_the_message(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, line_body: Callable[[str], bytes]
) -> None:
    body = line_body("返金したいです")
    answer = await client.post(LINE, content=body, headers=line_headers(body))
    assert (answer.status_code, answer.json()) == (200, {})
    (record,) = broker.records
    assert record.topic is INBOUND_MESSAGES
    assert (record.envelope.tenant, record.envelope.source, record.envelope.type) == (
        "acme",
        "ingest",
        "MessageReceived",
    )
    assert isinstance(record.envelope.data, MessageReceived)
    assert record.envelope.data.content.text == "返金したいです"
    assert len(record.key) == 32
    assert b"U4af" not in record.key


async def test_a_repeated_webhook_is_produced_again_under_the_same_id(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, line_body: Callable[[str], bytes]
) -> None:
    body = line_body("twice")
    for _ in range(2):
        assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    first, second = broker.records
    assert first.envelope.id == second.envelope.id
    assert first.key == second.key


async def test_whatsapp_messages_and_receipts_go_to_their_topics(
    client: httpx.AsyncClient, broker: MemoryProducer, whatsapp_headers: Headers, sample: Sample
) -> None:
    for name in ("text", "statuses"):
        body = encoded(sample("whatsapp", name))
        assert (await client.post(WHATSAPP, content=body, headers=whatsapp_headers(body))).status_code == 200
    assert [record.topic for record in broker.records] == [INBOUND_MESSAGES] + [INBOUND_RECEIPTS] * 5
    assert len({record.key for record in broker.records[:5]}) == 1


async def test_the_generic_door_answers_with_the_message_id(
    client: httpx.AsyncClient, broker: MemoryProducer, webhook_headers: Headers, sample: Sample
) -> None:
    body = encoded(sample("webhook", "received"))
    answers = [await client.post(HOOKS, content=body, headers=webhook_headers(body)) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].json() == {"accepted": [{"message_id": str(broker.records[0].envelope.id)}]}
    assert answers[1].json() == answers[0].json()


async def test_an_empty_webhook_is_fine(
    client: httpx.AsyncClient, broker: MemoryProducer, line_headers: Headers, sample: Sample
) -> None:
    body = encoded(sample("line", "verify"))
    assert (await client.post(LINE, content=body, headers=line_headers(body))).status_code == 200
    assert broker.records == []


@pytest.mark.parametrize("secret", ["line-secret-new", "line-secret-old"])
async def test_both_live_secrets_open_the_door(
    client: httpx.AsyncClient, line_headers: Headers, line_body: Callable[[str], bytes], secret: str
) -> None:
    body = line_body("rotation")
    assert (await client.post(LINE, content=body, headers=line_headers(body, secret))).status_code == 200


async def test_the_handshake_echoes_the_challenge_to_who_knows_the_token(client: httpx.AsyncClient) -> None:
    query = {"hub.mode": "subscribe", "hub.verify_token": "meta-verify-token", "hub.challenge": "1158201444"}
    answer = await client.get(WHATSAPP, params=query)
    assert (answer.status_code, answer.text) == (200, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["x-content-type-options"] == "nosniff"
    wrong = await client.get(WHATSAPP, params=query | {"hub.verify_token": "guess"})
    assert (wrong.status_code, wrong.json()["code"]) == (403, "wrong_verify_token")
    assert "1158201444" not in wrong.text
    assert (await client.get(WHATSAPP, params=query | {"hub.mode": "unsubscribe"})).status_code == 400
    assert (await client.get("/webhooks/whatsapp/nobody", params=query)).status_code == 404
    assert (await client.get(LINE, params=query)).status_code == 405


async def test_other_addresses_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    assert (await client.get("/nothing/here")).json()["code"] == "route_not_found"
    assert (await client.delete(LINE)).status_code == 405
