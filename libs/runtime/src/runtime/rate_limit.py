"""Token buckets in Redis, shared by all instances; while Redis is away, buckets of this process."""

import asyncio
import hashlib
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, Final, Protocol

from pydantic import SecretStr
from redis.asyncio import Redis
from redis.exceptions import RedisError

from runtime.ports import Bucket
from runtime.redis_pool import open_redis

_log = logging.getLogger(__name__)
_REDIS_SECONDS: Final = 0.25
_LOCAL_ONLY_SECONDS: Final = 5.0
_MAX_LOCAL: Final = 50_000

# All buckets or none. KEYS: buckets; ARGV: rate and burst of each. Answers the milliseconds to wait, 0 when taken.
_SCRIPT: Final = """
local t = redis.call('TIME')
local now = t[1] * 1000 + t[2] / 1000
local wait, filled = 0, {}
for i, key in ipairs(KEYS) do
  local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  local held = redis.call('HMGET', key, 'n', 't')
  local n = tonumber(held[1]) or burst
  n = math.min(burst, n + math.max(0, now - (tonumber(held[2]) or now)) * rate / 1000)
  filled[i] = n
  if n < 1 then wait = math.max(wait, math.ceil((1 - n) * 1000 / rate)) end
end
if wait > 0 then return wait end
for i, key in ipairs(KEYS) do
  local rate, burst = tonumber(ARGV[2 * i - 1]), tonumber(ARGV[2 * i])
  redis.call('HSET', key, 'n', tostring(filled[i] - 1), 't', tostring(now))
  redis.call('PEXPIRE', key, math.ceil(burst * 1000 / rate) + 1000)
end
return 0
"""

Wanted = tuple[str, Bucket]


class RateLimit(Protocol):
    async def take(self, wanted: Sequence[Wanted]) -> timedelta | None:
        """One token of every bucket, or none and how long to wait."""
        ...


class LocalBuckets:
    """Bounded memory: the bucket unused for longest is forgotten, which at worst lets a burst through."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._held: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def take(self, wanted: Sequence[Wanted]) -> timedelta | None:
        now = self._monotonic()
        filled = [self._filled(key, bucket, now) for key, bucket in wanted]
        waits = [(1 - tokens) / bucket.rate for tokens, (_, bucket) in zip(filled, wanted, strict=True) if tokens < 1]
        if waits:
            return timedelta(seconds=max(waits))
        for tokens, (key, _) in zip(filled, wanted, strict=True):
            self._held[key] = (tokens - 1, now)
            self._held.move_to_end(key)
        while len(self._held) > _MAX_LOCAL:
            self._held.popitem(last=False)
        return None

    def _filled(self, key: str, bucket: Bucket, now: float) -> float:
        tokens, since = self._held.get(key, (bucket.burst, now))
        return min(bucket.burst, tokens + (now - since) * bucket.rate)


class RedisBuckets:
    def __init__(self, redis: Redis, local: LocalBuckets, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._script: Any = redis.register_script(_SCRIPT)
        self._local = local
        self._monotonic = monotonic
        self._away_until = 0.0

    async def take(self, wanted: Sequence[Wanted]) -> timedelta | None:
        if self._monotonic() < self._away_until:
            return await self._local.take(wanted)
        try:
            async with asyncio.timeout(_REDIS_SECONDS):
                wait = int(await self._script(keys=[key for key, _ in wanted], args=_arguments(wanted)))
        except (RedisError, OSError, TimeoutError) as error:
            self._away_until = self._monotonic() + _LOCAL_ONLY_SECONDS
            _log.warning("rate limits are local: Redis does not answer", extra={"code": type(error).__name__})
            return await self._local.take(wanted)
        return timedelta(milliseconds=wait) if wait else None


def _arguments(wanted: Sequence[Wanted]) -> list[str]:
    return [str(number) for _, bucket in wanted for number in (bucket.rate, bucket.burst)]


def bucket_key(*parts: str) -> str:
    """No address in clear: keys of Redis end up in dumps and slow logs. One hash tag, so that a cluster keeps them together."""
    account = "|".join(parts[:2])
    digest = hashlib.blake2b("|".join(parts).encode(), digest_size=12).hexdigest()
    return f"madoguchi:send:{{{hashlib.blake2b(account.encode(), digest_size=6).hexdigest()}}}:{digest}"


@asynccontextmanager
async def open_rate_limit(redis_url: SecretStr | None) -> AsyncIterator[RateLimit]:
    """Without Redis each instance keeps the limits for itself."""
    if redis_url is None:
        yield LocalBuckets()
        return
    async with open_redis(redis_url) as redis:
        yield RedisBuckets(redis, LocalBuckets())
