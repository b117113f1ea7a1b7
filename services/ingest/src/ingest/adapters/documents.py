"""Providers' public documents: key sets and certificates, held for an hour, and longer while their host is away."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import httpx

from runtime.errors import DependencyDown
from runtime.safe_target import Target, UnsafeTarget

FETCH_SECONDS: Final = 3.0
"""The provider waits for our answer meanwhile."""
FRESH_SECONDS: Final = 3600.0
MAX_BYTES: Final = 1024 * 1024
MAX_HELD: Final = 256


@dataclass(frozen=True, slots=True)
class _Held:
    content: bytes
    until: float


class FetchedDocuments:
    """Where they lie is the channel's knowledge; that the address is a public one is checked here."""

    def __init__(self, client: httpx.AsyncClient, target: Target, now: Callable[[], float] = time.monotonic) -> None:
        self._client = client
        self._target = target
        self._now = now
        self._held: dict[str, _Held] = {}

    async def fetch(self, url: str) -> bytes:
        held = self._held.get(url)
        if held is not None and self._now() < held.until:
            return held.content
        try:
            async with asyncio.timeout(FETCH_SECONDS):
                content = await self._get(url)
        except (httpx.HTTPError, UnsafeTarget, OSError, TimeoutError) as error:
            if held is not None:
                return held.content
            raise DependencyDown("a provider's keys can't be fetched now") from error
        if len(self._held) >= MAX_HELD:
            self._held.pop(next(iter(self._held)))
        self._held[url] = _Held(content, self._now() + FRESH_SECONDS)
        return content

    async def _get(self, url: str) -> bytes:
        place = await self._target.resolve(url)
        extensions = {"sni_hostname": place.server_name, "timeout": self._client.timeout.as_dict()}
        async with self._client.stream("GET", place.url, headers={"Host": place.host}, extensions=extensions) as answer:
            answer.raise_for_status()
            content = bytearray()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > MAX_BYTES:
                    raise httpx.DecodingError("the document is larger than expected")
        return bytes(content)
