"""The observer, a process of its own: notes when each hop of a run's messages is in the log.

Started as `python watch.py BOOTSTRAP RUN PARTITIONS`; it reads case.events, routing.events and outbound.results from their ends.
A line on standard input asks it for what it has seen: `count` for how many, anything else for all of it as number of the message → wall
clock. `filed` are all messages; `assigned`, `replied` and `accepted` (by the provider) count for the message that opened the case.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

import uvloop
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic_core import from_json

_TOPICS = ("case.events", "routing.events", "outbound.results")
_WANTED = frozenset({b"madoguchi.MessageAdded", b"madoguchi.WorkAssigned", b"madoguchi.SendAccepted"})
_HOPS = ("assigned", "replied", "accepted")


@dataclass
class Seen:
    run: str
    filed: dict[int, float] = field(default_factory=dict)
    hops: dict[str, dict[int, float]] = field(default_factory=lambda: {hop: {} for hop in _HOPS})
    again: int = 0
    _first_of: dict[str, int] = field(default_factory=dict)
    _at: dict[tuple[str, str], float] = field(default_factory=dict)

    def note(self, record: ConsumerRecord, now: float) -> None:
        if dict(record.headers).get("ce_type") not in _WANTED:
            return
        event = from_json(record.value)
        data = event["data"]
        match event["type"]:
            case "madoguchi.MessageAdded":
                self._note_message(data, now)
            case "madoguchi.WorkAssigned":
                self._note_hop("assigned", data["case_id"], now)
            case "madoguchi.SendAccepted":
                self._note_hop("accepted", data["case_id"], now)

    def _note_message(self, data: dict[str, object], now: float) -> None:
        content, author = data["content"], data["author"]
        assert isinstance(content, dict)
        assert isinstance(author, dict)
        if author["kind"] != "customer":
            self._note_hop("replied", str(data["case_id"]), now)
            return
        run, _, number = str(content.get("text", "")).rpartition(" ")[2].partition(":")
        if run != self.run:
            return
        self.again += int(number) in self.filed
        self.filed.setdefault(int(number), now)
        if data["seq"] == 1:
            self._first_of[str(data["case_id"])] = int(number)
            for hop in _HOPS:
                self._match(hop, str(data["case_id"]))

    def _note_hop(self, hop: str, case_id: str, now: float) -> None:
        self.again += hop == "accepted" and (hop, case_id) in self._at
        self._at.setdefault((hop, case_id), now)
        self._match(hop, case_id)

    def _match(self, hop: str, case_id: str) -> None:
        """Nothing says which of the topics is read first."""
        if case_id in self._first_of and (hop, case_id) in self._at:
            self.hops[hop][self._first_of[case_id]] = self._at[hop, case_id]


async def main(bootstrap: str, run: str, partitions_each: str) -> None:
    client = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=500)
    await client.start()
    partitions = [TopicPartition(topic, number) for topic in _TOPICS for number in range(int(partitions_each))]
    client.assign(partitions)
    await client.seek_to_end(*partitions)
    for partition in partitions:
        await client.position(partition)
    print("ready", flush=True)  # noqa: T201
    seen = Seen(run)
    asked = asyncio.create_task(_answer(seen))
    while not asked.done():
        for records in (await client.getmany(timeout_ms=50)).values():
            now = time.time()
            for record in records:
                seen.note(record, now)
    await client.stop()


async def _answer(seen: Seen) -> None:
    while line := await asyncio.to_thread(sys.stdin.readline):
        hops = {"filed": seen.filed} | seen.hops
        told = {hop: len(at) for hop, at in hops.items()} if line.strip() == "count" else hops | {"again": seen.again}
        print(json.dumps(told), flush=True)  # noqa: T201


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
