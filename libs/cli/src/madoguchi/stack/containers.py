"""The stack as Docker containers, by testcontainers (a development dependency, imported only here).

Containers keep no data over a stop. Attached ones are reaped with this process; detached ones are removed by id.
"""

import asyncio
import secrets
from collections.abc import Callable, Iterable
from importlib import import_module
from typing import Any

from madoguchi.stack.kafka_settings import BROKER_SETTINGS, as_environment
from madoguchi.stack.model import Progress, StackAddresses
from madoguchi.stack.postgres import SPEED

KAFKA_IMAGE = "apache/kafka:{version}"
POSTGRES_IMAGE = "postgres:18"
VALKEY_IMAGE = "valkey/valkey:9"
KAFKA_SECONDS = 90
KAFKA_SCRIPT = "#!/bin/bash\nexport KAFKA_ADVERTISED_LISTENERS={listeners}\nexec /etc/kafka/docker/run\n"

Started = Callable[[str], None]


async def start_containers(
    version: str, *, durable: bool, detached: bool, progress: Progress, started: Started
) -> StackAddresses:
    """Start all three side by side; every container's id is handed to `started`. `version` is Apache Kafka's."""
    if detached:
        # The reaper removes containers when the process that started them ends.
        import_module("testcontainers.core.config").testcontainers_config.ryuk_disabled = True
    kafka, postgres, redis = kafka_container(version), postgres_container(durable=durable), valkey_container()
    async with asyncio.TaskGroup() as group:
        for name, container in (("kafka", kafka), ("postgres", postgres), ("valkey", redis)):
            group.create_task(_start(name, container, progress, started))
    host, port = redis.get_container_host_ip(), redis.get_exposed_port(6379)
    return StackAddresses(
        kafka=kafka.get_bootstrap_server(),
        postgres=postgres.get_connection_url(driver=None),
        redis=f"redis://{host}:{port}/0",
        broker=f"Apache Kafka {version} (container)",
        idempotent=True,
    )


async def remove_containers(ids: Iterable[str]) -> None:
    """Remove containers by id, with their volumes; those already gone are passed over."""
    await asyncio.to_thread(_remove, list(ids))


async def _start(name: str, container: Any, progress: Progress, started: Started) -> None:
    progress(f"{name}: starting {container.image}")
    limits = {"timeout": KAFKA_SECONDS} if name == "kafka" else {}
    try:
        await asyncio.to_thread(container.start, **limits)
    finally:
        # A container that was created but did not become ready must be removed too.
        if container._container is not None:
            started(container.get_wrapped_container().id)
    progress(f"{name}: ready")


def _remove(ids: list[str]) -> None:
    docker = import_module("docker")
    client = docker.from_env()
    try:
        for container in ids:
            try:
                client.containers.get(container).remove(force=True, v=True)
            except docker.errors.NotFound:
                continue
    finally:
        client.close()


def kafka_container(version: str, **client: Any) -> Any:
    base = import_module("testcontainers.community.kafka").KafkaContainer

    class ApacheKafkaContainer(base):  # type: ignore[misc, valid-type]  # the base is known only at run time
        """KafkaContainer starts Confluent's image; this starts Apache's, the version of the embedded stack."""

        def tc_start(self) -> None:
            outside = f"{self.listener_name}://{self.get_bootstrap_server()}"
            script = KAFKA_SCRIPT.format(listeners=f"{outside},BROKER://localhost:9092")
            self.create_file(script.encode(), self.TC_START_SCRIPT)

    container: Any = ApacheKafkaContainer(KAFKA_IMAGE.format(version=version), **client)
    # with_kraft() would compare the tag with Confluent's version numbers.
    container.kraft_enabled = True
    for key, value in as_environment(BROKER_SETTINGS).items():
        container.with_env(key, value)
    return container


def postgres_container(*, durable: bool, **client: Any) -> Any:
    image = import_module("testcontainers.community.postgres").PostgresContainer
    container: Any = image(
        POSTGRES_IMAGE, username="postgres", password=secrets.token_hex(16), dbname="postgres", driver=None, **client
    )
    settings = {"max_connections": "200", **({} if durable else SPEED)}
    words = [word for key, value in settings.items() for word in ("-c", f"{key}={value}")]
    return container.with_command(["postgres", *words])


def valkey_container(**client: Any) -> Any:
    container: Any = import_module("testcontainers.community.redis").RedisContainer(VALKEY_IMAGE, **client)
    return container.with_command(["valkey-server", "--save", "", "--appendonly", "no"])
