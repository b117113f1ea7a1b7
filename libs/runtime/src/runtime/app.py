"""The life of a service process: start in order, serve, drain, stop in reverse, each phase bounded, a watchdog above the sum."""

import asyncio
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import Final

import uvloop
from starlette.types import ASGIApp

from runtime import collector, logging, metrics
from runtime.errors import Failure
from runtime.health import Check, Health, internal_app
from runtime.http_server import HttpServer, bind
from runtime.settings import CommonSettings, SettingsWrong
from runtime.telemetry import open_telemetry

START_SECONDS: Final = 60.0
DRAIN_SECONDS: Final = 20
CLOSE_SECONDS: Final = 10.0
KILL_SECONDS: Final = DRAIN_SECONDS + CLOSE_SECONDS + 10.0
_LAG_EVERY_SECONDS: Final = 1.0
Loop = Callable[[], Awaitable[None]]
log = logging.get("app")


@dataclass(frozen=True)
class Service:
    """What `build` yields. Both doors listen on `host`; the internal one has the probes and the figures.

    `loops` run until cancelled and then drain; `alive` gives the reason for not being live. `sockets`: `api` takes web sockets.
    """

    name: str
    api: ASGIApp
    host: str
    port: int
    internal_port: int
    loops: tuple[Loop, ...] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)
    alive: Callable[[], str | None] = lambda: None
    sockets: bool = False


@asynccontextmanager
async def observed(settings: CommonSettings) -> AsyncIterator[None]:
    """The first resource of every `build`: logs and spans of this process, flushed last."""
    logging.configure(settings.service, settings.log_level)
    async with open_telemetry(settings.service, settings.kafka.instance, settings.telemetry):
        yield


def run(build: Callable[[], AbstractAsyncContextManager[Service]]) -> int:
    """Serve until SIGTERM or SIGINT. The exit status: 0 drained, 1 failed, 2 wrong settings, 70 killed by the watchdog."""
    stopping = threading.Event()
    with _watchdog(stopping):
        return run_once(lambda: _Life(stopping).live(build))


def run_once(job: Callable[[], Awaitable[None]]) -> int:
    """A command of a service (`migrate`) under the same loop and with the same exit statuses."""
    logging.configure("madoguchi")
    try:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(_wait_for(job))
    except SettingsWrong as wrong:
        sys.stderr.writelines(f"{problem}\n" for problem in wrong.problems)
        return 2
    except KeyboardInterrupt:
        return 130
    except Exception as error:  # noqa: BLE001  # the last place that can say why the process ends
        _tell(_innermost(error))
        return 1
    return 0


async def _wait_for(job: Callable[[], Awaitable[None]]) -> None:
    await job()


