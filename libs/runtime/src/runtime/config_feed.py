"""Every tenant's configuration, held in memory from the compacted topic `config`. A change is seen within a second."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.config import ChannelAccount, TenantConfig
from contracts.envelope import MalformedEvent, decode
from contracts.topics import CONFIG
from runtime import kafka
from runtime.errors import DependencyDown
from runtime.settings import KafkaSettings

_log = logging.getLogger(__name__)
_PATIENCE_MS: Final = 5_000


class ConfigFeed:
    """A revision replaces the whole of a tenant's configuration; an older one than the one held is passed over."""

    def __init__(self) -> None:
        self._tenants: dict[str, TenantConfig] = {}
        self._accounts: dict[str, tuple[TenantConfig, ChannelAccount]] = {}
        self._subscribers: list[Callable[[TenantConfig], None]] = []

    def tenant(self, tenant: str) -> TenantConfig | None:
        return self._tenants.get(tenant)

    def tenants(self) -> Iterable[TenantConfig]:
        return tuple(self._tenants.values())

    def account(self, account_id: str) -> tuple[TenantConfig, ChannelAccount] | None:
        return self._accounts.get(account_id)

    def subscribe(self, call: Callable[[TenantConfig], None]) -> None:
        """`call` runs on the event loop with each new revision; it must not block."""
        self._subscribers.append(call)

    def accept(self, config: TenantConfig) -> None:
        held = self._tenants.get(config.tenant)
        if held is not None and held.revision >= config.revision:
            return
        self._tenants[config.tenant] = config
        self._accounts = {
            account.id: (tenant, account) for tenant in self._tenants.values() for account in tenant.channel_accounts
        }
        for call in self._subscribers:
            call(config)

    def read(self, record: ConsumerRecord) -> None:
        try:
            data = decode(record.value).data
        except MalformedEvent as error:
            _log.error(
                "configuration ignored", extra={"offset": record.offset, "code": "malformed", "reason": str(error)}
            )
            return
        if isinstance(data, TenantConfig):
            self.accept(data)


@asynccontextmanager
async def open_config_feed(settings: KafkaSettings) -> AsyncIterator[ConfigFeed]:
    """Reads the topic to its end before yielding, then follows. Raises DependencyDown."""
    feed = ConfigFeed()
    client = kafka.reader_client(settings, patience_ms=_PATIENCE_MS)
    try:
        async with asyncio.timeout(20):
            await client.start()
            await _read_to_end(client, feed)
    except (KafkaError, TimeoutError, OSError) as error:
        await client.stop()
        raise DependencyDown(f"topic {CONFIG.name} can't be read: {type(error).__name__}") from error
    async with asyncio.TaskGroup() as group:
        follower = group.create_task(_follow(client, feed))
        try:
            yield feed
        finally:
            follower.cancel()
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(3):
                    await client.stop()


async def _read_to_end(client: AIOKafkaConsumer, feed: ConfigFeed) -> None:
    partition = TopicPartition(CONFIG.name, 0)
    client.assign([partition])
    await client.seek_to_beginning(partition)
    end = (await client.end_offsets([partition]))[partition]
    while await client.position(partition) < end:
        await _read_some(client, feed)


async def _follow(client: AIOKafkaConsumer, feed: ConfigFeed) -> None:
    while True:
        try:
            await _read_some(client, feed)
        except KafkaError as error:
            _log.warning("configuration feed waits", extra={"code": type(error).__name__})
            await asyncio.sleep(1.0)


async def _read_some(client: AIOKafkaConsumer, feed: ConfigFeed) -> None:
    for records in (await client.getmany(timeout_ms=_PATIENCE_MS)).values():
        for record in records:
            feed.read(record)
