"""Reading the house's stores and topics from outside, past its services and past row security."""

import asyncio
import json
from collections import Counter
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import asyncpg
import httpx
from aiokafka import TopicPartition

from contracts.envelope import MalformedEvent, decode
from contracts.inbound import MessageReceived
from contracts.routing import WorkAssigned
from contracts.topics import TOPICS
from drills.facts import Arrived, Entry, Facts, Held, Seen, SlaEntry
from drills.house import DrilledHouse
from runtime.kafka import reader_client

SCHEMAS = ("case_store", "router", "notifier")
OVERDUE_SECONDS = 5
_ENTRIES = """
SELECT m.tenant_id, m.case_id, c.opened_at, m.seq, m.event_id, m.id, m.direction = 'in' AS inbound, m.content->>'text' AS text
FROM case_store.message m JOIN case_store.customer_case c ON c.tenant_id = m.tenant_id AND c.id = m.case_id
"""
_HELD = """
SELECT 'offer' AS kind, id, tenant_id, case_id, agent_id, offered_at AS since, ended_at AS until FROM router.offer
UNION ALL SELECT 'assignment', id, tenant_id, case_id, agent_id, started_at, ended_at FROM router.assignment
"""
_SLA = "SELECT tenant_id, case_id, type, entry::text AS entry, at FROM router.sla_ledger ORDER BY position"
_OVERDUE = "SELECT case_id, metric, kind FROM router.sla_timer WHERE due_at < now() - make_interval(secs => $1)"
_UNREAD = """
SELECT count(*) FROM case_store.message m JOIN notifier.delivery d ON d.tenant_id = m.tenant_id AND d.id = m.id
WHERE m.channel = 'whatsapp' AND m.content->>'text' LIKE $1 AND d.state = 'accepted' AND m.status <> 'read'
"""
_OPEN = ("pending", "sending", "retry", "ambiguous")


async def connect(house: DrilledHouse) -> asyncpg.Connection:
    return await asyncpg.connect(house.dsn, timeout=10, server_settings={"search_path": "public"})


async def look(house: DrilledHouse, left: tuple[str, ...]) -> Facts:
    connection = await connect(house)
    try:
        rows = {
            name: await connection.fetch(text) for name, text in (("entry", _ENTRIES), ("held", _HELD), ("sla", _SLA))
        }
        deliveries = await connection.fetch("SELECT id, state FROM notifier.delivery")
        overdue = await connection.fetch(_OVERDUE, OVERDUE_SECONDS)
    finally:
        await connection.close()
    topics = await read_topics(house)
    dead = [record for name, records in topics.items() if name.endswith(".dlq") for record in records]
    return Facts(
        entries=tuple(map(_entry, rows["entry"])),
        held=tuple(map(_held, rows["held"])),
        capacity=dict(house.allowed),
        deliveries={row["id"]: row["state"] for row in deliveries},
        visible=await _visible(house),
        sla=tuple(map(_sla, rows["sla"])),
        arrived=tuple(_arrived(topics["inbound.messages"])),
        dead=tuple(found.id for record in dead if (found := readable(record)) is not None),
        dead_by_topic=Counter(record.topic.removesuffix(".dlq") for record in dead),
        assigned_told=frozenset(_assigned(topics["routing.events"])),
        overdue=tuple(f"{row['kind']} of {row['metric']} for case {row['case_id']}" for row in overdue),
        left=left,
    )


async def unfinished(house: DrilledHouse, expected: set[UUID]) -> list[str]:
    """What has not come to rest yet, one sentence each."""
    ends = await end_offsets(house)
    connection = await connect(house)
    try:
        found = [sentence for schema in SCHEMAS for sentence in await _behind(connection, schema, ends)]
        have = {row["event_id"] for row in await connection.fetch("SELECT event_id FROM case_store.message")}
        if missing := len(expected - have):
            found.append(f"{missing} accepted messages are not in the history yet")
        if waiting := await connection.fetchval("SELECT count(*) FROM notifier.delivery WHERE state = ANY($1)", _OPEN):
            found.append(f"{waiting} deliveries are under way")
        if open_work := await connection.fetchval("SELECT count(*) FROM router.work_item WHERE state <> 'done'"):
            found.append(f"{open_work} work items are open")
    finally:
        await connection.close()
    return found


async def _behind(connection: asyncpg.Connection, schema: str, ends: dict[tuple[str, int], int]) -> list[str]:
    found = []
    if rows := await connection.fetchval(f"SELECT count(*) FROM {schema}.outbox"):
        found.append(f"{rows} rows are in the outbox of {schema}")
    leases = await connection.fetch(f"SELECT consumer, topic, partition, next_offset FROM {schema}.partition_lease")
    for row in leases:
        if (left := ends.get((row["topic"], row["partition"]), 0) - row["next_offset"]) > 0:
            found.append(f"{row['consumer']} is {left} records behind on {row['topic']}/{row['partition']}")
    return found


