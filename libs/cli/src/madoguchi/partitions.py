"""The partitions of topics, as the broker has them."""

from collections.abc import Iterable

from aiokafka import TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from contracts.topic import Topic
from runtime.settings import KafkaSettings


async def partitions_of(topics: Iterable[Topic], settings: KafkaSettings) -> list[TopicPartition]:
    """Raises KafkaError."""
    admin = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap)
    try:
        await admin.start()
        described = await admin.describe_topics([topic.name for topic in topics])
    finally:
        await admin.close()
    return [TopicPartition(topic["topic"], one["partition"]) for topic in described for one in topic["partitions"]]
