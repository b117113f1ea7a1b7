"""A broker of lists, for tests of this service: it keeps what it acknowledged and can be told to fail as a broker does."""

from collections.abc import Sequence

from contracts.envelope import decode, encode
from runtime.errors import DependencyDown, OutcomeUnknown
from runtime.producer import Record


class MemoryProducer:
    """`down` refuses everything; `lands` counts the records of the next webhook that land before the acknowledgements stop."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.down = False
        self.lands: int | None = None

    async def publish(self, records: Sequence[Record], timeout: float) -> None:
        if self.down:
            raise DependencyDown("Kafka can't be reached")
        for record in records:
            decode(encode(record.envelope))
        landed, self.lands = self.lands, None
        self.records += records[:landed]
        if landed is not None and landed < len(records):
            raise OutcomeUnknown(f"no acknowledgement within {timeout:g} s")
