"""`python -m ingest smtp` against the real broker and a file store: smtplib's mail is on the topic when it is answered."""

import asyncio
import os
import signal
import smtplib
import socket
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from aiokafka import TopicPartition

from contracts.config import ChannelAccount, Queue, TenantConfig
from contracts.envelope import Envelope, decode
from contracts.topics import CONFIG, INBOUND_MESSAGES
from runtime import kafka
from runtime.producer import Record, open_producer
from runtime.settings import KafkaSettings

pytestmark = pytest.mark.integration


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def tenant_name(kafka_settings: KafkaSettings) -> str:
    name = f"t{uuid4().hex[:12]}"
    account = ChannelAccount(id=f"mail-{name}", channel="email", external_id=f"{name}@acme.example")
    config = TenantConfig(
        tenant=name,
        revision=1,
        applied_at=datetime.now(UTC),
        default_queue="q",
        queues=(Queue(id="q"),),
        channel_accounts=(account,),
    )
    await kafka.ensure_topics(kafka_settings)
    async with open_producer(kafka_settings) as producer:
        record = Record(CONFIG, name.encode(), Envelope(uuid4(), name, "cli", config.applied_at, config))
        await producer.publish([record], timeout=10)
    return name


@pytest.fixture
async def smtp(
    kafka_settings: KafkaSettings, tenant_name: str, tmp_path: Path
) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    ports = {"PORT": free_port(), "INTERNAL_PORT": free_port(), "SMTP_PORT": free_port()}
    environment = {
        "PATH": os.environ["PATH"],
        "MADOGUCHI_KAFKA__BOOTSTRAP": kafka_settings.bootstrap,
        "MADOGUCHI_KAFKA__IDEMPOTENT": str(kafka_settings.idempotent).lower(),
        "MADOGUCHI_PARTITION_KEY_SECRET": "a partition key secret of a test",
        "MADOGUCHI_FILES_URL": f"file://{tmp_path}/files",
        **{f"MADOGUCHI_{name}": str(port) for name, port in ports.items()},
    }
    process = await asyncio.create_subprocess_exec(sys.executable, "-m", "ingest", "smtp", env=environment)
    try:
        await _ready(ports["INTERNAL_PORT"], process)
        yield ports["SMTP_PORT"], process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _ready(port: int, process: asyncio.subprocess.Process) -> None:
    async with asyncio.timeout(60), httpx.AsyncClient() as client:
        while process.returncode is None:
            try:
                if (await client.get(f"http://127.0.0.1:{port}/readyz")).status_code == 200:
                    return
            except httpx.TransportError:
                await asyncio.sleep(0.1)
    raise AssertionError(f"ingest ended with status {process.returncode}")


async def _events(settings: KafkaSettings, tenant: str) -> list[Envelope]:
    reader = kafka.reader_client(settings)
    await reader.start()
    try:
        partitions = [TopicPartition(INBOUND_MESSAGES.name, number) for number in range(settings.partitions)]
        reader.assign(partitions)
        await reader.seek_to_beginning(*partitions)
        ends = await reader.end_offsets(partitions)
        found: list[Envelope] = []
        while any([await reader.position(partition) < ends[partition] for partition in partitions]):
            for records in (await reader.getmany(timeout_ms=500)).values():
                found += [decode(record.value) for record in records]
        return [envelope for envelope in found if envelope.tenant == tenant]
    finally:
        await reader.stop()


async def test_a_mail_is_on_the_broker_and_its_file_in_the_store_when_it_is_answered(
    smtp: tuple[int, asyncio.subprocess.Process], kafka_settings: KafkaSettings, tenant_name: str, tmp_path: Path
) -> None:
    port, process = smtp
    message = EmailMessage()
    message["From"], message["To"], message["Message-ID"] = (
        "佐藤 <sato@example.jp>",
        f"{tenant_name}@acme.example",
        "<m@x>",
    )
    message.set_content("返金したいです")
    message.add_attachment(b"%PDF", "application", "pdf", filename="領収書.pdf")

    def deliver() -> None:
        with smtplib.SMTP("127.0.0.1", port, timeout=30) as client:
            client.send_message(message)

    await asyncio.to_thread(deliver)
    (envelope,) = await _events(kafka_settings, tenant_name)
    (file,) = envelope.data.content.attachments
    assert (envelope.data.content.text, file.file_name) == ("返金したいです", "領収書.pdf")
    assert (tmp_path / "files" / file.object_key).read_bytes() == b"%PDF"
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(30):
        assert await process.wait() == 0
