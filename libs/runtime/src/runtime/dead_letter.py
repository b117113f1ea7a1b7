"""What can't be worked on goes to `<topic>.dlq` with its original bytes and the reason, through the outbox like every other effect."""

from typing import Final

import asyncpg
from aiokafka import ConsumerRecord

from runtime.batches import RawRecord

MAX_ATTEMPTS: Final = 5


def dead_letter(record: ConsumerRecord, *, consumer: str, code: str, reason: str) -> RawRecord:
    """The record as it came, plus headers that say where from, for whom and why."""
    why = (
        ("dlq-consumer", consumer.encode()),
        ("dlq-topic", record.topic.encode()),
        ("dlq-partition", str(record.partition).encode()),
        ("dlq-offset", str(record.offset).encode()),
        ("dlq-code", code.encode()),
        ("dlq-reason", reason[:500].encode("utf-8", "replace")),
    )
    kept = tuple((name, value) for name, value in record.headers if not name.startswith("dlq-"))
    return RawRecord(f"{record.topic}.dlq", record.key or b"", record.value or b"", kept + why)


async def count_attempt(pool: asyncpg.Pool, consumer: str, record: ConsumerRecord, reason: str) -> int:
    """How often this record has failed by itself, kept in the store so that a restart doesn't start over."""
    attempts: int = await pool.fetchval(
        """INSERT INTO delivery_attempt (consumer, topic, partition, "offset", attempts, reason) VALUES ($1, $2, $3, $4, 1, $5)
           ON CONFLICT (consumer, topic, partition, "offset")
           DO UPDATE SET attempts = delivery_attempt.attempts + 1, reason = $5, last_at = now()
           RETURNING attempts""",
        consumer,
        record.topic,
        record.partition,
        record.offset,
        reason[:500],
    )
    return attempts
