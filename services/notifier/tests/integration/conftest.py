import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import house as parts  # the folder is no package
from provider_server import Provider
from webhook_house import Platform

from notifier.settings import MIGRATIONS, SCHEMA, Settings
from notifier.wiring import build_for_tests
from runtime.clock import SystemClock
from runtime.migrate import migrate
from runtime.postgres import connect
from runtime.testing.config import fixed_config
from runtime.unit_of_work import open_transactions


def settings(provider: Provider, **changes: Any) -> Settings:
    stated: dict[str, Any] = {
        "kafka": {"bootstrap": "127.0.0.1:9092"},
        "postgres_dsn": "postgresql://unused",
        "partition_key_secret": "not-used-by-the-notifier",
        "auth": {"issuer": "test", "audience": "test", "jwks_url": "http://127.0.0.1/jwks"},
        "stack": "embedded",
        "providers": {"urls": {"line": f"{provider.base}/line", "whatsapp": f"{provider.base}/whatsapp"}},
        "read_seconds": 0.5,
        "sealing_keys": "ab" * 32,
    }
    return Settings(**(stated | changes))


@pytest.fixture
async def house(postgres: Any, provider: Provider, tmp_path: Path) -> AsyncIterator[parts.House]:
    await migrate(postgres.owner, SCHEMA, MIGRATIONS)
    configs = fixed_config(parts.config("acme", provider), parts.config("beta", provider))
    producer = parts.MemoryProducer()
    async with (
        connect(postgres.app, schema=SCHEMA, application_name="test") as database,
        open_transactions(database, producer, source="notifier", lane="test") as transactions,
        build_for_tests(
            settings(provider, files_url=f"file://{tmp_path}/files", public_url="https://files.example"),
            transactions,
            configs,
            parts.HeaderAuthenticator(),
            SystemClock(),
            parts.secret,
        ) as notifier,
        build_for_tests(
            settings(provider, kafka={"bootstrap": "127.0.0.1:9092", "instance": "1"}),
            transactions,
            configs,
            parts.HeaderAuthenticator(),
            SystemClock(),
            parts.secret,
        ) as other,
        httpx.AsyncClient(
            transport=httpx.ASGITransport(notifier.api, raise_app_exceptions=False), base_url="http://notifier"
        ) as api,
    ):
        yield parts.House(database, transactions, producer, provider, notifier, api, [other])


@pytest.fixture
def platform(house: parts.House) -> Platform:
    return Platform(house)
