"""Connections to Redis, which holds nothing that can't be lost: limits, and what was used once."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pydantic import SecretStr
from redis.asyncio import BlockingConnectionPool, Redis


@asynccontextmanager
async def open_redis(url: SecretStr) -> AsyncIterator[Redis]:
    pool = BlockingConnectionPool.from_url(
        url.get_secret_value(), max_connections=32, timeout=1, socket_timeout=1, socket_connect_timeout=1
    )
    async with Redis(connection_pool=pool) as redis:
        yield redis
    await pool.disconnect()
