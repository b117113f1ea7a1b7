from bisect import bisect_left, insort
from collections.abc import Iterator

from router.domain.signatures import Signature

Key = tuple[int, int, str, Signature]

_CHUNK = 512


class SortedKeys:
    """Keys in order, in chunks, so that adding and removing cost the same at ten and at a hundred thousand.

    No two keys are of one case, so signatures are never compared.
    """

    __slots__ = ("_chunks", "_lasts", "head")

    def __init__(self) -> None:
        self._chunks: list[list[Key]] = []
        self._lasts: list[Key] = []
        self.head: Key | None = None

    def __len__(self) -> int:
        return sum(map(len, self._chunks))

    def __iter__(self) -> Iterator[Key]:
        for chunk in self._chunks:
            yield from chunk

    def add(self, key: Key) -> None:
        chunks = self._chunks
        if not chunks:
            chunks.append([key])
            self._lasts.append(key)
            self.head = key
            return
        at = min(bisect_left(self._lasts, key), len(chunks) - 1) if len(chunks) > 1 else 0
        chunk = chunks[at]
        insort(chunk, key)
        self._lasts[at] = chunk[-1]
        self.head = chunks[0][0]
        if len(chunk) > 2 * _CHUNK:
            self._split(at)

    def remove(self, key: Key) -> None:
        """Raises KeyError when the key is not there. The head, which is what agents take, is not searched for."""
        at, place = (0, 0) if key is self.head else self._find(key)
        chunk = self._chunks[at]
        del chunk[place]
        if chunk:
            self._lasts[at] = chunk[-1]
        else:
            del self._chunks[at], self._lasts[at]
        self.head = self._chunks[0][0] if self._chunks else None

    def rank(self, key: Key) -> int:
        """How many keys come before this one."""
        at = bisect_left(self._lasts, key)
        before = sum(map(len, self._chunks[:at]))
        return before + bisect_left(self._chunks[at], key) if at < len(self._chunks) else before

    def _find(self, key: Key) -> tuple[int, int]:
        at = bisect_left(self._lasts, key)
        chunk = self._chunks[at] if at < len(self._chunks) else []
        place = bisect_left(chunk, key)
        if place == len(chunk) or chunk[place] != key:
            raise KeyError(key)
        return at, place

    def _split(self, at: int) -> None:
        chunk = self._chunks[at]
        self._chunks[at : at + 1] = [chunk[:_CHUNK], chunk[_CHUNK:]]
        self._lasts[at : at + 1] = [chunk[_CHUNK - 1], chunk[-1]]
