"""The case store's filing with more of everything: consumers, backlog, open cases, tenants. Cost is CPU per message."""

import asyncio
import os
import signal
import time
from statistics import median
from typing import Any
from uuid import uuid4

from case_house import CaseHouse, case_house
from processes import cpu_seconds

from contracts.envelope import Envelope
from contracts.inbound import MessageReceived
from contracts.topics import INBOUND_MESSAGES
from contracts.values import Address, AddressKind, Contact, Content, ContentKind
from madoguchi.stack import StackOptions
from runtime.clock import SystemClock
from runtime.producer import Record

_MESSAGES = 2_000
_CONSUMERS = (1, 2, 4)


async def run(
    *, rounds: int, seconds: float, stack_options: StackOptions
) -> tuple[dict[str, float], dict[str, Any], str]:
    async with case_house(stack_options) as house:
        bench = _Bench(house)
        await bench.drain(1, _MESSAGES, people=500)  # caches and plans
        base = [await bench.drain(1, _MESSAGES, people=500) for _ in range(min(rounds, 3))]
        backlog = await bench.drain(1, 10 * _MESSAGES, people=500)
        cases = await bench.with_open_cases()
        tenants = await bench.drain(1, _MESSAGES, people=500, tenants=10)
        several = {count: await bench.drain(count, 3 * _MESSAGES, people=500) for count in _CONSUMERS}
        broker = house.addresses.broker
    cpu = median(each["cpu_us"] for each in base)
    details: dict[str, Any] = {"messages": _MESSAGES, "cpu_us_per_message": round(cpu)}
    for name, each in (("10x_backlog", backlog), ("10x_open_cases", cases), ("10x_tenants", tenants)):
        details[f"cpu_us_per_message_{name}"] = round(each["cpu_us"])
    for count, each in several.items():
        details[f"consumers_{count}"] = f"{each['rate']:.0f}/s, {each['cpu_us']:.0f} µs each"
    flat = {
        "scale_growth_backlog": round(backlog["cpu_us"] / cpu, 2),
        "scale_growth_open_cases": round(cases["cpu_us"] / cpu, 2),
        "scale_growth_tenants": round(tenants["cpu_us"] / cpu, 2),
        "scale_consumers_4_over_1": round(several[4]["rate"] / several[1]["rate"], 2),
    }
    return flat, details, broker


class _Bench:
    def __init__(self, house: CaseHouse) -> None:
        self._house = house
        self._runs = 0

    async def with_open_cases(self) -> dict[str, float]:
        """The same people as before, beside ten times as many who have an open case each."""
        await self.drain(1, 10 * 500, people=10 * 500)
        return await self.drain(1, _MESSAGES, people=500)

    async def drain(self, consumers: int, count: int, *, people: int, tenants: int = 1) -> dict[str, float]:
        """Everything is in the log before the consumers, who share the partitions, go on; from then until the last message is filed.

        CPU is of the case store's processes and of the database.
        """
        self._runs += 1
        before = await self._house.filed()
        async with self._house.standing_still(consumers) as pids:
            await self._house.publish([self._record(number, people, tenants) for number in range(count)])
            begun, used = time.monotonic(), self._cpu(pids)
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
            async with asyncio.timeout(300):
                while await self._house.filed() - before < count:
                    await asyncio.sleep(0.05)
            spent = self._cpu(pids) - used
            return {"rate": count / (time.monotonic() - begun), "cpu_us": spent * 1e6 / count}

    def _cpu(self, pids: list[int]) -> float:
        return sum(map(cpu_seconds, [*pids, self._house.postgres_pid]))

    def _record(self, number: int, people: int, tenants: int) -> Record:
        tenant, person = f"tenant-{number % tenants}", f"U{number % people:031x}"
        now, name = SystemClock().now(), f"{self._runs}-{number}"
        event = MessageReceived(
            channel="line",
            account=f"{tenant}-line",
            conversation=person,
            provider_event_id=name,
            occurred_at=now,
            received_at=now,
            contact=Contact(address=Address(kind=AddressKind.LINE_USER, value=person)),
            provider_message_id=name,
            content=Content(kind=ContentKind.TEXT, text=f"配送はいつですか {name}"),
        )
        return Record(INBOUND_MESSAGES, person.encode(), Envelope(uuid4(), tenant, "ingest", now, event))
