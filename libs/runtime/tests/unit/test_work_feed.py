"""What a poisoned record and a lost partition do to a feed: nothing."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from uuid import UUID

from aiokafka import TopicPartition
from aiokafka.errors import IllegalStateError

from contracts.config import TenantConfig
from contracts.envelope import Envelope, encode
from runtime.work_feed import KafkaFeed

PLACE = TopicPartition("inbound.messages", 3)
NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def sound() -> bytes:
    config = TenantConfig(tenant="acme", revision=1, applied_at=NOON, default_queue="q", queues=({"id": "q"},))
    return encode(Envelope(UUID(int=1), "acme", "test", NOON, config))


@dataclass
class Record:
    offset: int
    value: bytes | None


@dataclass
class Client:
    """As far as the feed asks it; `gone` are partitions that another member has."""

    records: list[Record]
    committed: dict[TopicPartition, int] = field(default_factory=dict)
    gone: bool = False

    async def getmany(self, **asked: int) -> dict[TopicPartition, list[Record]]:
        found, self.records = self.records, []
        return {PLACE: found} if found else {}

    async def commit(self, offsets: dict[TopicPartition, int]) -> None:
        if self.gone:
            raise IllegalStateError("not assigned")
        self.committed |= offsets

    def assignment(self) -> set[TopicPartition]:
        return set() if self.gone else {PLACE}


async def test_a_record_without_a_value_or_without_sense_is_passed_over() -> None:
    client = Client([Record(0, None), Record(1, b"{not json"), Record(2, b""), Record(3, sound())])
    feed = KafkaFeed(client, lambda value: b"" in value, commit_seconds=0)
    ((place, envelope),) = await feed.poll()
    assert (place.offset, envelope.id) == (3, UUID(int=1))
    feed.done(place)
    assert await feed.poll() == []
    assert client.committed == {PLACE: 4}


async def test_work_done_for_a_partition_that_went_elsewhere_is_of_no_account() -> None:
    client = Client([Record(0, sound())])
    feed = KafkaFeed(client, lambda value: True, commit_seconds=0)
    ((place, _),) = await feed.poll()
    client.gone = True
    await feed.poll()
    feed.done(place)
    assert client.committed == {}
