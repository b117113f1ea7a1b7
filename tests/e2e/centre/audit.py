"""Reading `routing.events` as any consumer may, and checking what must hold whatever was killed."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from aiokafka import TopicPartition

from centre.answers import when
from contracts.topics import ROUTING_EVENTS
from runtime.kafka import reader_client
from runtime.settings import KafkaSettings

_HOW = ("declined", "timed_out", "withdrawn")


@dataclass(frozen=True, slots=True)
class Told:
    id: str
    type: str
    at: datetime
    data: dict[str, Any]


async def read_events(kafka: KafkaSettings, tenant: str) -> dict[str, list[Told]]:
    """By case, in the order of the log. An event that was published again after a crash is the same one."""
    client = reader_client(kafka)
    await client.start()
    try:
        await client._client.add_topic(ROUTING_EVENTS.name)
        await client._client.force_metadata_update()
        numbers = client._client.cluster.partitions_for_topic(ROUTING_EVENTS.name)
        ends = await client.end_offsets([TopicPartition(ROUTING_EVENTS.name, number) for number in numbers])
        left = {partition: end for partition, end in ends.items() if end}
        client.assign(list(left))
        await client.seek_to_beginning()
        seen: dict[str, Told] = {}
        while left:
            for records in (await client.getmany(timeout_ms=500)).values():
                _take(seen, (json.loads(record.value) for record in records), tenant)
            left = {one: end for one, end in left.items() if await client.position(one) < end}
    finally:
        await client.stop()
    cases: dict[str, list[Told]] = defaultdict(list)
    for told in seen.values():
        if "case_id" in told.data:
            cases[told.data["case_id"]].append(told)
    return cases


def _take(seen: dict[str, Told], envelopes: Iterable[dict[str, Any]], tenant: str) -> None:
    for envelope in envelopes:
        if tenant not in (envelope.get("tenant"), envelope.get("tenantid"), envelope.get("subject")):
            continue
        data = envelope["data"]
        at = next(value for name, value in data.items() if name == "at" or (name.endswith("_at") and name not in _OTHERS))
        told = Told(envelope["id"], envelope["type"].rpartition(".")[2], when(at), data)
        before = seen.setdefault(told.id, told)
        assert before == told, (before, told)


_OTHERS = ("expires_at", "due_at")


class CaseAudit:
    """One case's events replayed. `held` has who held it and when, by offer, assignment or wrap-up."""

    def __init__(self, case_id: str) -> None:
        self.case_id = case_id
        self.offer: Told | None = None
        self.assignment: Told | None = None
        self.done = 0
        self.held: list[tuple[str, datetime, datetime]] = []
        self.clocks: dict[str, Told] = {}
        self.breached: set[tuple[str, int]] = set()

    def follow(self, events: Iterable[Told]) -> "CaseAudit":
        last: Told | None = None
        for told in events:
            assert last is None or told.at >= last.at or told.type.startswith("Sla"), (last, told)
            handler = getattr(self, f"_{told.type}", None)
            if handler is not None:
                handler(told)
            last = told if not told.type.startswith("Sla") else last
        return self

    def _WorkOffered(self, told: Told) -> None:  # noqa: N802  (named as the event)
        assert self.offer is None, (self.offer, told)
        assert self.assignment is None, (self.assignment, told)
        self.offer = told

    def _OfferEnded(self, told: Told) -> None:  # noqa: N802
        assert self.offer is not None, told
        assert self.offer.data["offer_id"] == told.data["offer_id"], (self.offer, told)
        assert told.data["how"] in _HOW
        if told.data["how"] == "timed_out":
            assert told.at >= when(self.offer.data["expires_at"]), (self.offer, told)
        self._let_go(self.offer, told)
        self.offer = None

    def _WorkAssigned(self, told: Told) -> None:  # noqa: N802
        assert self.assignment is None, (self.assignment, told)
        if self.offer is not None:
            assert told.at < when(self.offer.data["expires_at"]), (self.offer, told)
            self._let_go(self.offer, told)
        self.offer, self.assignment = None, told

    def _AssignmentEnded(self, told: Told) -> None:  # noqa: N802
        assert self.assignment is not None, told
        assert self.assignment.data["assignment_id"] == told.data["assignment_id"], (self.assignment, told)
        self._let_go(self.assignment, told)
        self.assignment = None

    def _WorkDone(self, told: Told) -> None:  # noqa: N802
        assert (self.offer, self.assignment) == (None, None), told
        self.done += 1

    def _SlaApplied(self, told: Told) -> None:  # noqa: N802
        self.clocks[told.data["metric"]] = told

    def _SlaBreached(self, told: Told) -> None:  # noqa: N802
        metric = told.data["metric"]
        assert told.at >= when(told.data["due_at"]), told
        assert metric not in self.breached, told
        self.breached.add(metric)

    def _let_go(self, taken: Told, told: Told) -> None:
        assert taken.data["agent_id"] == told.data["agent_id"], (taken, told)
        self.held.append((taken.data["agent_id"], taken.at, told.at))


def most_held(audits: Iterable[CaseAudit]) -> dict[str, int]:
    """The most that each agent held at any instant; what ended at an instant made room for what began then."""
    changes: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for audit in audits:
        for agent_id, begun, ended in audit.held:
            if begun < ended:
                changes[agent_id] += [(begun, 1), (ended, -1)]
    most: dict[str, int] = {}
    for agent_id, found in changes.items():
        total = 0
        for _, change in sorted(found):
            total += change
            most[agent_id] = max(most.get(agent_id, 0), total)
    return most
