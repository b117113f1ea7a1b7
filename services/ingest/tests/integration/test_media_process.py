"""`python -m ingest media` beside doors that fetch nothing: the file is in the store and told of on the real broker."""

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
from real_ingest import apply_config, free_port, running, written

from contracts.config import ChannelAccount, TenantConfig
from contracts.inbound import AttachmentFetched
from runtime.settings import KafkaSettings

pytestmark = pytest.mark.integration
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@asynccontextmanager
async def a_picture() -> AsyncIterator[str]:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: %d\r\n\r\n" % len(PNG) + PNG)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def fetched(settings: KafkaSettings, tenant: str) -> AttachmentFetched:
    async with asyncio.timeout(30):
        while True:
            for envelope in await written(settings, tenant):
                if isinstance(envelope.data, AttachmentFetched):
                    return envelope.data


async def test_files_are_fetched_by_a_process_of_their_own(
    kafka_settings: KafkaSettings,
    tenant: TenantConfig,
    line_body: Callable[[str], bytes],
    line_headers: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    name, secret = f"t{uuid4().hex[:12]}", tmp_path / "secret"
    secret.write_text("line-secret-new")
    secrets = dict.fromkeys(("channel_secret", "access_token"), (f"file:{secret}",))
    account = ChannelAccount(id=f"line-{name}", channel="line", secrets=secrets)
    await apply_config(kafka_settings, tenant.model_copy(update={"tenant": name, "channel_accounts": (account,)}))
    doors = free_port()
    async with a_picture() as url:
        more = {"FILES_URL": f"file://{tmp_path}/files", "PROVIDERS__URLS__LINE": url}
        async with (
            running(kafka_settings, port=doors, internal=free_port(), more=more | {"FETCH_MEDIA": "false"}),
            running(kafka_settings, "media", port=free_port(), internal=free_port(), more=more) as media,
            httpx.AsyncClient(base_url=f"http://127.0.0.1:{doors}") as http,
        ):
            posted = json.loads(line_body("x"))
            posted["events"][0]["message"] = {"id": "4687", "type": "image", "contentProvider": {"type": "line"}}
            body = json.dumps(posted).encode()
            answer = await http.post(f"/webhooks/line/{account.id}", content=body, headers=line_headers(body))
            assert answer.status_code == 200, answer.text
            told = await fetched(kafka_settings, name)
            assert (tmp_path / "files" / str(told.attachment.object_key)).read_bytes() == PNG
            media.send_signal(signal.SIGTERM)
            async with asyncio.timeout(30):
                assert await media.wait() == 0
