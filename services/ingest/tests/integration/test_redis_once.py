"""What was used once, told by one instance to another on the real cache."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from runtime.once import LocalOnce, RedisOnce

pytestmark = pytest.mark.integration
HOUR = timedelta(hours=1)


class Nobody(LocalOnce):
    async def is_first(self, token: str, use: str, life: timedelta) -> bool:
        raise AssertionError("Redis should have answered")


@pytest.fixture(params=[True, False])
async def redis(stack: Any, request: pytest.FixtureRequest) -> AsyncIterator[Redis]:
    async with Redis.from_url(stack.redis, decode_responses=request.param) as client:
        yield client


async def test_instances_know_each_others_tokens(redis: Redis) -> None:
    one, other, token = RedisOnce(redis, Nobody()), RedisOnce(redis, Nobody()), uuid4().hex
    assert await one.is_first(token, "mail 1", HOUR)
    assert await other.is_first(token, "mail 1", HOUR)
    assert not await other.is_first(token, "mail 2", HOUR)
    assert await one.is_first(token, "mail 1", HOUR)


async def test_a_token_is_forgotten_after_its_life(redis: Redis) -> None:
    token, before = uuid4().hex, await _keys(redis)
    await RedisOnce(redis, Nobody()).is_first(token, "mail 1", HOUR)
    (key,) = await _keys(redis) - before
    assert 3_500_000 < await redis.pttl(key) <= 3_600_000
    assert token not in key


async def _keys(redis: Redis) -> set[str]:
    found = [one async for one in redis.scan_iter("madoguchi:once:*")]
    return {one if isinstance(one, str) else one.decode() for one in found}
