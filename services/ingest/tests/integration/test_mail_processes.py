"""`python -m ingest smtp` against the real broker and a file store: smtplib's mail is on the topic when it is answered."""

import asyncio
import signal
import smtplib
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from uuid import uuid4

import pytest
from real_ingest import apply_config, free_port, running, written

from contracts.config import ChannelAccount, Queue, TenantConfig
from runtime.settings import KafkaSettings

pytestmark = pytest.mark.integration


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
    await apply_config(kafka_settings, config)
    return name


@pytest.fixture
async def smtp(
    kafka_settings: KafkaSettings, tenant_name: str, tmp_path: Path
) -> AsyncIterator[tuple[int, asyncio.subprocess.Process]]:
    port = free_port()
    more = {"SMTP_PORT": str(port), "FILES_URL": f"file://{tmp_path}/files"}
    async with running(kafka_settings, "smtp", port=free_port(), internal=free_port(), more=more) as process:
        yield port, process


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
    (envelope,) = await written(kafka_settings, tenant_name)
    (file,) = envelope.data.content.attachments
    assert (envelope.data.content.text, file.file_name) == ("返金したいです", "領収書.pdf")
    assert (tmp_path / "files" / file.object_key).read_bytes() == b"%PDF"
    process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(30):
        assert await process.wait() == 0
