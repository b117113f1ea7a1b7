"""Start and stop Kafka, Postgres and Valkey as one stack, whatever this machine has."""

import asyncio
from urllib.parse import urlsplit

from madoguchi.stack.choice import Broker, Choice, Probe, choose_stack
from madoguchi.stack.containers import remove_containers, start_containers
from madoguchi.stack.embedded import EmbeddedStack
from madoguchi.stack.errors import StackError, first_stack_error
from madoguchi.stack.kafka_jars import kafka_home
from madoguchi.stack.model import Progress, StackAddresses, StackKind, StackOptions
from madoguchi.stack.probe import machine_probe
from madoguchi.stack.processes import Process
from madoguchi.stack.readiness import kafka_ready, postgres_ready, redis_ready
from madoguchi.stack.records import stop_pids
from madoguchi.stack.saved import SavedStack, forget_stack, load_stack, save_stack

EXTERNAL_SECONDS = 15.0


class Stack:
    """One stack in one state folder. What runs is noted in state/stack.json from the first process on."""

    def __init__(self, options: StackOptions, probe: Probe | None = None) -> None:
        self._options = options
        self._probe = probe or machine_probe(options)
        self._processes: list[Process] = []
        self._containers: list[str] = []
        self._addresses: StackAddresses | None = None

    async def start(self, progress: Progress) -> StackAddresses:
        """Every part, ready. On failure or cancellation nothing is left running; call from the main thread."""
        self._refuse_second()
        choice = await asyncio.to_thread(choose_stack, self._options.kind, self._probe)
        if choice.notice:
            progress(choice.notice)
        try:
            self._addresses = await self._start(choice, progress)
        except BaseException as error:
            await self.stop()
            if isinstance(error, BaseExceptionGroup):
                raise first_stack_error(error) from error
            raise
        self._note()
        return self._addresses

    async def stop(self) -> None:
        """Stop everything that this object started. Data stays in the state folder."""
        async with asyncio.TaskGroup() as group:
            for process in self._processes:
                group.create_task(process.stop())
            if self._containers:
                group.create_task(remove_containers(self._containers))
        if self._processes or self._containers or self._addresses:
            forget_stack(self._options.state)
        self._processes, self._containers, self._addresses = [], [], None

    def pids(self) -> dict[str, int]:
        return {process.name: process.pid for process in self._processes}

    async def _start(self, choice: Choice, progress: Progress) -> StackAddresses:
        if choice.broker is Broker.EXTERNAL:
            return await self._find_external()
        if choice.kind is StackKind.CONTAINERS:
            home = kafka_home(self._options.cache_folder, self._options.local_folder)
            return await start_containers(
                home.version,
                durable=self._options.durable,
                detached=self._options.detached,
                progress=progress,
                started=self._container_started,
            )
        return await EmbeddedStack(self._options, choice.broker, progress, self._process_started).start()

    async def _find_external(self) -> StackAddresses:
        given = self._options.external
        if given is None:
            raise StackError("external_missing", "STACK=external needs the addresses of Kafka, Postgres and Redis")
        asked = {
            "kafka": kafka_ready(given.kafka),
            "postgres": postgres_ready(given.postgres),
            "redis": redis_ready(urlsplit(given.redis).netloc.rpartition("@")[2]),
        }
        for name, ready in asked.items():
            try:
                async with asyncio.timeout(EXTERNAL_SECONDS):
                    answers = await ready()
            except TimeoutError:
                answers = False
            if not answers:
                raise StackError("external_unreachable", f"the external {name} does not answer")
        return given

    def _refuse_second(self) -> None:
        saved = load_stack(self._options.state)
        if saved is not None and saved.running():
            names = ", ".join(record.name for record in saved.running())
            raise StackError("stack_running", f"a stack already runs in {self._options.state}: {names}")

    def _process_started(self, process: Process) -> None:
        self._processes.append(process)
        self._note()

    def _container_started(self, container: str) -> None:
        self._containers.append(container)
        self._note()

    def _note(self) -> None:
        records = tuple(process.record for process in self._processes)
        saved = SavedStack(addresses=self._addresses, processes=records, containers=tuple(self._containers))
        save_stack(self._options.state, saved)


async def stop_saved(options: StackOptions) -> list[str]:
    """Stop the stack that another process left running in this state folder; the names of what was stopped."""
    saved = load_stack(options.state)
    if saved is None:
        return []
    stopped = await stop_pids(saved.processes)
    if saved.containers:
        await remove_containers(saved.containers)
    forget_stack(options.state)
    return [*stopped, *saved.containers]
