"""Starting the whole house: stack, database, topics, configuration, sandbox, services. All of it or nothing."""

import asyncio
import fcntl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from contracts.config import TenantConfig
from madoguchi.apply.publish import publish
from madoguchi.apply.source import load_tenant
from madoguchi.house.database import prepare_database
from madoguchi.house.saved import House, forget_house, load_house, missing, save_house, services_of
from madoguchi.house.scene import set_scene
from madoguchi.house.secrets import APP_PASSWORD, open_secrets
from madoguchi.house.services import Launcher
from madoguchi.settings import environment
from madoguchi.settings_table import INTERNAL_OFFSET, PORTS, SERVICES
from madoguchi.stack import (
    Process,
    Progress,
    SavedStack,
    Stack,
    StackAddresses,
    StackError,
    StackKind,
    StackOptions,
    add_processes,
    choose_ports,
    load_stack,
    stop_pids,
    stop_saved,
)
from runtime.config_feed import open_config_feed
from runtime.kafka import ensure_topics
from runtime.settings import KafkaSettings

STACK_PORTS: Mapping[str, int] = {"kafka": 7092, "postgres": 7432, "redis": 7379}
STACK_PARTS: Mapping[str, str] = {"redis": "valkey"}
DRAIN_SECONDS = 40.0


@dataclass(frozen=True)
class HouseOptions:
    """`ports` are wishes; `detached` processes outlive this one. `tenant` is the folder applied at the start.

    `settings` replace the table's local values in every service.
    """

    stack: StackOptions
    tenant: Path
    ports: Mapping[str, int] = field(default_factory=lambda: PORTS)
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        return self.stack.state


class HouseStart:
    """Every process is on record in state/stack.json before it is waited for, so `down` finds it whatever happens."""

    def __init__(self, options: HouseOptions, progress: Progress) -> None:
        self._options = options
        self._progress = progress
        self._stack = Stack(options.stack)
        self._processes: list[Process] = []

    async def start(self) -> House:
        """On failure or cancellation nothing is left running."""
        try:
            return await self._start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        await stop_pids([process.record for process in self._processes], timeout=DRAIN_SECONDS)
        for process in self._processes:
            await process.wait()
        await self._stack.stop()
        forget_house(self._options.state)

    async def _start(self) -> House:
        secrets = open_secrets(self._options.state)
        for part in STACK_PORTS:
            self._progress(f"{STACK_PARTS.get(part, part)}: starting")
        addresses = await self._stack.start(self._progress)
        house = self._choose_doors(addresses)
        launcher = self._launcher(house, addresses, secrets)
        kafka = KafkaSettings(bootstrap=addresses.kafka, idempotent=addresses.idempotent)
        async with asyncio.TaskGroup() as group:
            group.create_task(launcher.serve("sandbox"))
            group.create_task(self._prepare_store(launcher, addresses, secrets))
            applied = group.create_task(self._prepare_broker(kafka, house, secrets))
        await _serve_all(launcher, SERVICES)
        await set_scene(applied.result(), house, secrets)
        save_house(self._options.state, house)
        return house

    async def resume(self, saved: SavedStack, house: House) -> House:
        """Start again what is missing of a house whose stack runs."""
        if saved.addresses is None:
            raise StackError("stack_unfinished", "the stack's start was never finished")
        secrets = open_secrets(self._options.state)
        launcher = self._launcher(house, saved.addresses, secrets)
        kafka = KafkaSettings(bootstrap=house.kafka, idempotent=house.idempotent)
        try:
            await _serve_all(launcher, missing(saved))
            async with open_config_feed(kafka) as feed:
                for config in feed.tenants():
                    await set_scene(config, house, secrets)
        except BaseException:
            await stop_pids([process.record for process in self._processes], timeout=DRAIN_SECONDS)
            raise
        return house

    async def _prepare_store(self, launcher: Launcher, addresses: StackAddresses, secrets: Mapping[str, str]) -> None:
        await prepare_database(addresses.postgres, secrets[APP_PASSWORD])
        await launcher.migrate()

    async def _prepare_broker(self, kafka: KafkaSettings, house: House, secrets: Mapping[str, str]) -> TenantConfig:
        made = await ensure_topics(kafka)
        self._progress(f"topics: {len(made)} created" if made else "topics: there already")
        given = {**environment(), **secrets, "MADOGUCHI_SANDBOX_URL": house.url("sandbox")}
        bundle = await asyncio.to_thread(load_tenant, self._options.tenant, given)
        applied = await publish(bundle, kafka)
        self._progress(f"tenant {bundle.config.tenant}: revision {applied.revision}")
        return bundle.config

    def _choose_doors(self, addresses: StackAddresses) -> House:
        wishes = dict(self._options.ports)
        inside = {f"{name} internal": port and port + INTERNAL_OFFSET for name, port in wishes.items()}
        chosen = choose_ports(wishes | {key: port for key, port in inside.items() if key.split()[0] in SERVICES})
        for name, port in wishes.items():
            if port and chosen[name] != port:
                self._progress(f"port {port} of {name} is taken, using {chosen[name]}")
        return House(
            ports={name: chosen[name] for name in wishes},
            internal_ports={name: chosen[f"{name} internal"] for name in SERVICES},
            kafka=addresses.kafka,
            idempotent=addresses.idempotent,
            broker=addresses.broker,
        )

    def _launcher(self, house: House, addresses: StackAddresses, secrets: Mapping[str, str]) -> Launcher:
        return Launcher(
            house=house,
            addresses=addresses,
            secrets=secrets,
            state=self._options.state,
            stack=_kind(self._options.stack, addresses),
            detached=self._options.stack.detached,
            progress=self._progress,
            started=self._note,
            settings=self._options.settings,
        )

    def _note(self, process: Process) -> None:
        self._processes.append(process)
        add_processes(self._options.state, process.record)


