"""Records as one run of bytes: the number of a record's parts, their lengths, the parts."""

from collections.abc import Iterable, Iterator
from functools import lru_cache
from struct import Struct
from typing import Final

from runtime.batches import RawRecord

_COUNT: Final = Struct(">I")


def pack(records: Iterable[RawRecord]) -> bytes:
    return b"".join(map(_packed, records))


def unpack(packed: bytes) -> tuple[RawRecord, ...]:
    return tuple(_records(packed))


def _packed(record: RawRecord) -> bytes:
    parts = [_bytes(record.topic), record.key, record.value]
    for name, value in record.headers:
        parts += _bytes(name), value
    return _lengths(1 + len(parts)).pack(len(parts), *map(len, parts)) + b"".join(parts)


_bytes: Final = lru_cache(maxsize=256)(str.encode)  # of topics and headers, which are few


@lru_cache(maxsize=64)
def _lengths(count: int) -> Struct:
    return Struct(f">{count}I")


def _records(packed: bytes) -> Iterator[RawRecord]:
    at = 0
    while at < len(packed):
        (count,) = _COUNT.unpack_from(packed, at)
        lengths = Struct(f">{count}I").unpack_from(packed, at + 4)
        at += 4 + 4 * count
        parts = []
        for length in lengths:
            parts.append(packed[at : at + length])
            at += length
        topic, key, value, *headers = parts
        names = (name.decode() for name in headers[::2])
        yield RawRecord(topic.decode(), key, value, tuple(zip(names, headers[1::2], strict=True)))
