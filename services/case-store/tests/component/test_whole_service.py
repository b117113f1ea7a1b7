"""The service as `python -m case_store` builds it, on the real broker: a message in, a reply out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest
from aiokafka import TopicPartition

from case_store.settings import MIGRATIONS, SCHEMA, Settings
from case_store.wiring import build
from contracts.base import Contract
from contracts.envelope import Envelope, decode
from contracts.outbound import SendAccepted, SendMethod, SendRequested
from contracts.topics import CONFIG, INBOUND_MESSAGES, OUTBOUND_MESSAGES, OUTBOUND_RESULTS, TOPICS, Topic
from runtime import kafka
from runtime.api_keys import mint_api_key
from runtime.app import Service
from runtime.migrate import migrate
from runtime.producer import Record, open_producer

pytestmark = pytest.mark.integration
SCOPES = ("cases:read", "cases:write", "customers:read")


async def until(ask: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(30):
        while not (found := await ask()):
            await asyncio.sleep(0.05)
    return found


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[Service]:
    async with build(settings) as service:
        loops = [asyncio.create_task(loop()) for loop in service.loops]
        try:
            yield service
        finally:
            for loop in loops:
                loop.cancel()
            await asyncio.wait(loops)


async def the_only(topic: Topic, tenant: str, kafka_settings: Any) -> Any:
    client = kafka.reader_client(kafka_settings)
    await client.start()
    try:
        client.assign([TopicPartition(topic.name, n) for n in range(kafka_settings.partitions)])

        async def read() -> list[Contract]:
            batches = (await client.getmany(timeout_ms=200)).values()
            told = [decode(record.value) for batch in batches for record in batch]
            return [envelope.data for envelope in told if envelope.tenant == tenant]

        return (await until(read))[0]
    finally:
        await client.stop()


async def test_a_message_comes_in_and_a_reply_goes_out(house, postgres, kafka_settings) -> None:
    tenant = f"t{uuid4().hex[:12]}"
    settings = Settings(
        kafka=kafka_settings,
        postgres_dsn=postgres.app,
        partition_key_secret="0123456789abcdef",
        auth={"issuer": "https://issuer.test", "audience": "madoguchi", "jwks_url": "http://127.0.0.1:9/jwks"},
        pool_size=4,
    )
    key = mint_api_key(tenant, SCOPES, datetime.now(UTC) + timedelta(hours=1))
    owner = await asyncpg.connect(postgres.owner)
    assert await migrate(postgres.owner, SCHEMA, MIGRATIONS) == []
    await owner.execute(
        "INSERT INTO case_store.api_key (key_id, tenant_id, secret_sha256, scopes, expires_at)"
        " VALUES ($1, $2, $3, $4, now() + interval '1 hour')",
        key.record.key_id,
        tenant,
        key.record.secret_sha256,
        list(SCOPES),
    )
    await owner.close()
    await kafka.ensure_topics(kafka_settings, list(TOPICS))
    message = house.line_message(text="返金したいです")

    def record(topic: Topic, event: Contract) -> Record:
        return Record(topic, b"k", Envelope(uuid4(), tenant, "test", message.occurred_at, event))

    async with (
        open_producer(kafka_settings) as producer,
        serving(settings) as service,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(service.api), base_url="http://x", headers={"x-api-key": key.secret}
        ) as api,
    ):
        await producer.publish([record(CONFIG, house.tenant_config(tenant)), record(INBOUND_MESSAGES, message)], 10)

        async def cases() -> Any:
            return (await api.get("/v1/cases")).json()["items"]

        (case,) = await until(cases)
        path = f"/v1/cases/{case['id']}/messages"
        reply = await api.post(path, json={"text": "はい"}, headers={"idempotency-key": "k1"})
        assert reply.status_code == 201, reply.text
        send: SendRequested = await the_only(OUTBOUND_MESSAGES, tenant, kafka_settings)
        assert str(send.message_id) == reply.json()["message_id"]
        accepted = SendAccepted(
            message_id=send.message_id,
            case_id=send.case_id,
            conversation_id=send.paths[0].conversation_id,
            channel="line",
            account="line-main",
            method=SendMethod.REPLY,
            provider_message_ids=(f"p-{tenant}",),
            attempts=1,
            accepted_at=message.occurred_at,
        )
        await producer.publish([record(OUTBOUND_RESULTS, accepted)], 10)

        async def sent() -> Any:
            shown = (await api.get(f"/v1/messages/{send.message_id}")).json()
            return shown["status"] == "accepted" and shown

        assert (await until(sent))["provider_message_ids"] == [f"p-{tenant}"]
        assert service.alive() is None
        checks = {name: await check() for name, check in service.checks.items()}
        assert all(checks.values()), checks
    assert (await house.fetch("SELECT count(*) FROM message", tenant=tenant))[0][0] == 2
