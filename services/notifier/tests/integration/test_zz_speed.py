import sys; sys.path.insert(0,"/tmp")
import asyncio, time, pytest, prof
from house import House, line, request
from provider_server import Answer

pytestmark = pytest.mark.integration


async def test_speed(house: House) -> None:
    house.provider.otherwise = lambda seen: Answer(200, {"sentMessages": [{"id": "1"}]})
    N = 2000
    t = time.perf_counter()
    for i in range(0, N, 500):
        await house.hear(*(request(line(f"U{i + j}")) for j in range(500)), wake=False)
    print("insert", N / (time.perf_counter() - t))
    async with asyncio.TaskGroup() as g:
        t = time.perf_counter()
        r = g.create_task(house.run())
        while len(house.provider.seen) < N:
            await asyncio.sleep(0.02)
        print("send/s", N / (time.perf_counter() - t))
        while await house.value("SELECT count(*) FROM delivery WHERE state <> 'accepted'"):
            await asyncio.sleep(0.02)
        print("all/s", N / (time.perf_counter() - t))
        print({k:(v[0],round(v[1],2),v[2]) for k,v in prof.T.items()})
        lat = []
        for i in range(50):
            house.provider.arrived.clear()
            await house.hear(request(line(f"L{i}")), wake=False)
            t = time.perf_counter()
            house.notifier.sender.wake()
            await house.provider.arrived.wait()
            lat.append((time.perf_counter() - t) * 1000)
            await asyncio.sleep(0.02)
        lat.sort()
        print("latency ms p50", lat[25], "max", lat[-1])
        await house.stop(r)
