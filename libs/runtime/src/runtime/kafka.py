"""aiokafka with our settings. Its defaults lose messages; nothing else in the house may construct a client."""

import asyncio
from collections.abc import Iterable
from typing import Final

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRebalanceListener, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor
from aiokafka.errors import KafkaError, TopicAlreadyExistsError

from contracts.topics import TOPICS, Topic
from runtime.errors import DependencyDown
from runtime.settings import KafkaSettings

MAX_REQUEST_BYTES: Final = 1_000_000
_MAX_POLL_INTERVAL_MS: Final = 30 * 60 * 1000  # an outage pauses a partition for long; our own watchdog judges progress


def producer_client(settings: KafkaSettings) -> AIOKafkaProducer:
    return AIOKafkaProducer(
        bootstrap_servers=settings.bootstrap,
        acks="all",
        enable_idempotence=settings.idempotent,
        linger_ms=settings.linger_ms,
        max_batch_size=256 * 1024,
        max_request_size=MAX_REQUEST_BYTES,
        request_timeout_ms=settings.request_timeout_ms,
    )


def consumer_client(settings: KafkaSettings, group: str) -> AIOKafkaConsumer:
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        group_id=group,
        group_instance_id=f"{group}-{settings.instance}",
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        session_timeout_ms=settings.session_timeout_ms,
        heartbeat_interval_ms=settings.heartbeat_interval_ms,
        rebalance_timeout_ms=60_000,
        max_poll_interval_ms=_MAX_POLL_INTERVAL_MS,
        partition_assignment_strategy=(StickyPartitionAssignor,),
        fetch_max_wait_ms=500,
        max_partition_fetch_bytes=4 * 1024 * 1024,
    )


def reader_client(settings: KafkaSettings, *, patience_ms: int = 500) -> AIOKafkaConsumer:
    """A consumer without a group: reads what it is told, commits nothing.

    The broker answers a fetch that finds nothing after `patience_ms`; until then no partition of the same broker is asked for anew.
    """
    return AIOKafkaConsumer(
        bootstrap_servers=settings.bootstrap,
        enable_auto_commit=False,
        auto_offset_reset="earliest",
        fetch_max_wait_ms=patience_ms,
    )


class AssignmentFlag(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka ships no types
    """Listener errors are swallowed by aiokafka and its listener isn't called by stop(): so it only raises flags."""

    def __init__(self) -> None:
        self.generation = 0
        self.settled = False

    def on_partitions_revoked(self, revoked: Iterable[TopicPartition]) -> None:
        self.settled = False
        self.generation += 1

    def on_partitions_assigned(self, assigned: Iterable[TopicPartition]) -> None:
        self.settled = True
        self.generation += 1


async def ensure_topics(settings: KafkaSettings, topics: Iterable[Topic] = TOPICS) -> list[str]:
    """Creates the topics of the cards, and their dead-letter topics, that don't exist yet; returns the names created."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    try:
        async with asyncio.timeout(30):
            await admin.start()
            existing = set(await admin.list_topics())
            missing = [topic for topic in _with_dead_letters(topics, settings) if topic.name not in existing]
            if missing:
                await admin.create_topics(missing)
    except TopicAlreadyExistsError:
        return []
    except (KafkaError, TimeoutError, OSError) as error:
        raise DependencyDown(f"topics can't be created at {settings.bootstrap}: {type(error).__name__}") from error
    finally:
        await admin.close()
    return [topic.name for topic in missing]


def _with_dead_letters(topics: Iterable[Topic], settings: KafkaSettings) -> Iterable[NewTopic]:
    for topic in topics:
        replication = settings.replication
        configs = {"retention.ms": str(topic.retention_hours * 3_600_000), "max.message.bytes": str(MAX_REQUEST_BYTES)}
        if topic.compacted:
            yield NewTopic(topic.name, 1, replication, topic_configs={"cleanup.policy": "compact"})
            continue
        yield NewTopic(topic.name, settings.partitions, replication, topic_configs=configs)
        if topic.has_dead_letters:
            yield NewTopic(topic.dead_letters, 1, replication, topic_configs=configs)
