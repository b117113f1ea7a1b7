"""The buckets of several instances on the real cache."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from redis.asyncio import Redis

from notifier.domain.capability import Bucket
from runtime.rate_limit import LocalBuckets, RedisBuckets, bucket_key

pytestmark = pytest.mark.integration
SLOW = Bucket(rate=1 / 6, burst=3)


class Nobody(LocalBuckets):
    async def take(self, wanted: Any) -> timedelta | None:
        raise AssertionError("Redis should have answered")


@pytest.fixture
async def redis(stack: Any) -> AsyncIterator[Redis]:
    async with Redis.from_url(stack.redis) as client:
        yield client


async def test_instances_share_a_bucket_and_learn_how_long_to_wait(redis: Redis) -> None:
    key = bucket_key("acme", uuid4().hex)
    one, other = RedisBuckets(redis, Nobody()), RedisBuckets(redis, Nobody())
    assert [await each.take([(key, SLOW)]) for each in (one, other, one)] == [None, None, None]
    wait = await other.take([(key, SLOW)])
    assert wait is not None
    assert timedelta(seconds=5) < wait <= timedelta(seconds=6)


async def test_an_empty_pair_bucket_costs_the_account_nothing(redis: Redis) -> None:
    name = uuid4().hex
    account, pair = (bucket_key("acme", name), Bucket(1, 2)), (bucket_key("acme", name, "+81"), Bucket(0.01, 1))
    buckets = RedisBuckets(redis, Nobody())
    assert await buckets.take([account, pair]) is None
    assert await buckets.take([account, pair]) is not None
    assert await buckets.take([account]) is None


async def test_keys_vanish_when_the_bucket_is_full_again(redis: Redis) -> None:
    key = bucket_key("acme", uuid4().hex)
    await RedisBuckets(redis, Nobody()).take([(key, Bucket(rate=10, burst=5))])
    assert 0 < await redis.pttl(key) <= 1500
