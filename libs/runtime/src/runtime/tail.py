"""The end of a topic, as it grows: for what every instance has to hear and nobody has to hear twice."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaConsumer
from aiokafka.errors import KafkaError

from contracts.envelope import Envelope, MalformedEvent, decode
from contracts.topics import Topic
from runtime import kafka
from runtime.errors import DependencyDown
from runtime.settings import KafkaSettings

_log = logging.getLogger(__name__)
_WAIT_MS = 500


@asynccontextmanager
async def open_tail(settings: KafkaSettings, topic: Topic, heard: Callable[[Envelope], None]) -> AsyncIterator[None]:
    """Inside, each event written from now on is told to `heard` on the event loop, which it must not block.

    Nothing is committed; an outage of the broker delays events and loses none that the topic still has. Raises DependencyDown.
    """
    client = kafka.reader_client(settings)
    try:
        async with asyncio.timeout(20):
            client.subscribe([topic.name])
            await client.start()
            for partition, end in (await client.end_offsets(client.assignment())).items():
                client.seek(partition, end)
    except (KafkaError, TimeoutError, OSError) as error:
        await client.stop()
        raise DependencyDown(f"topic {topic.name} can't be read: {type(error).__name__}") from error
    async with asyncio.TaskGroup() as group:
        follower = group.create_task(_follow(client, heard))
        try:
            yield
        finally:
            follower.cancel()
            with contextlib.suppress(KafkaError, TimeoutError):
                async with asyncio.timeout(3):
                    await client.stop()


async def _follow(client: AIOKafkaConsumer, heard: Callable[[Envelope], None]) -> None:
    while True:
        try:
            batches = await client.getmany(timeout_ms=_WAIT_MS)
        except KafkaError as error:
            _log.warning("the end of a topic can't be read now", extra={"code": type(error).__name__})
            await asyncio.sleep(1.0)
            continue
        for records in batches.values():
            for record in records:
                _tell(record.value, heard)


def _tell(value: bytes | None, heard: Callable[[Envelope], None]) -> None:
    try:
        envelope = decode(value)
    except MalformedEvent as error:
        _log.error("an event was passed over", extra={"code": "malformed", "reason": str(error)})
        return
    heard(envelope)
