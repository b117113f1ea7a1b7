"""Faults that come as records: topics replayed from the beginning, records that nobody can read."""

from contracts.topics import TOPICS
from drills.nemesis import Scene
from drills.observe import read_topics, readable, readers
from runtime.batches import RawRecord
from runtime.kafka import producer_client
from runtime.producer import open_producer

REPLAYED = (
    "inbound.messages",
    "inbound.receipts",
    "routing.commands",
    "routing.events",
    "outbound.messages",
    "outbound.results",
)
DEEP = 2_000
BIG = 900_000


def poisons() -> tuple[bytes | None, ...]:
    return (
        b"{not json",
        b"",
        None,
        b"\xff\xfe bad utf-8",
        b"[" * DEEP + b"]" * DEEP,
        b'{"specversion":"9.9","id":"x"}',
        b'{"specversion":"1.0","id":"00000000-0000-5000-8000-000000000000","type":"madoguchi.Nothing","source":"x"}',
        b'{"specversion":' + b"9" * 5_000 + b"}",
        b'{"text":"a\\u0000b"}',
        b'"' + b"x" * BIG + b'"',
    )


async def replay(scene: Scene) -> None:
    """Every record of the message path once more, in its partition's order, with its own key and headers."""
    await scene.pause(4.0, 5.0)
    topics = await read_topics(scene.house)
    async with open_producer(scene.house.kafka) as producer:
        for name in REPLAYED:
            records = [
                RawRecord(name, one.key, one.value, tuple(one.headers))
                for one in topics[name]
                if readable(one) is not None
            ]
            if records:
                scene.count(len(records))
                await producer.publish_raw(records, 60)


async def poison(scene: Scene) -> None:
    """On every topic that somebody reads, between sound records. Each reader owes a dead letter."""
    read_by = await readers(scene.house)
    client = producer_client(scene.house.kafka)
    await client.start()
    try:
        for topic in (topic for topic in TOPICS if topic.name in REPLAYED):
            for value in scene.rng.sample(poisons(), len(poisons())):
                key = None if value is not None and scene.rng.random() < 0.3 else b"poisoned"
                await client.send_and_wait(topic.name, value, key)
                scene.count()
                scene.ledger.poison[topic.name] = scene.ledger.poison.get(topic.name, 0) + read_by[topic.name]
            await scene.pause(0.2, 0.6)
    finally:
        await client.stop()
