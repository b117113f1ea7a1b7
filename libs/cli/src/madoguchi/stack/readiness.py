"""Questions that tell whether a started part answers. Each says False while it does not answer yet."""

import asyncio
from contextlib import suppress

import asyncpg
import httpx
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from madoguchi.stack.errors import StackError
from madoguchi.stack.ports import LOOPBACK
from madoguchi.stack.processes import Ready

ASK_SECONDS = 5.0


def http_ready(port: int, path: str = "/readyz", pid: int | None = None) -> Ready:
    """Yes when a GET on the loopback port answers 200.

    With `pid`, an answer that tells another process is StackError: a port may be taken between its choice and the service's start.
    """

    async def ask() -> bool:
        try:
            async with httpx.AsyncClient(trust_env=False, timeout=ASK_SECONDS) as client:
                answer = await client.get(f"http://{LOOPBACK}:{port}{path}")
        except httpx.TransportError:
            return False
        if pid is not None and answer.is_success and (other := _pid_told(answer)) != pid:
            raise StackError("port_taken", f"port {port} was taken meanwhile, by process {other}; start again")
        return answer.status_code == httpx.codes.OK

    return ask


def _pid_told(answer: httpx.Response) -> object:
    with suppress(ValueError):
        told = answer.json()
        if isinstance(told, dict):
            return told.get("pid", "unknown")
    return "unknown"


def kafka_ready(bootstrap: str) -> Ready:
    """Yes when a client is given the metadata of at least one broker."""

    async def ask() -> bool:
        # The client logs an error for each refused connection, so knock first.
        return await _accepts(bootstrap) and await _has_broker(bootstrap)

    return ask


def postgres_ready(dsn: str) -> Ready:
    """Yes when a connection is accepted. A refused login is an error, as waiting would not help."""

    async def ask() -> bool:
        try:
            connection = await asyncpg.connect(dsn, timeout=ASK_SECONDS)
        except (OSError, TimeoutError, asyncpg.CannotConnectNowError, asyncpg.ConnectionDoesNotExistError):
            return False
        except asyncpg.PostgresError as error:
            raise StackError("postgres_refused", f"Postgres refuses the connection: {error}") from error
        await connection.close()
        return True

    return ask


def redis_ready(address: str) -> Ready:
    """Yes when PING is answered; `address` is host:port."""

    async def ask() -> bool:
        host, _, port = address.rpartition(":")
        try:
            async with asyncio.timeout(ASK_SECONDS):
                reader, writer = await asyncio.open_connection(host, int(port))
                writer.write(b"PING\r\n")
                answer = await reader.readline()
                await _close(writer)
        except (OSError, TimeoutError):
            return False
        return answer.startswith(b"+PONG")

    return ask


async def _accepts(bootstrap: str) -> bool:
    host, _, port = bootstrap.split(",")[0].rpartition(":")
    try:
        async with asyncio.timeout(ASK_SECONDS):
            _, writer = await asyncio.open_connection(host, int(port))
    except (OSError, TimeoutError):
        return False
    await _close(writer)
    return True


async def _has_broker(bootstrap: str) -> bool:
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap, request_timeout_ms=int(ASK_SECONDS * 1000))
    try:
        await client.start()
        cluster = await client.describe_cluster()
    except KafkaError:
        return False
    finally:
        await client.close()
    return bool(cluster["brokers"])


async def _close(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError):
        await writer.wait_closed()
