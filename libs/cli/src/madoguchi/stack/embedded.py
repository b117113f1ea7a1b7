"""The embedded stack: broker, database and cache as processes of this machine, started side by side."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from madoguchi.stack.choice import Broker
from madoguchi.stack.kafka import kafka_command
from madoguchi.stack.kafka_jars import fetch_kafka, kafka_home
from madoguchi.stack.model import Progress, StackAddresses, StackOptions
from madoguchi.stack.ports import LOOPBACK, choose_ports
from madoguchi.stack.postgres import PostgresHome, init_postgres, postgres_command
from madoguchi.stack.processes import Command, Process, Ready
from madoguchi.stack.readiness import kafka_ready, postgres_ready, redis_ready
from madoguchi.stack.tansu import fetch_tansu, tansu_command
from madoguchi.stack.valkey import valkey_command

READY_SECONDS = 60.0

Started = Callable[[Process], None]


class EmbeddedStack:
    """Starts the parts; every process is handed to `started` before it is waited for, so none can be forgotten."""

    def __init__(self, options: StackOptions, broker: Broker, progress: Progress, started: Started) -> None:
        self._options = options
        self._broker = broker
        self._progress = progress
        self._started = started
        self._ports: dict[str, int] = {}

    async def start(self) -> StackAddresses:
        start_broker = self._start_kafka if self._broker is Broker.KAFKA else self._start_tansu
        async with asyncio.TaskGroup() as group:
            broker = group.create_task(start_broker())
            postgres = group.create_task(self._start_postgres())
            group.create_task(self._start_valkey())
        return StackAddresses(
            kafka=self._address("kafka"),
            postgres=postgres.result(),
            redis=f"redis://{self._address('redis')}/0",
            broker=broker.result(),
            idempotent=self._broker is Broker.KAFKA,
        )

    async def _start_kafka(self) -> str:
        home = kafka_home(self._options.cache_folder.absolute(), self._options.local_folder)
        await fetch_kafka(home, self._options.local_folder, self._progress)
        self._take_ports("kafka", "controller")
        command = kafka_command(
            home,
            self._folder("kafka"),
            port=self._ports["kafka"],
            controller_port=self._ports["controller"],
            quick=not self._options.durable,
            die_with_parent=not self._options.detached,
        )
        await self._run(command, kafka_ready(self._address("kafka")))
        return f"Apache Kafka {home.version} (embedded)"

    async def _start_tansu(self) -> str:
        cache, local = self._options.cache_folder.absolute(), self._options.local_folder
        program = await fetch_tansu(cache, local, self._progress)
        self._take_ports("kafka")
        command = tansu_command(
            program, self._folder("tansu"), port=self._ports["kafka"], die_with_parent=not self._options.detached
        )
        await self._run(command, kafka_ready(self._address("kafka")))
        return "Tansu (embedded, memory only)"

    async def _start_postgres(self) -> str:
        options = self._options
        self._take_ports("postgres")
        home = PostgresHome(
            self._folder("postgres"), self._ports["postgres"], options.durable, die_with_parent=not options.detached
        )
        await init_postgres(home)
        await self._run(postgres_command(home), postgres_ready(home.dsn))
        return home.dsn

    async def _start_valkey(self) -> None:
        self._take_ports("redis")
        command = valkey_command(
            self._folder("valkey"), port=self._ports["redis"], die_with_parent=not self._options.detached
        )
        await self._run(command, redis_ready(self._address("redis")))

    async def _run(self, command: Command, ready: Ready) -> None:
        begun = time.monotonic()
        process = Process.spawn(command)
        self._started(process)
        await process.wait_ready(ready, timeout=READY_SECONDS)
        self._progress(f"{command.name}: ready in {time.monotonic() - begun:.1f} s")

    def _take_ports(self, *names: str) -> None:
        """Just before they are bound: a download may take minutes, and its connections use ports too."""
        self._ports |= choose_ports({name: self._options.ports.get(name, 0) for name in names})

    def _address(self, name: str) -> str:
        return f"{LOOPBACK}:{self._ports[name]}"

    def _folder(self, name: str) -> Path:
        return self._options.state.absolute() / name
