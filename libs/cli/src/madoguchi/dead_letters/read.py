"""Reading dead-letter topics from their beginning to now."""

import asyncio
from typing import Final

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from contracts.topics import TOPICS
from madoguchi.dead_letters.model import DeadLetter, letters_of
from madoguchi.errors import Stop
from runtime import kafka
from runtime.errors import DependencyDown
from runtime.settings import KafkaSettings

SECONDS: Final = 60.0
DEAD_LETTER_TOPICS: Final = tuple(topic.dead_letters for topic in TOPICS if topic.has_dead_letters)


def dead_letter_topic(name: str) -> str:
    """`case.events` and `case.events.dlq` mean the same. Raises Stop for another name."""
    topic = name if name.endswith(".dlq") else f"{name}.dlq"
    if topic not in DEAD_LETTER_TOPICS:
        raise Stop(f"there is no dead-letter topic '{topic}'; there are {', '.join(DEAD_LETTER_TOPICS)}")
    return topic


async def read_letters(topics: tuple[str, ...], settings: KafkaSettings) -> list[DeadLetter]:
    """The oldest first. Those that went back already are among them, marked."""
    client = kafka.reader_client(settings)
    try:
        async with asyncio.timeout(SECONDS):
            await client.start()
            found = [letter for topic in topics for letter in letters_of(await _records(client, topic))]
    except (KafkaError, TimeoutError, OSError) as error:
        raise DependencyDown(f"the dead letters can't be read: {type(error).__name__}") from error
    finally:
        await client.stop()
    return sorted(found, key=lambda letter: (letter.at, letter.topic, letter.offset))


async def _records(client: AIOKafkaConsumer, topic: str) -> list[ConsumerRecord]:
    """A dead-letter topic has one partition."""
    partition = TopicPartition(topic, 0)
    client.assign([partition])
    await client.seek_to_beginning(partition)
    end = (await client.end_offsets([partition]))[partition]
    found: list[ConsumerRecord] = []
    while await client.position(partition) < end:
        for records in (await client.getmany(timeout_ms=500)).values():
            found += records
    return [record for record in found if record.offset < end]
