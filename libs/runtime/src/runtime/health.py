"""The internal port: live by own progress, ready by dependencies, and the figures."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from runtime import logging, metrics

Check = Callable[[], Awaitable[bool]]
CHECK_SECONDS = 2.0
log = logging.get("health")


@dataclass(slots=True)
class Health:
    """`phase` is `starting`, `serving` or `draining`; only a serving process whose checks all pass is ready."""

    checks: Mapping[str, Check]
    alive: Callable[[], str | None]
    phase: str = "starting"
    _failing: frozenset[str] = field(default=frozenset())

    async def examine(self) -> dict[str, str]:
        """Every check side by side: `ok`, `failed` or `timeout`."""
        async with asyncio.TaskGroup() as group:
            asked = {name: group.create_task(_outcome(check)) for name, check in self.checks.items()}
        found = {name: task.result() for name, task in asked.items()}
        self._tell(frozenset(name for name, outcome in found.items() if outcome != "ok"))
        return found

    def _tell(self, failing: frozenset[str]) -> None:
        for name in sorted(failing - self._failing):
            log.warning("a readiness check fails", extra={"check": name})
        for name in sorted(self._failing - failing):
            log.info("a readiness check passes again", extra={"check": name})
        self._failing = failing


async def _outcome(check: Check) -> str:
    try:
        async with asyncio.timeout(CHECK_SECONDS):
            return "ok" if await check() else "failed"
    except TimeoutError:
        return "timeout"
    except Exception:  # noqa: BLE001  # whatever a check raises, the answer is that it failed
        return "failed"


def internal_app(health: Health) -> Starlette:
    async def live(_: Request) -> Response:
        reason = health.alive()
        return JSONResponse({"live": reason is None, "reason": reason}, 200 if reason is None else 503)

    async def ready(_: Request) -> Response:
        found = await health.examine() if health.phase == "serving" else {}
        passed = health.phase == "serving" and all(outcome == "ok" for outcome in found.values())
        told = {"ready": passed, "phase": health.phase, "pid": os.getpid(), "checks": found}
        return JSONResponse(told, 200 if passed else 503)

    async def figures(_: Request) -> Response:
        return Response(metrics.exposition(), media_type=metrics.CONTENT_TYPE)

    return Starlette(routes=[Route("/healthz", live), Route("/readyz", ready), Route("/metrics", figures)])
