"""One tenant: its customers write, its agents work, its supervisors look. All of it over HTTP."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from centre.answers import Answer, read_answer, when
from centre.waiting import until
from contracts.config import TenantConfig
from madoguchi.house.saved import House
from madoguchi.house.tokens import SCOPES, Wanted, make_token
from madoguchi.writers.line import reply_token
from madoguchi.writers.table import said_now, write

AGENT_SCOPES = tuple(scope for scope in SCOPES if scope != "agents:write")
_PATIENCE = 60.0


@dataclass
class Tenant:
    """`known` remembers which customer a case is of."""

    name: str
    doors: House
    state: Path
    secrets: Mapping[str, str]
    http: httpx.AsyncClient
    config: TenantConfig = field(init=False)
    tokens: dict[str | None, str] = field(default_factory=dict)

    async def ask(self, text: str, sender: str | None = None, account: str = "messaging") -> str:
        """A customer writes; the open case it is filed in."""
        return await self.case_of(await self.write(text, sender, account), account)

    async def write(self, text: str, sender: str | None = None, account: str = "messaging") -> str:
        """The address of who wrote. The provider insists until the webhook is answered 2xx."""
        full = f"{self.name}-{account}"
        channel = next(one.channel for one in self.config.channel_accounts if one.id == full)
        said = said_now(channel, text, datetime.now(UTC), sender)
        signed = write(channel, said, self.config, self.secrets, full)
        if channel == "line":
            tokens = {"tokens": [{"token": reply_token(said), "user_id": said.sender}]}
            await self._insist("POST", f"{self.doors.url('sandbox')}/_control/line/reply-tokens", json=tokens)
        url = f"{self.doors.url('ingest')}{signed.path}"
        await self._insist("POST", url, content=signed.body, headers=dict(signed.headers))
        return said.sender

    async def case_of(self, sender: str, account: str = "messaging") -> str:
        return await self._of_contact("open_case_id", sender, account)

    async def customer_of(self, sender: str, account: str = "messaging") -> str:
        return await self._of_contact("customer_id", sender, account)

    async def _of_contact(self, wanted: str, sender: str, account: str) -> str:
        async def look() -> str | None:
            found = await self.look(
                "case-store", "/v1/contact-points", account=f"{self.name}-{account}", address=sender
            )
            return next((item[wanted] for item in (found or {}).get("items", []) if item[wanted]), None)

        return await until(look, f"{sender} has {wanted}")

    async def command(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        agent: str | None = None,
        key: str | None = None,
        service: str = "router",
    ) -> Answer:
        """Once more with the same key while nobody knows what became of it."""
        headers = {**self.bearer(agent), "Idempotency-Key": key or uuid4().hex}
        asked = {} if body is None else {"json": body}
        return read_answer(await self._insist(method, self.doors.url(service) + path, headers=headers, **asked))

    async def done(self, method: str, path: str, body: Any = None, **how: Any) -> dict[str, Any]:
        """A command that must be carried out; its answer."""
        answer = await self.command(method, path, body, **how)
        assert answer.status < 300, (method, path, body, answer)
        return answer.body

    async def look(self, service: str, path: str, **params: Any) -> Any:
        """None when there is no such thing, or nobody to ask just now."""
        try:
            answer = await self.http.get(self.doors.url(service) + path, params=params, headers=self.bearer())
        except httpx.TransportError:
            return None
        if answer.status_code in (404, 500, 503):
            return None
        answer.raise_for_status()
        return answer.json()

    async def look_at(self, path: str) -> dict[str, Any] | None:
        """The router's view without how old it is, so that two looks can be compared."""
        shown = await self.look("router", path)
        return (
            None if shown is None else {name: value for name, value in shown.items() if name not in ("as_of", "live")}
        )

    async def explain(self, case_id: str) -> dict[str, Any]:
        """By the owner, live."""

        async def live() -> dict[str, Any] | None:
            shown = await self.look("router", f"/v1/work/{case_id}/explain")
            return shown if shown is not None and shown["live"] else None

        return await until(live, f"{case_id} is explained live")

    async def work(self, case_id: str, **expected: Any) -> dict[str, Any]:
        """The router's view of the case, as soon as it is as expected."""
        last: list[Any] = []

        async def look() -> dict[str, Any] | None:
            shown = await self.look_at(f"/v1/work/{case_id}")
            last[:] = [shown]
            as_expected = shown is not None and all(shown[name] == wanted for name, wanted in expected.items())
            return shown if as_expected else None

        try:
            return await until(look, f"work {case_id} is {expected}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {last[0]}") from None

    async def decisions(self, case_id: str, kind: str | None = None) -> list[dict[str, Any]]:
        """What the router decided about the case, the oldest first, each with its instant."""
        shown = await self.look("router", f"/v1/work/{case_id}/explain")
        found = shown["decisions"] if shown is not None else []
        return [one | {"at": when(one["at"])} for one in found if kind in (None, one["type"])]

    async def decided(self, case_id: str, kind: str, count: int = 1) -> list[dict[str, Any]]:
        async def look() -> list[dict[str, Any]] | None:
            found = await self.decisions(case_id, kind)
            return found if len(found) >= count else None

        return await until(look, f"{count} × {kind} of {case_id}")

    async def filed(self, case_id: str, kind: str) -> None:
        """The case store has put what the router told into the case's timeline."""

        async def look() -> bool:
            page = await self.look("case-store", f"/v1/cases/{case_id}/timeline", limit=100)
            return page is not None and any(one["type"] == kind for one in page["items"])

        await until(look, f"{kind} is filed in {case_id}")

    async def ledger(self, case_id: str, kind: str, count: int = 1) -> list[dict[str, Any]]:
        """The SLA ledger's entries of this kind, once there are so many."""

        async def look() -> list[dict[str, Any]] | None:
            shown = await self.look("router", f"/v1/cases/{case_id}/sla/proof")
            entries = [one for one in (shown or {"ledger": []})["ledger"] if one["type"] == kind]
            return entries if len(entries) >= count else None

        return await until(look, f"{count} × {kind} in the ledger of {case_id}")

    async def proof(self, case_id: str) -> dict[str, Any]:
        async def look() -> dict[str, Any] | None:
            return await self.look("router", f"/v1/cases/{case_id}/sla/proof")

        shown = await until(look, f"the ledger of {case_id}")
        assert shown["agrees"], shown
        return shown

    def bearer(self, agent: str | None = None) -> dict[str, str]:
        """An agent's own token, or a supervisor's."""
        if agent not in self.tokens:
            wanted = Wanted(tenant=self.name, scopes=AGENT_SCOPES if agent else SCOPES, agent=agent)
            self.tokens[agent] = make_token(wanted, self.doors, self.state)
        return {"Authorization": f"Bearer {self.tokens[agent]}"}

    async def _insist(self, method: str, url: str, **request: Any) -> httpx.Response:
        async def once() -> httpx.Response | None:
            try:
                answer = await self.http.request(method, url, **request)
            except httpx.TransportError:
                return None
            return None if answer.status_code in (500, 502, 503, 504) else answer

        return await until(once, f"{method} {url} is answered", _PATIENCE)