class _Life:
    def __init__(self, watched: threading.Event) -> None:
        self._watched = watched
        self._stopping = asyncio.Event()
        self._reason: BaseException | None = None
        self._main: asyncio.Task[object] | None = None

    async def live(self, build: Callable[[], AbstractAsyncContextManager[Service]]) -> None:
        self._main = asyncio.current_task()
        with self._signals():
            try:
                async with _bounded(build()) as service:
                    self._main = None
                    await self._serve(service)
            except asyncio.CancelledError:
                if not self._stopping.is_set():
                    raise
                log.info("stopped while starting")
        if self._reason is not None:
            raise self._reason

    @contextmanager
    def _signals(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._on_signal, number)
        try:
            yield
        finally:
            for number in (signal.SIGTERM, signal.SIGINT):
                loop.remove_signal_handler(number)

    def _on_signal(self, number: signal.Signals) -> None:
        log.info("asked to stop", extra={"signal": number.name})
        self._stop()
        if self._main is not None:
            self._main.cancel()

    async def _serve(self, service: Service) -> None:
        health = Health(service.checks, service.alive)
        collector.settle()
        with (
            bind(service.host, service.port) as public_door,
            bind(service.host, service.internal_port) as internal_door,
        ):
            internal = HttpServer(internal_app(health), internal_door, drain_seconds=1)
            public = HttpServer(service.api, public_door, drain_seconds=DRAIN_SECONDS, sockets=service.sockets)
            async with asyncio.TaskGroup() as servers:
                servers.create_task(internal.serve())
                try:
                    await self._work(service, public, health)
                finally:
                    internal.exit_soon()

    async def _work(self, service: Service, public: HttpServer, health: Health) -> None:
        async with asyncio.TaskGroup() as group:
            loops = [group.create_task(self._guard(loop)) for loop in service.loops]
            lag = group.create_task(_watch_lag())
            http = group.create_task(public.serve())
            health.phase = "serving"
            log.info(
                "serving", extra={"host": service.host, "port": public.port, "internal_port": service.internal_port}
            )
            await self._stopping.wait()
            health.phase = "draining"
            log.info("draining")
            public.exit_soon()
            await _drain([*loops, lag], http)

    async def _guard(self, loop: Loop) -> None:
        """A loop that ends by itself, in whatever way, ends the service; the platform starts it again."""
        try:
            await loop()
            self._fail(Failure("a service loop ended by itself"))
        except asyncio.CancelledError:
            if not self._stopping.is_set():
                self._fail(Failure("a service loop was cancelled from within"))
            raise
        except Exception as error:  # noqa: BLE001  # kept, and raised once everything is drained
            self._fail(error)

    def _fail(self, error: BaseException) -> None:
        if not self._stopping.is_set():
            self._reason = error
        log.error("a service loop died", exc_info=error)
        self._stop()

    def _stop(self) -> None:
        self._stopping.set()
        self._watched.set()


async def _drain(tasks: list[asyncio.Task[None]], http: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    _, late = await asyncio.wait([*tasks, http], timeout=DRAIN_SECONDS + 1)
    for task in late:
        log.error("a task did not drain in time", extra={"seconds": DRAIN_SECONDS})
        task.cancel()


@asynccontextmanager
async def _bounded(context: AbstractAsyncContextManager[Service]) -> AsyncIterator[Service]:
    """Entering and leaving stay in one task, as cancel scopes and task groups inside need."""
    limit = asyncio.timeout(START_SECONDS)
    try:
        async with limit:
            service = await context.__aenter__()
    except TimeoutError as error:
        if not limit.expired():
            raise
        raise Failure(f"the service did not start within {START_SECONDS:g} s") from error
    try:
        yield service
    except BaseException as error:
        async with asyncio.timeout(CLOSE_SECONDS):
            if await context.__aexit__(type(error), error, error.__traceback__):
                return
        raise
    async with asyncio.timeout(CLOSE_SECONDS):
        await context.__aexit__(None, None, None)
    log.info("stopped")


@contextmanager
def _watchdog(stopping: threading.Event) -> Iterator[None]:
    """Ends the process if the drain hangs, even when the event loop does: it has a thread of its own."""
    finished = threading.Event()

    def watch() -> None:
        stopping.wait()
        if not finished.wait(KILL_SECONDS):
            log.critical("the drain hangs; killed by the watchdog", extra={"seconds": KILL_SECONDS})
            os._exit(70)

    threading.Thread(target=watch, name="watchdog", daemon=True).start()
    try:
        yield
    finally:
        finished.set()
        stopping.set()


async def _watch_lag() -> None:
    loop = asyncio.get_running_loop()
    while True:
        due = loop.time() + _LAG_EVERY_SECONDS
        await asyncio.sleep(_LAG_EVERY_SECONDS)
        metrics.LOOP_LAG.set(max(0.0, loop.time() - due))


def _innermost(error: Exception) -> Exception:
    """A task group on the way wraps even a single failure."""
    while isinstance(error, ExceptionGroup) and len(error.exceptions) == 1:
        error = error.exceptions[0]
    return error


def _tell(error: Exception) -> None:
    """An OSError names an address or a file, never a customer's words."""
    sentence = error.sentence if isinstance(error, Failure) else str(error) if isinstance(error, OSError) else None
    log.critical("the service failed", extra={"sentence": sentence}, exc_info=error)
