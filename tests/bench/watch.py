"""The observer, a process of its own: notes when messages of a run are in the history and when their cases are assigned.

Started as `python watch.py BOOTSTRAP RUN PARTITIONS`; it reads case.events and routing.events from their ends.
A line on standard input asks it for what it has seen: `count` for how many, anything else for all of it as number of the message → wall
clock. Assigned are the messages that opened a case.
"""

import asyncio
import json
import sys
import time
from dataclasses import dataclass, field

import uvloop
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from pydantic_core import from_json

_TOPICS = ("case.events", "routing.events")


@dataclass
class Seen:
    run: str
    filed: dict[int, float] = field(default_factory=dict)
    assigned: dict[int, float] = field(default_factory=dict)
    again: int = 0
    _first_of: dict[str, int] = field(default_factory=dict)
    _assigned_at: dict[str, float] = field(default_factory=dict)

    def note(self, record: ConsumerRecord, now: float) -> None:
        event = from_json(record.value)
        data = event["data"]
        match event["type"]:
            case "madoguchi.MessageAdded":
                self._note_message(data, now)
            case "madoguchi.WorkAssigned":
                self._assigned_at.setdefault(data["case_id"], now)
                self._match(data["case_id"])

    def _note_message(self, data: dict[str, object], now: float) -> None:
        content = data["content"]
        assert isinstance(content, dict)
        run, _, number = str(content.get("text", "")).rpartition(" ")[2].partition(":")
        if run != self.run:
            return
        self.again += int(number) in self.filed
        self.filed.setdefault(int(number), now)
        if data["seq"] == 1:
            self._first_of[str(data["case_id"])] = int(number)
            self._match(str(data["case_id"]))

    def _match(self, case_id: str) -> None:
        """Nothing says which of the two topics is read first."""
        if case_id in self._first_of and case_id in self._assigned_at:
            self.assigned[self._first_of[case_id]] = self._assigned_at[case_id]


async def main(bootstrap: str, run: str, partitions_each: str) -> None:
    client = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False, fetch_max_wait_ms=20)
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
        if line.strip() == "count":
            told: object = {"filed": len(seen.filed), "assigned": len(seen.assigned)}
        else:
            told = {"filed": seen.filed, "assigned": seen.assigned, "again": seen.again}
        print(json.dumps(told), flush=True)  # noqa: T201


if __name__ == "__main__":
    uvloop.run(main(*sys.argv[1:]))
