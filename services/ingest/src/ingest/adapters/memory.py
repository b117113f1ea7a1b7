"""What stands behind the ports in tests of this service: a broker of lists that can be told to fail as a broker does, files, documents."""

from collections.abc import Mapping, Sequence

from contracts.envelope import decode, encode
from ingest.handlers.ports import Fetched, MediaRequest, NotFetched
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


class MemoryFiles:
    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.down = False

    async def put(self, key: str, content: bytes) -> None:
        if self.down:
            raise DependencyDown("the object storage takes no files")
        self.kept[key] = content

    async def get(self, key: str) -> bytes | None:
        return self.kept.get(key)

    async def has(self, key: str) -> bool:
        return key in self.kept


class MemoryDocuments:
    def __init__(self, held: Mapping[str, bytes]) -> None:
        self._held = held

    async def fetch(self, url: str) -> bytes:
        if url not in self._held:
            raise DependencyDown("a provider's keys can't be fetched now")
        return self._held[url]


class MemoryHttp:
    """What lies elsewhere by URL; `down` answers nothing."""

    def __init__(self, held: Mapping[str, bytes]) -> None:
        self._held = held
        self.down = False

    async def fetch(self, request: MediaRequest) -> Fetched | NotFetched:
        if request.url not in self._held or self.down:
            return NotFetched("answered nothing" if self.down else "answered 404", final=not self.down)
        return Fetched(self._held[request.url], None)
