"""A bot at its door, beside the house that the other tests use."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest

from case_store.entrypoints.bot_clock import BotClock
from case_store.wiring import bot_clock_for_tests
from contracts.base import Contract
from contracts.config import Queue
from runtime.ids import SystemIds

FAQ: dict[str, Any] = {
    "id": "faq",
    "name": "案内係",
    "channels": ("line", "whatsapp"),
    "lease": "PT1H",
    "answer_within": "PT2H",
    "triggers": {"words": ("担当者", "agent"), "failures": 2, "confidence_below": 0.5, "sentiment_below": -0.5},
}


@dataclass
class BotDesk:
    house: Any
    clock: BotClock
    revision: int = 1

    def faq(self, changes: dict[str, Any] | None = None, **parts: Any) -> None:
        """The bot of these tests, changed, and nothing else but `parts`."""
        self.configure(FAQ | (changes or {}), **parts)

    def configure(self, *bots: dict[str, Any], **parts: Any) -> None:
        self.revision += 1
        stated = {"skills": ("japanese",), "queues": (Queue(id="main"), Queue(id="refunds")), **parts}
        self.house.configs.accept(self.house.tenant_config("acme", revision=self.revision, bots=bots, **stated))

    async def write(self, text: str = "営業時間は？", **changes: Any) -> UUID:
        """A customer's message; its case."""
        return UUID(str(await self.house.open_case(self.house.line_message(text=text, **changes))))

    async def ask(
        self, method: str, path: str, body: Any = None, *, bot: str = "faq", key: str | None = None
    ) -> httpx.Response:
        headers = {"x-scopes": f"bots:act bot:{bot}", "idempotency-key": key or uuid4().hex}
        content = {} if body is None else {"json": body}
        answer: httpx.Response = await self.house.api.request(method, f"/v1/{path}", headers=headers, **content)
        return answer

    async def reply(self, case_id: UUID, version: int, text: str = "9時からです。", **body: Any) -> httpx.Response:
        key = body.pop("key", None)
        return await self.ask(
            "POST", f"cases/{case_id}/bot/replies", {"version": version, "text": text, **body}, key=key
        )

    async def turns(self, bot: str = "faq") -> list[dict[str, Any]]:
        return list((await self.ask("GET", f"bots/{bot}/turns", bot=bot)).json()["items"])

    async def listed(self, **asked: str) -> list[UUID]:
        """The ids of the cases that the list shows, the youngest first."""
        items = (await self.house.api.get("/v1/cases", params=asked)).json()["items"]
        return [UUID(one["id"]) for one in items]

    async def handling(self, case_id: UUID) -> dict[str, Any]:
        return dict((await self.house.api.get(f"/v1/cases/{case_id}/handling")).json())

    async def state(self, case_id: UUID) -> tuple[str, str, int]:
        shown = await self.handling(case_id)
        return shown["state"], shown["reason"], shown["version"]

    async def give_back(self, case_id: UUID) -> httpx.Response:
        return await self._as_agent(case_id, "give-back")

    async def take(self, case_id: UUID, **headers: str) -> httpx.Response:
        return await self._as_agent(case_id, "take", **headers)

    async def _as_agent(self, case_id: UUID, what: str, **headers: str) -> httpx.Response:
        answer: httpx.Response = await self.house.api.post(
            f"/v1/cases/{case_id}/handling/{what}", headers={"x-agent": "aiko"} | headers
        )
        return answer

    async def emitted(self, *kinds: type[Contract]) -> list[Any]:
        return list(await self.house.emitted(*kinds))

    async def history(self, case_id: UUID) -> list[tuple[str, str, bool]]:
        """Who said what, and whether it was automatic."""
        items = (await self.house.api.get(f"/v1/cases/{case_id}/messages")).json()["items"]
        return [(one["author"]["kind"], one["content"]["text"], one["automatic"]) for one in items]


@pytest.fixture
def bots(house: Any) -> BotDesk:
    desk = BotDesk(house, bot_clock_for_tests(house.configs, SystemIds(), house.transactions))
    desk.faq()
    return desk
