"""Who owns a partition, and how far its effects have come. The row decides, not the broker: a zombie's commit finds another epoch."""

from dataclasses import dataclass
from datetime import datetime

import asyncpg

from runtime.errors import Fenced
from runtime.postgres import Database


@dataclass(frozen=True, slots=True)
class Lease:
    consumer: str
    topic: str
    partition: int
    epoch: int
    next_offset: int

    async def advance(self, connection: asyncpg.Connection, first: int, last: int) -> datetime:
        """Inside the effects' transaction: records first..last are done. Returns the database's now.

        Raises Fenced if another owner came, or if they were done before.
        """
        now: datetime | None = await connection.fetchval(
            """UPDATE partition_lease SET next_offset = $5
               WHERE consumer = $1 AND topic = $2 AND partition = $3 AND epoch = $4 AND next_offset <= $6
               RETURNING now()""",
            self.consumer,
            self.topic,
            self.partition,
            self.epoch,
            last + 1,
            first,
        )
        if now is None:
            raise self._fenced()
        return now

    async def hold(self, connection: asyncpg.Connection) -> datetime:
        """Inside a transaction that consumes nothing: no other owner can come before it ends. As `advance`."""
        now: datetime | None = await connection.fetchval(
            """SELECT now() FROM partition_lease
               WHERE consumer = $1 AND topic = $2 AND partition = $3 AND epoch = $4 FOR UPDATE""",
            self.consumer,
            self.topic,
            self.partition,
            self.epoch,
        )
        if now is None:
            raise self._fenced()
        return now

    def _fenced(self) -> Fenced:
        return Fenced(f"{self.topic}/{self.partition} of {self.consumer} has another owner than epoch {self.epoch}")


async def take(database: Database, consumer: str, topic: str, partition: int, owner: str) -> Lease:
    """From the return on, every earlier owner is fenced."""
    row = await database.system.fetchrow(
        """INSERT INTO partition_lease (consumer, topic, partition, epoch, owner) VALUES ($1, $2, $3, 1, $4)
           ON CONFLICT (consumer, topic, partition) DO UPDATE SET epoch = partition_lease.epoch + 1, owner = $4
           RETURNING epoch, next_offset""",
        consumer,
        topic,
        partition,
        owner,
    )
    return Lease(consumer, topic, partition, row["epoch"], row["next_offset"])
