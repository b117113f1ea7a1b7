"""An agent at a desk: says what she does with a token of her own."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from centre.answers import Answer
from centre.tenant import Tenant
from centre.waiting import until


@dataclass(frozen=True, slots=True)
class Desk:
    tenant: Tenant
    agent_id: str

    async def is_(self, presence: str, channel_class: str | None = None) -> dict[str, Any]:
        body = {"presence": presence} | ({"channel_class": channel_class} if channel_class else {})
        return await self.tenant.done("PUT", f"/v1/agents/{self.agent_id}/presence", body, agent=self.agent_id)

    async def offered(self, case_id: str) -> str:
        """The id of the open offer of this case, as soon as there is one."""

        async def look() -> str | None:
            page = await self.tenant.look("router", f"/v1/agents/{self.agent_id}/offers")
            offers = page["items"] if page is not None else []
            return next((one["offer_id"] for one in offers if one["case_id"] == case_id), None)

        return await until(look, f"{self.agent_id} is offered {case_id}")

    async def accept(self, case_id: str) -> dict[str, Any]:
        return await self.tenant.done(
            "POST", f"/v1/offers/{await self.offered(case_id)}/accept", agent=self.agent_id
        )

    async def decline(self, case_id: str) -> dict[str, Any]:
        offer_id = await self.offered(case_id)
        return await self.tenant.done("POST", f"/v1/offers/{offer_id}/decline", {"reason": "busy"}, agent=self.agent_id)

    async def answers_offer(self, offer_id: str, how: str, key: str | None = None) -> Answer:
        return await self.tenant.command("POST", f"/v1/offers/{offer_id}/{how}", agent=self.agent_id, key=key)

    async def replies(self, case_id: str, text: str = "We look into it.", **said: Any) -> dict[str, Any]:
        path = f"/v1/cases/{case_id}/messages"
        return await self.tenant.done("POST", path, {"text": text, **said}, agent=self.agent_id, service="case-store")

    async def resolves(self, case_id: str) -> dict[str, Any]:
        path = f"/v1/cases/{case_id}/resolve"
        return await self.tenant.done("POST", path, agent=self.agent_id, service="case-store")

    async def on_work(self, case_id: str, what: str, body: Any = None) -> Answer:
        """`what`: pick, requeue, wrap-up/end, transfer, consult, consult/end."""
        return await self.tenant.command("POST", f"/v1/work/{case_id}/{what}", body, agent=self.agent_id)

    async def shown(self, **expected: Any) -> dict[str, Any]:
        return await self.shown_when(
            lambda agent: all(agent[name] == wanted for name, wanted in expected.items()), str(expected)
        )

    async def shown_when(self, holds: Callable[[dict[str, Any]], Any], what: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            agent = await self.tenant.look("router", f"/v1/agents/{self.agent_id}")
            return agent if agent is not None and holds(agent) else None

        return await until(look, f"agent {self.agent_id} is {what}")


async def hire(
    tenant: Tenant,
    agent_id: str,
    *queues: str,
    presence: str | None = "available",
    skills: dict[str, int] | None = None,
    **capacity: int,
) -> Desk:
    """An agent with one unit of messaging, unless said otherwise."""
    body = {"name": agent_id, "queues": queues, "skills": skills or {}, "capacity": capacity or {"messaging": 1}}
    await tenant.done("PUT", f"/v1/agents/{agent_id}", body)
    desk = Desk(tenant, agent_id)
    if presence is not None:
        await desk.is_(presence)
    return desk
