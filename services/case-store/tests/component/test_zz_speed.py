import time
import pytest
pytestmark = pytest.mark.integration
async def test_speed(house):
    await house.deliver(*(house.line_message(f"U{i%200}") for i in range(400)))
    for n in (500, 500, 500):
        ev=[house.line_message(f"U{i%200}") for i in range(n)]
        t=time.perf_counter(); await house.deliver(*ev); dt=time.perf_counter()-t
        print("RATE", n/dt, "per second")
    import asyncio
    evs=[[house.line_message(f"U{i%200}") for i in range(250)] for _ in range(4)]
    t=time.perf_counter()
    async with asyncio.TaskGroup() as g:
        for e in evs: g.create_task(house.deliver(*e))
    print("CONC RATE", 1000/(time.perf_counter()-t))
