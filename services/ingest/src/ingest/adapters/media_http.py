"""Files from providers and from URLs that customers sent: to public addresses only, of bounded size, redirects one by one."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin, urlsplit

import httpx

from ingest.handlers.ports import Fetched, MediaRequest, NotFetched
from runtime.safe_target import Target, UnsafeTarget

MAX_REDIRECTS: Final = 5
_FINAL: Final = frozenset({400, 401, 403, 404, 405, 410, 451})
_PREPARING: Final = 202


class SafeFetch:
    """A secret header goes to the host that it is for and to no other."""

    def __init__(self, client: httpx.AsyncClient, target: Target, max_bytes: int) -> None:
        self._client = client
        self._target = target
        self._max_bytes = max_bytes

    async def fetch(self, request: MediaRequest) -> Fetched | NotFetched:
        """What is posted follows no redirect."""
        url, origin = request.url, urlsplit(request.url).netloc
        for _ in range(MAX_REDIRECTS + 1 if request.body is None else 1):
            try:
                own = request.headers if urlsplit(url).netloc == origin else {}
                found = await self._once(url, own, request.body)
            except UnsafeTarget as error:
                return NotFetched(str(error), final=True)
            except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
                return NotFetched(f"no whole answer: {type(error).__name__}", final=False)
            if not isinstance(found, str):
                return found
            url = urljoin(url, found)
        return NotFetched(f"more than {MAX_REDIRECTS} redirects", final=True)

    async def _once(self, url: str, headers: Mapping[str, str], body: bytes | None) -> Fetched | NotFetched | str:
        """A string is where it leads."""
        place = await self._target.resolve(url)
        own = {"Accept-Encoding": "identity", "User-Agent": "madoguchi-ingest", **headers, "Host": place.host}
        extensions = {"sni_hostname": place.server_name, "timeout": self._client.timeout.as_dict()}
        if body is not None:
            own["Content-Type"] = "application/x-www-form-urlencoded"
        asked = self._client.stream(
            "GET" if body is None else "POST", place.url, headers=own, content=body, extensions=extensions
        )
        async with asked as answer:
            if answer.is_redirect and "location" in answer.headers:
                return answer.headers["location"]
            if answer.status_code == _PREPARING:
                return NotFetched("the provider is still preparing the file", final=False)
            if not answer.is_success:
                return NotFetched(f"answered {answer.status_code}", final=answer.status_code in _FINAL)
            return await self._body(answer)

    async def _body(self, answer: httpx.Response) -> Fetched | NotFetched:
        content = bytearray()
        async for chunk in answer.aiter_bytes():
            content += chunk
            if len(content) > self._max_bytes:
                return NotFetched(f"larger than {self._max_bytes} bytes", final=True)
        return Fetched(bytes(content), answer.headers.get("content-type"))
