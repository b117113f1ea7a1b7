"""The record of every request and of every message that a person would see."""

import json
from collections import Counter, deque
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from sandbox.wire import Answer, Call, Clock, Json, Shown, encode_json, fingerprint

_SECRET_HEADERS = frozenset({"authorization", "cookie", "proxy-authorization"})
_PER_ENTRY_OVERHEAD = 700


@dataclass(frozen=True, slots=True)
class Entry:
    n: int
    at: datetime
    call: Json
    headers: bytes
    body: bytes
    status: int | None
    fault: str | None
    visible: tuple[str, ...]

    @property
    def size(self) -> int:
        return len(self.headers) + len(self.body) + _PER_ENTRY_OVERHEAD


@dataclass(frozen=True, slots=True)
class Visible:
    n: int
    at: datetime
    request_n: int
    provider: str
    traceparent: str | None
    shown: Shown


class Ledger:
    def __init__(self, clock: Clock, max_entries: int, max_bytes: int) -> None:
        self._clock = clock
        self._max_entries = max_entries
        self._max_bytes = max_bytes
        self._n = 0
        self.reset()

    def reset(self) -> None:
        """Forget everything but the sequence: numbers handed out before stay unique cursors."""
        self._entries: deque[Entry] = deque()
        self._bytes = 0
        self._visible: deque[Visible] = deque(maxlen=self._max_entries)
        self._counts: Counter[tuple[str, str]] = Counter()

    def record(self, call: Call, recipient: str | None, answer: Answer, status: int | None, fault: str | None) -> None:
        self._n += 1
        at = self._clock.now()
        self._append(self._entry(call, recipient, answer, status, fault, at))
        traceparent = call.headers.get("traceparent")
        for shown in answer.shown:
            self._n += 1
            self._visible.append(Visible(self._n, at, self._entries[-1].n, call.provider, traceparent, shown))
        self._count(call.provider, answer, fault)

    def _entry(
        self, call: Call, recipient: str | None, answer: Answer, status: int | None, fault: str | None, at: datetime
    ) -> Entry:
        place = {"provider": call.provider, "method": call.method, "path": call.path, "recipient": recipient}
        ids = tuple(shown.provider_id for shown in answer.shown)
        return Entry(self._n, at, place, encode_json(redact(call.headers)), call.body, status, fault, ids)

    def _append(self, entry: Entry) -> None:
        self._entries.append(entry)
        self._bytes += entry.size
        while len(self._entries) > self._max_entries or (self._bytes > self._max_bytes and len(self._entries) > 1):
            self._bytes -= self._entries.popleft().size
            self._counts["evicted", "requests"] += 1

    def _count(self, provider: str, answer: Answer, fault: str | None) -> None:
        self._counts["requests", provider] += 1
        if answer.shown:
            self._counts["visible", provider] += len(answer.shown)
        if answer.duplicate:
            self._counts["duplicates", provider] += 1
        if fault:
            self._counts["faults", fault] += 1

    def requests(self, provider: str | None, recipient: str | None, since: int, limit: int) -> Json:
        wanted = (
            entry
            for entry in self._entries
            if entry.n > since
            and provider in (None, entry.call["provider"])
            and recipient in (None, entry.call["recipient"])
        )
        return _page(map(_entry_json, wanted), limit)

    def visible(self, provider: str | None, recipient: str | None, since: int, limit: int) -> Json:
        wanted = (
            item
            for item in self._visible
            if item.n > since and provider in (None, item.provider) and recipient in (None, item.shown.recipient)
        )
        return _page(map(_visible_json, wanted), limit)

    def counts(self) -> dict[str, dict[str, int]]:
        table: dict[str, dict[str, int]] = {
            "requests": {},
            "visible": {},
            "duplicates": {},
            "faults": {},
            "evicted": {},
        }
        for (group, name), value in sorted(self._counts.items()):
            table[group][name] = value
        return table


def redact(headers: Mapping[str, str]) -> Json:
    return {name: _hashed(value) if name in _SECRET_HEADERS else value for name, value in headers.items()}


def _hashed(value: str) -> str:
    scheme, _, secret = value.partition(" ")
    return f"{scheme} sha256:{fingerprint(secret)}" if secret else f"sha256:{fingerprint(scheme)}"


def _page(items: Iterable[Json], limit: int) -> Json:
    page = list(islice(items, limit + 1))
    more = len(page) > limit
    page = page[:limit]
    return {"items": page, "next": page[-1]["n"] if more else None}


def _entry_json(entry: Entry) -> Json:
    return {
        "n": entry.n,
        "at": entry.at.isoformat(timespec="milliseconds"),
        **entry.call,
        "headers": json.loads(entry.headers),
        "body": readable(entry.body),
        "status": entry.status,
        "fault": entry.fault,
        "visible": list(entry.visible),
    }


def _visible_json(item: Visible) -> Json:
    return {
        "n": item.n,
        "at": item.at.isoformat(timespec="milliseconds"),
        "request_n": item.request_n,
        "provider": item.provider,
        "traceparent": item.traceparent,
        **asdict(item.shown),
    }


def readable(body: bytes) -> Any:
    """JSON when it is JSON, text when it is not, nothing when empty."""
    if not body:
        return None
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        return body.decode("utf-8", "backslashreplace")
