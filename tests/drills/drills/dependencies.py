"""Kafka, Postgres and Valkey as the local stack starts them, each behind a proxy and each restartable on its own port and data."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from drills.parts import Part
from drills.proxy import LOOPBACK, Proxy, open_proxies
from madoguchi.settings import ROOT
from madoguchi.stack import StackAddresses, StackOptions, free_ports
from madoguchi.stack.kafka import kafka_command
from madoguchi.stack.kafka_jars import fetch_kafka, kafka_home
from madoguchi.stack.postgres import PostgresHome, init_postgres, postgres_command
from madoguchi.stack.readiness import kafka_ready, postgres_ready, redis_ready
from madoguchi.stack.valkey import valkey_command

NAMES = ("kafka", "postgres", "valkey")


@dataclass(frozen=True, slots=True)
class Dependencies:
    """`direct` leads past the proxies, for the harness's own questions; services are given `proxied`."""

    parts: dict[str, Part]
    proxies: dict[str, Proxy]
    direct: StackAddresses
    proxied: StackAddresses


@asynccontextmanager
async def open_dependencies(state: Path, cache: Path) -> AsyncIterator[Dependencies]:
    """Durable, as in production: a killed database must keep what it has committed."""
    kafka, controller, postgres, valkey = free_ports(4)
    async with open_proxies({"kafka": kafka, "postgres": postgres, "valkey": valkey}) as proxies:
        home = PostgresHome(state / "postgres", postgres, durable=True, die_with_parent=True)
        await init_postgres(home)
        parts = {
            "kafka": await _kafka(state, cache, kafka, controller, proxies["kafka"].port),
            "postgres": Part(postgres_command(home), postgres_ready(home.dsn)),
            "valkey": Part(
                valkey_command(state / "valkey", port=valkey, die_with_parent=True), redis_ready(f"{LOOPBACK}:{valkey}")
            ),
        }
        direct = _addresses({"kafka": kafka, "postgres": postgres, "valkey": valkey}, home.dsn)
        try:
            for part in parts.values():
                await part.start()
            proxied = _addresses({name: proxy.port for name, proxy in proxies.items()}, home.dsn)
            yield Dependencies(parts, proxies, direct, proxied)
        finally:
            for part in parts.values():
                await part.stop(timeout=15)


async def _kafka(state: Path, cache: Path, port: int, controller: int, told: int) -> Part:
    """The broker tells its clients the proxy's port, so that nobody finds a way around."""
    local = StackOptions(state=state).local_folder
    home = kafka_home(cache, local)
    await fetch_kafka(home, local, lambda _: None)
    folder = state / "kafka"
    command = kafka_command(home, folder, port=port, controller_port=controller, quick=True, die_with_parent=True)
    properties = folder / "server.properties"
    told_before, told_now = (
        f"advertised.listeners=PLAINTEXT://{LOOPBACK}:{port}\n",
        f"advertised.listeners=PLAINTEXT://{LOOPBACK}:{told}\n",
    )
    text = properties.read_text("utf-8")
    if told_before not in text:
        raise RuntimeError("the broker's properties name no advertised listener that could be moved")
    properties.write_text(text.replace(told_before, told_now), "utf-8")
    return Part(command, kafka_ready(f"{LOOPBACK}:{port}"))


def _addresses(ports: dict[str, int], dsn: str) -> StackAddresses:
    parts = urlsplit(dsn)
    place = f"{parts.netloc.rpartition('@')[0]}@{LOOPBACK}:{ports['postgres']}"
    return StackAddresses(
        kafka=f"{LOOPBACK}:{ports['kafka']}",
        postgres=urlunsplit(parts._replace(netloc=place)),
        redis=f"redis://{LOOPBACK}:{ports['valkey']}/0",
        broker="Apache Kafka (embedded, drilled)",
        idempotent=True,
    )


DEFAULT_CACHE = ROOT / ".madoguchi" / "cache"
