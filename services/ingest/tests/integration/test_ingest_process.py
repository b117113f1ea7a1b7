"""`python -m ingest` against the real broker: a signed webhook is on the topic when it is answered, and SIGTERM ends the process well."""

import asyncio
import contextlib
import re
import signal
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from real_ingest import apply_config, free_port, running, written

from contracts.config import ChannelAccount, TenantConfig
from runtime.settings import KafkaSettings

pytestmark = pytest.mark.integration


@dataclass(frozen=True, slots=True)
class Running:
    url: str
    internal: str
    account: str
    process: asyncio.subprocess.Process


@pytest.fixture
async def ingest(kafka_settings: KafkaSettings, tenant: TenantConfig, tmp_path: Path) -> AsyncIterator[Running]:
    name = f"t{uuid4().hex[:12]}"
    secret = tmp_path / "line_secret"
    secret.write_text("line-secret-new\n")
    account = ChannelAccount(id=f"line-{name}", channel="line", secrets={"channel_secret": (f"file:{secret}",)})
    await apply_config(kafka_settings, tenant.model_copy(update={"tenant": name, "channel_accounts": (account,)}))
    port, internal = free_port(), free_port()
    async with running(kafka_settings, port=port, internal=internal) as process:
        yield Running(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{internal}", account.id, process)


async def test_a_webhook_is_on_the_broker_when_it_is_answered(
    ingest: Running,
    kafka_settings: KafkaSettings,
    line_body: Callable[[str], bytes],
    line_headers: Callable[..., dict[str, str]],
) -> None:
    body = line_body("返金したいです")
    async with httpx.AsyncClient(base_url=ingest.url) as client:
        for _ in range(2):
            answer = await client.post(f"/webhooks/line/{ingest.account}", content=body, headers=line_headers(body))
            assert answer.status_code == 200
        wrong = await client.post(f"/webhooks/line/{ingest.account}", content=body, headers=line_headers(body, "guess"))
        assert wrong.status_code == 401
        figures = (await client.get(f"{ingest.internal}/metrics")).text
    first, second = await written(kafka_settings, ingest.account.removeprefix("line-"))
    assert first.id == second.id
    assert first.data.content.text == "返金したいです"
    assert 'madoguchi_ingest_requests_total{channel="line",outcome="accepted"} 2.0' in figures
    ingest.process.send_signal(signal.SIGTERM)
    async with asyncio.timeout(15):
        assert await ingest.process.wait() == 0


async def test_an_endless_chunked_body_is_refused_and_cut_off(ingest: Running) -> None:
    """The 413 itself may be lost on the wire: the kernel resets a connection that is closed with bytes unread."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(ingest.url.rpartition(":")[2]))
    head = f"POST /webhooks/line/{ingest.account} HTTP/1.1\r\nhost: ingest\r\ncontent-type: application/json\r\n"
    writer.write(f"{head}transfer-encoding: chunked\r\n\r\n".encode())
    flood = asyncio.create_task(_flood(writer))
    async with asyncio.timeout(20):
        with contextlib.suppress(ConnectionError):
            while await reader.read(65_536):
                pass
        with contextlib.suppress(ConnectionError):
            writer.close()
            await writer.wait_closed()
        await flood
    async with httpx.AsyncClient() as client:
        figures = (await client.get(f"{ingest.internal}/metrics")).text
    assert re.search(r'madoguchi_http_request_seconds_count\{method="POST",[^}]*status="413"\} 1\.0', figures)


async def _flood(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while not writer.is_closing():
            writer.write(b"1000\r\n" + b"[" * 4096 + b"\r\n")
            await writer.drain()
