"""An integrator at the door of the webhook endpoints."""

from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import httpx
from webhook_house import Platform

ROUTE = "/v1/webhook-endpoints"


@dataclass
class Integrator:
    platform: Platform
    tenant: str = "acme"
    made: dict[str, Any] = field(default_factory=dict)

    async def ask(self, method: str, path: str = "", body: Any = None, key: str | None = None) -> httpx.Response:
        headers = {"x-tenant": self.tenant, "idempotency-key": key or uuid4().hex}
        return await self.platform.house.api.request(method, ROUTE + path, json=body, headers=headers)

    async def register(self, path: str = "/mine", *events: str, **more: Any) -> dict[str, Any]:
        body = {"url": self.platform.house.provider.base + path, "events": list(events) or ["CaseOpened"]} | more
        answer = await self.ask("POST", body=body)
        assert answer.status_code == 201, answer.text
        self.made = answer.json()
        return self.made

    @property
    def id(self) -> str:
        return str(self.made["id"])

    async def shown(self) -> dict[str, Any]:
        answer = await self.ask("GET", f"/{self.id}")
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def deliveries(self, query: str = "") -> list[dict[str, Any]]:
        answer = await self.ask("GET", f"/{self.id}/deliveries{query}")
        assert answer.status_code == 200, answer.text
        items: list[dict[str, Any]] = answer.json()["items"]
        return items
