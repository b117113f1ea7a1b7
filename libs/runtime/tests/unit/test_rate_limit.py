from datetime import timedelta
from typing import NamedTuple

from redis.asyncio import Redis

from runtime.rate_limit import LocalBuckets, RedisBuckets, bucket_key


class Bucket(NamedTuple):
    rate: float
    burst: float


ACCOUNT = ("account", Bucket(rate=10, burst=2))
PAIR = ("pair", Bucket(rate=1 / 6, burst=1))


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_bucket_empties_and_fills() -> None:
    time = Time()
    buckets = LocalBuckets(time)
    assert [await buckets.take([ACCOUNT]) for _ in range(3)] == [None, None, timedelta(seconds=0.1)]
    time.now += 0.1
    assert await buckets.take([ACCOUNT]) is None


async def test_all_buckets_or_none() -> None:
    time = Time()
    buckets = LocalBuckets(time)
    assert await buckets.take([ACCOUNT, PAIR]) is None
    assert await buckets.take([ACCOUNT, PAIR]) == timedelta(seconds=6)
    assert await buckets.take([ACCOUNT]) is None
    assert await buckets.take([ACCOUNT]) is not None


async def test_without_redis_the_limits_are_kept_locally() -> None:
    time = Time()
    redis = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    buckets = RedisBuckets(redis, LocalBuckets(time), time)
    assert [await buckets.take([ACCOUNT]) for _ in range(3)] == [None, None, timedelta(seconds=0.1)]
    await redis.aclose()


def test_a_key_tells_no_address() -> None:
    key = bucket_key("acme", "wa-main", "+819012345678")
    assert "8190" not in key
    assert key != bucket_key("acme", "wa-main", "+819012345679")
    assert key.split("}")[0] == bucket_key("acme", "wa-main").split("}")[0]
