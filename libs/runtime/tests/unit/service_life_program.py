"""A small service that behaves as its first argument says. Run by test_service_life."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from fastapi import APIRouter

from runtime import app, logging, metrics
from runtime.api import create_api, public
from runtime.app import Service, run
from runtime.errors import DependencyDown, Failure
from runtime.settings import CommonSettings

HOW, PORT, INTERNAL = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
log = logging.get("program")
begun = metrics.gauge("slow_requests_begun", "requests that wait")


def routes() -> APIRouter:
    router = APIRouter(dependencies=[public()])

    @router.get("/hello")
    async def hello() -> dict[str, str]:
        return {"hello": "world"}

    @router.get("/slow")
    async def slow() -> dict[str, bool]:
        begun.inc()
        await asyncio.sleep(1.5)
        return {"slow": True}

    return router


async def loop() -> None:
    if HOW == "dies":
        raise ValueError("canary")
    if HOW == "returns":
        return
    try:
        await asyncio.Event().wait()
    finally:
        if HOW == "hangs":
            await hang()
        log.info("loop drained")


async def hang() -> None:
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue


async def well() -> bool:
    return True


async def badly() -> bool:
    return False


async def raising() -> bool:
    raise ValueError("canary")


async def hanging() -> bool:
    await asyncio.sleep(60)
    return True


CHECKS = {"database": well, "broker": badly, "raises": raising, "hangs": hanging}


@asynccontextmanager
async def build() -> AsyncIterator[Service]:
    if HOW == "no-broker":
        raise DependencyDown("the broker at 127.0.0.1:1 can't be reached")
    if HOW == "starting":
        log.info("starting")
        try:
            await asyncio.sleep(60)
        finally:
            log.info("start undone")
    log.info("opened")
    try:
        async with relay():
            yield service()
    finally:
        log.info("closed")


@asynccontextmanager
async def relay() -> AsyncIterator[None]:
    """A resource with a task of its own, as services have."""
    async with asyncio.TaskGroup() as group:
        task = group.create_task(asyncio.Event().wait())
        try:
            if HOW == "no-secret":
                raise Failure("secret env:LINE is missing or empty")
            yield
        finally:
            task.cancel()


def service() -> Service:
    return Service(
        "program",
        create_api("program", "1", [routes()]),
        "127.0.0.1",
        PORT,
        INTERNAL,
        loops=(loop,),
        checks=CHECKS if HOW == "unready" else {"database": well},
        alive=lambda: "partition 3 stands still" if HOW == "stuck" else None,
    )


def build_from_settings() -> AbstractAsyncContextManager[Service]:
    CommonSettings()
    return build()


if __name__ == "__main__":
    if HOW == "hangs":
        app.DRAIN_SECONDS = 1  # type: ignore[misc]  # a test can't wait forty seconds
        app.KILL_SECONDS = 2.0  # type: ignore[misc]  # the same
    sys.exit(run(build_from_settings if HOW == "settings" else build))
