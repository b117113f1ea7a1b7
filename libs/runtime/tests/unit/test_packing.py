"""Records that share a row or a batch come out as they went in, and go where one alone would have gone."""

from random import Random
from uuid import UUID, uuid5

from aiokafka.partitioner import DefaultPartitioner

from runtime import batches, packing
from runtime.batches import RawRecord
from runtime.ids import NAMESPACE, event_id, event_id_text


def test_packed_records_come_out_in_order_with_their_bytes() -> None:
    dice = Random(1)
    records = [
        RawRecord(
            f"topic.{number % 3}",
            dice.randbytes(number % 40),
            dice.randbytes(dice.randrange(3_000)),
            tuple((f"name-{place}", dice.randbytes(place)) for place in range(number % 5)),
        )
        for number in range(300)
    ]
    assert packing.unpack(packing.pack(records)) == tuple(records)
    assert packing.unpack(b"") == ()


def test_a_record_laid_into_our_batch_goes_to_the_clients_partition() -> None:
    dice, theirs = Random(2), DefaultPartitioner()
    for _ in range(500):
        key, count = dice.randbytes(dice.randrange(1, 60)), dice.randrange(1, 17)
        assert batches._hash(key) % count == theirs(key, list(range(count)), list(range(count)))


def test_an_events_id_is_the_uuid_of_version_5_of_its_parts() -> None:
    for number in range(200):
        expected = uuid5(NAMESPACE, f"router|WorkAssigned|{number}")
        assert event_id("router", "WorkAssigned", str(number)) == expected
        assert UUID(event_id_text("router", "WorkAssigned", str(number))) == expected
