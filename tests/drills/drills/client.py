"""One more request, until there is an answer that says something: what providers and desktops do."""

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from drills.ledger import Outcome

ASK_SECONDS = 6.0
_UNCERTAIN = frozenset({408, 409, 425, 429})


@dataclass(frozen=True, slots=True)
class Told:
    """What came of it, and when by the loop's clock. `asked` counts requests; `body` is the last answer's, when it is JSON."""

    outcome: Outcome
    asked: int
    status: int
    at: float
    body: Any = None

    @property
    def why(self) -> str:
        """The code of a refusal, else its status."""
        if self.outcome is not Outcome.FAIL:
            return ""
        return str(self.body.get("code", self.status)) if isinstance(self.body, dict) else str(self.status)


def together(told: Sequence[Told]) -> Told:
    """Of the same request made several times, whatever the answers were: one yes is a yes, and a lost answer may have been one."""
    by_weight = (Outcome.OK, Outcome.UNKNOWN, Outcome.FAIL)
    return min(told, key=lambda one: by_weight.index(one.outcome))


class Client:
    """Asks any member of a service; the next one when the first says nothing of use."""

    def __init__(self, http: httpx.AsyncClient, rng: random.Random) -> None:
        self._http = http
        self._rng = rng

    async def insist(self, method: str, bases: Sequence[str], path: str, patience: float, **request: Any) -> Told:
        """OK on 2xx, FAIL on an answer that is final, UNKNOWN when patience ends first. Zero patience asks once.

        A refusal after a request whose answer was lost is UNKNOWN too: the lost one may still arrive, and be taken.
        """
        order = self._rng.sample(list(bases), len(bases))
        loop = asyncio.get_running_loop()
        until, asked, status, lost = loop.time() + patience, 0, 0, False
        while True:
            answer = await self._once(method, order[asked % len(order)] + path, request)
            asked += 1
            status = answer.status_code if answer is not None else 0
            if answer is not None and answer.is_success:
                return Told(Outcome.OK, asked, status, loop.time(), _json(answer))
            if answer is not None and _final(answer):
                outcome = Outcome.UNKNOWN if lost else Outcome.FAIL
                return Told(outcome, asked, status, loop.time(), _json(answer))
            lost = True
            if loop.time() >= until:
                return Told(Outcome.UNKNOWN, asked, status, loop.time())
            await asyncio.sleep(self._rng.uniform(0.05, 0.3))

    async def get(self, bases: Sequence[str], path: str, headers: Mapping[str, str], **query: str) -> Any | None:
        """One try; None when there is no good answer."""
        answer = await self._once("GET", self._rng.choice(bases) + path, {"headers": headers, "params": query})
        return _json(answer) if answer is not None and answer.is_success else None

    async def _once(self, method: str, url: str, request: Mapping[str, Any]) -> httpx.Response | None:
        try:
            async with asyncio.timeout(ASK_SECONDS):
                return await self._http.request(method, url, **request)
        except (httpx.HTTPError, TimeoutError):
            return None


def _final(answer: httpx.Response) -> bool:
    """A conflict with a code of the domain is an answer; one about a request still under way is not."""
    if answer.status_code == httpx.codes.CONFLICT:
        code = str((_json(answer) or {}).get("code", ""))
        return "progress" not in code and "idempotency" not in code
    return 400 <= answer.status_code < 500 and answer.status_code not in _UNCERTAIN


def _json(answer: httpx.Response) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
