"""The house's APIs as an agent's desktop uses them."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import httpx

from madoguchi.house.saved import House
from runtime.ids import SystemIds

SECONDS = 15.0
POLL_SECONDS = 0.05
_T = TypeVar("_T")


class StoryBroken(Exception):
    """Something that the story promises did not happen. The message is one sentence."""


class Desk:
    """One person's client. Every command has an Idempotency-Key of its own."""

    def __init__(self, client: httpx.AsyncClient, house: House, token: str) -> None:
        self._client = client
        self._house = house
        self._headers = {"authorization": f"Bearer {token}"}

    async def get(self, service: str, path: str, **query: str) -> Any:
        return await self._ask("GET", service, path, params=query)

    async def all(self, service: str, path: str) -> list[Any]:
        """Every page."""
        found: list[Any] = []
        cursor: str | None = None
        while True:
            page = await self.get(service, path, limit="50", **({"cursor": cursor} if cursor else {}))
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def do(
        self, method: str, service: str, path: str, body: Mapping[str, Any], *, key: str | None = None, **headers: str
    ) -> Any:
        sent = {"idempotency-key": key or str(SystemIds().new()), **headers}
        return await self._ask(method, service, path, json=dict(body), headers=sent)

    async def _ask(self, method: str, service: str, path: str, **request: Any) -> Any:
        headers = self._headers | request.pop("headers", {})
        try:
            answer = await self._client.request(
                method, f"{self._house.url(service)}{path}", headers=headers, timeout=SECONDS, **request
            )
        except httpx.HTTPError as error:
            raise StoryBroken(f"{service} can't be reached: {type(error).__name__}") from error
        if not answer.is_success:
            raise StoryBroken(f"{method} {path} of {service} was answered {answer.status_code}: {answer.text[:300]}")
        return answer.json()


async def eventually(ask: Callable[[], Awaitable[_T | None]], what: str, within: float = 20.0) -> _T:
    """Asks until there is an answer. Raises StoryBroken when the time is up."""
    try:
        async with asyncio.timeout(within):
            while True:
                found = await ask()
                if found is not None:
                    return found
                await asyncio.sleep(POLL_SECONDS)
    except TimeoutError:
        raise StoryBroken(f"{what}: did not happen within {within:g} s") from None
