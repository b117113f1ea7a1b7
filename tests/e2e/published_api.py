"""A client that knows an API by its published document only: operations by name, bodies and answers held to their schemas."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import uuid4

import httpx
from jsonschema import Draft202012Validator

T = TypeVar("T")


@dataclass
class PublishedApi:
    """`called` are the operations that were used."""

    http: httpx.AsyncClient
    base: str
    token: str
    document: dict[str, Any] = field(default_factory=dict)
    called: set[str] = field(default_factory=set)

    @classmethod
    async def open(cls, http: httpx.AsyncClient, base: str, token: str) -> "PublishedApi":
        answer = await http.get(f"{base}/openapi.json")
        assert answer.status_code == 200
        return cls(http, base, token, answer.json())

    async def ask(
        self, operation: str, body: Any = None, *, expect: int = 200, key: str | None = None, **named: Any
    ) -> Any:
        """`named` are its parameters, of the path and of the query. Returns the JSON, or the bytes where there is none."""
        method, path, stated = self._find(operation)
        self.called.add(operation)
        places = {one["name"]: one["in"] for one in stated.get("parameters", ())}
        unknown = sorted(named.keys() - places.keys())
        assert not unknown, f"{operation} has no parameter {unknown}"
        if body is not None:
            self._hold(stated["requestBody"]["content"]["application/json"]["schema"], body, f"{operation}'s body")
        headers = {"authorization": f"Bearer {self.token}"}
        if method != "get" and "Idempotency-Key" in places:
            headers["idempotency-key"] = key or uuid4().hex
        query = {name: value for name, value in named.items() if places[name] == "query"}
        inside = {name: value for name, value in named.items() if places[name] == "path"}
        answer = await self.http.request(
            method, self.base + path.format(**inside), params=query, json=body, headers=headers
        )
        assert answer.status_code == expect, f"{operation}: {answer.status_code} {answer.text}"
        return self._told(operation, stated, answer)

    async def pages(self, operation: str, **named: Any) -> AsyncIterator[Any]:
        """Every item, by following `next`."""
        cursor: dict[str, str] = {}
        while True:
            page = await self.ask(operation, **named, **cursor)
            for item in page["items"]:
                yield item
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}

    def _find(self, operation: str) -> tuple[str, str, Mapping[str, Any]]:
        for path, methods in self.document["paths"].items():
            for method, stated in methods.items():
                if stated["operationId"] == operation:
                    return method, path, stated
        raise AssertionError(f"nothing is called {operation}")

    def _told(self, operation: str, stated: Mapping[str, Any], answer: httpx.Response) -> Any:
        said = stated["responses"].get(str(answer.status_code)) or stated["responses"][f"{answer.status_code // 100}XX"]
        media = answer.headers.get("content-type", "").partition(";")[0]
        content = said.get("content", {}).get(media)
        if content is None or not media.endswith("json"):
            return answer.content
        self._hold(content["schema"], answer.json(), f"{operation}'s answer")
        return answer.json()

    def _hold(self, schema: Mapping[str, Any], value: Any, what: str) -> None:
        validator = Draft202012Validator({**schema, "components": self.document["components"]})
        wrong = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(value)]
        assert wrong == [], what


async def soon(ask: Callable[[], Awaitable[T | None]], what: str, within: float = 90.0) -> T:
    try:
        async with asyncio.timeout(within):
            while (found := await ask()) is None:
                await asyncio.sleep(0.1)
            return found
    except TimeoutError:
        raise AssertionError(f"{what}: not within {within:g} s") from None
