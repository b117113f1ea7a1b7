from datetime import timedelta

from redis.asyncio import Redis

from runtime.once import LocalOnce, RedisOnce

HOUR = timedelta(hours=1)


class Time:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_token_belongs_to_its_first_use() -> None:
    once = LocalOnce(Time())
    assert await once.is_first("token", "mail 1", HOUR)
    assert await once.is_first("token", "mail 1", HOUR)
    assert not await once.is_first("token", "mail 2", HOUR)
    assert await once.is_first("token", "mail 1", HOUR)
    assert await once.is_first("another", "mail 2", HOUR)


async def test_until_its_life_is_over() -> None:
    time = Time()
    once = LocalOnce(time)
    assert await once.is_first("token", "mail 1", HOUR)
    time.now += 3_599
    assert not await once.is_first("token", "mail 2", HOUR)
    time.now += 2
    assert await once.is_first("token", "mail 2", HOUR)
    assert not await once.is_first("token", "mail 1", HOUR)


async def test_the_oldest_is_forgotten_first() -> None:
    once = LocalOnce(Time())
    for number in range(50_001):
        assert await once.is_first(f"token {number}", "mail 1", HOUR)
    assert not await once.is_first("token 50000", "mail 2", HOUR)
    assert not await once.is_first("token 1", "mail 2", HOUR)
    assert await once.is_first("token 0", "mail 2", HOUR)


async def test_without_redis_it_is_remembered_locally() -> None:
    redis = Redis(host="127.0.0.1", port=1, socket_connect_timeout=0.2)
    once = RedisOnce(redis, LocalOnce(Time()))
    assert await once.is_first("token", "mail 1", HOUR)
    assert not await once.is_first("token", "mail 2", HOUR)
    await redis.aclose()