async def _serve_all(launcher: Launcher, names: tuple[str, ...] | list[str]) -> None:
    async with asyncio.TaskGroup() as group:
        for name in names:
            group.create_task(launcher.serve(name))


async def bring_up(options: HouseOptions, progress: Progress) -> tuple[House, bool]:
    """The running house, and whether anything had to be started."""
    state = options.state
    with _alone(state):
        saved, house = load_stack(state), load_house(state)
        if saved is not None and house is not None and _stack_runs(saved):
            if not missing(saved):
                return house, False
            return await HouseStart(options, progress).resume(saved, house), True
        if saved is not None:
            progress("stopping what an earlier start left behind")
            await take_down(options.stack)
        return await HouseStart(options, progress).start(), True


async def take_down(options: StackOptions) -> list[str]:
    """Services first, so that they drain while broker and database are still there; the names of what was stopped."""
    saved = load_stack(options.state)
    stopped = await stop_pids(services_of(saved), timeout=DRAIN_SECONDS) if saved else []
    stopped += await stop_saved(options)
    forget_house(options.state)
    return stopped


def _stack_runs(saved: SavedStack) -> bool:
    """Containers and external parts have no process here; the services' readiness tells about them."""
    others = [record for record in saved.processes if record not in services_of(saved)]
    return saved.addresses is not None and all(record in saved.running() for record in others)


def _kind(options: StackOptions, addresses: StackAddresses) -> str:
    if options.kind is StackKind.EXTERNAL:
        return StackKind.EXTERNAL
    return StackKind.CONTAINERS if addresses.broker.endswith("(container)") else StackKind.EMBEDDED


@contextmanager
def _alone(state: Path) -> Iterator[None]:
    state.mkdir(parents=True, exist_ok=True)
    with (state / "up.lock").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise StackError("start_runs", f"another `madoguchi up` is starting in {state}") from None
        yield
