"""What may be used for one thing only, such as the token of a signature that covers no body. In Redis, shared by all instances; while
Redis is away, in this process.
"""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Final

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import RedisError

from runtime.ports import Once
from runtime.redis_pool import open_redis

_log = logging.getLogger(__name__)
_REDIS_SECONDS: Final = 0.25
_MAX_LOCAL: Final = 50_000


class LocalOnce:
    """Bounded memory: the oldest token is forgotten."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._held: OrderedDict[str, tuple[str, float]] = OrderedDict()

    async def is_first(self, token: str, use: str, life: timedelta) -> bool:
        now, key = self._monotonic(), _digest(token)
        known, until = self._held.get(key, ("", now))
        if now < until:
            return known == _digest(use)
        self._held[key] = (_digest(use), now + life.total_seconds())
        self._held.move_to_end(key)
        if len(self._held) > _MAX_LOCAL:
            self._held.popitem(last=False)
        return True


class RedisOnce:
    def __init__(self, redis: Redis, local: LocalOnce) -> None:
        self._redis = redis
        self._local = local

    async def is_first(self, token: str, use: str, life: timedelta) -> bool:
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                held = await self._redis.set(
                    f"madoguchi:once:{_digest(token)}", _digest(use), nx=True, get=True, px=life
                )
        except (RedisError, OSError, TimeoutError) as error:
            _log.warning("tokens are remembered locally: Redis does not answer", extra={"code": type(error).__name__})
            return await self._local.is_first(token, use, life)
        return held is None or held in (_digest(use), _digest(use).encode())


def _digest(text: str) -> str:
    """Nothing in clear: keys of Redis end up in dumps and slow logs."""
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).hexdigest()


@asynccontextmanager
async def open_once(redis_url: SecretStr | None) -> AsyncIterator[Once]:
    """Without Redis each instance remembers for itself, until it ends."""
    if redis_url is None:
        yield LocalOnce()
        return
    async with open_redis(redis_url) as redis:
        yield RedisOnce(redis, LocalOnce())