async def groups(house: DrilledHouse) -> list[tuple[str, str]]:
    """Each consumer group with its topic."""
    connection = await connect(house)
    try:
        asked = " UNION ".join(f"SELECT consumer, topic FROM {schema}.partition_lease" for schema in SCHEMAS)
        return sorted((row["consumer"], row["topic"]) for row in await connection.fetch(asked))
    finally:
        await connection.close()


async def readers(house: DrilledHouse) -> Counter[str]:
    """How many consumers each topic has."""
    return Counter(topic for _, topic in await groups(house))


async def unread(house: DrilledHouse, name: str) -> int:
    """WhatsApp replies of a drill that were delivered and whose receipts did not lead to `read`."""
    connection = await connect(house)
    try:
        return int(await connection.fetchval(_UNREAD, f"{name} %"))
    finally:
        await connection.close()


async def takeovers(house: DrilledHouse, service: str) -> int:
    """How often its partitions have changed hands."""
    connection = await connect(house)
    try:
        schema = service.replace("-", "_")
        return int(await connection.fetchval(f"SELECT coalesce(sum(epoch), 0) FROM {schema}.partition_lease"))
    finally:
        await connection.close()


async def end_offsets(house: DrilledHouse) -> dict[tuple[str, int], int]:
    client = reader_client(house.kafka)
    await client.start()
    try:
        async with asyncio.timeout(30):
            partitions = await _partitions(client, [topic.name for topic in TOPICS])
            ends = await client.end_offsets(partitions)
    finally:
        await client.stop()
    return {(partition.topic, partition.partition): end for partition, end in ends.items()}


async def read_topics(house: DrilledHouse) -> dict[str, list[Any]]:
    """Every record of every topic, in each partition's order."""
    names = [topic.name for topic in TOPICS]
    names += [topic.dead_letters for topic in TOPICS if topic.has_dead_letters]
    client = reader_client(house.kafka)
    await client.start()
    found: dict[str, list[Any]] = {name: [] for name in names}
    try:
        async with asyncio.timeout(60):
            partitions = await _partitions(client, names)
            ends = {partition: end for partition, end in (await client.end_offsets(partitions)).items() if end}
            client.assign(list(ends))
            await client.seek_to_beginning()
            while ends:
                for partition, records in (await client.getmany(timeout_ms=500)).items():
                    found[partition.topic] += records
                ends = {one: end for one, end in ends.items() if await client.position(one) < end}
    finally:
        await client.stop()
    return found


async def _partitions(client: Any, names: list[str]) -> list[Any]:
    await client._client.force_metadata_update()
    found = []
    for name in names:
        numbers = client._client.cluster.partitions_for_topic(name) or await _numbers(client, name)
        found += [TopicPartition(name, number) for number in sorted(numbers)]
    return found


async def _numbers(client: Any, name: str) -> set[int]:
    await client._client.add_topic(name)
    await client._client.force_metadata_update()
    return set(client._client.cluster.partitions_for_topic(name) or ())


async def _visible(house: DrilledHouse) -> tuple[Seen, ...]:
    async with httpx.AsyncClient(trust_env=False, timeout=20) as http:
        page = (await http.get(f"{house.control}/visible", params={"limit": 200_000})).raise_for_status().json()
    return tuple(map(_seen, page["items"]))


def _seen(item: Any) -> Seen:
    """A receiver of webhooks serves many people; whom it is for stands in the message."""
    recipient = item["content"]["data"]["to"] if item["provider"] == "webhooks" else item["recipient"]
    return Seen(item["text"], recipient)


def _entry(row: Any) -> Entry:
    return Entry(
        row["tenant_id"],
        row["case_id"],
        row["opened_at"],
        row["seq"],
        row["event_id"],
        row["id"],
        row["inbound"],
        row["text"],
    )


def _held(row: Any) -> Held:
    return Held(row["kind"], row["id"], row["tenant_id"], row["case_id"], row["agent_id"], row["since"], row["until"])


def _sla(row: Any) -> SlaEntry:
    entry = json.loads(row["entry"])
    due = entry.get("due_at")
    due_at = None if due is None else datetime.fromtimestamp(due / 1000, UTC)
    return SlaEntry(
        row["tenant_id"], row["case_id"], entry["metric"], row["type"], row["at"], due_at, entry.get("warning", "")
    )


def readable(record: Any) -> Any:
    try:
        return decode(record.value)
    except (MalformedEvent, TypeError):
        return None


def _arrived(records: list[Any]) -> set[Arrived]:
    found = (readable(record) for record in records)
    return {Arrived(one.tenant, one.id) for one in found if one is not None and isinstance(one.data, MessageReceived)}


def _assigned(records: list[Any]) -> set[UUID]:
    found = (readable(record) for record in records)
    return {one.data.assignment_id for one in found if one is not None and isinstance(one.data, WorkAssigned)}
