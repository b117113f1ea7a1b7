import json
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import asyncpg

from case_store.adapters import rows
from case_store.domain.reply_paths import Route
from case_store.handlers.views import (
    CaseFilter,
    CaseView,
    ContactPointView,
    CustomerView,
    HandlingSnapshot,
    MessageView,
    RoutingSnapshot,
    TimelineView,
)

_CASE: Final = """
SELECT id, customer_id, status, opened_at, resolved_at, resolution, merged_into, subject, tags, fields::text AS fields,
       COALESCE(priority, work_priority) AS priority, pauses::text AS pauses, last_seq AS messages, revision,
       work_state, queue, agent_id, offered_to, routed_at AS as_of, sla::text AS sla,
       (SELECT row_to_json(h)::text FROM case_handling h
        WHERE h.tenant_id = customer_case.tenant_id AND h.case_id = customer_case.id) AS handling
FROM customer_case WHERE tenant_id = $1
"""
_WITH_WHOM: Final = """
AND id IN (SELECT h.case_id FROM case_handling h WHERE h.tenant_id = $1 AND h.state <> 'closed' AND h.state = """
MESSAGE: Final = """
SELECT m.*, m.content::text AS content_json,
       ARRAY(SELECT p.provider_message_id FROM provider_message p
             WHERE p.tenant_id = m.tenant_id AND p.message_id = m.id ORDER BY p.part) AS provider_message_ids,
       (SELECT COALESCE(json_agg(json_build_object('emoji', r.emoji, 'at', r.reacted_at) ORDER BY r.reacted_at), '[]')::text
        FROM reaction r WHERE r.tenant_id = m.tenant_id AND r.message_id = m.id AND r.emoji <> '') AS reactions_json
FROM message m WHERE m.tenant_id = $1
"""
_OPEN_CASE: Final = """
(SELECT c.id FROM customer_case c WHERE c.tenant_id = $1 AND c.customer_id = {customer} AND c.status = 'open') AS open_case_id
"""
_CUSTOMER: Final = (
    f"SELECT cu.*, {_OPEN_CASE.format(customer='cu.id')} FROM customer cu WHERE (tenant_id, id) = ($1, $2)"  # noqa: S608  # constants of this module
)
_POINT: Final = f"""
SELECT cp.*, {_OPEN_CASE.format(customer="cp.customer_id")} FROM contact_point cp WHERE cp.tenant_id = $1
"""  # noqa: S608
_TIMELINE: Final = """
SELECT position, event_id, type, data::text AS data, at FROM timeline_entry
WHERE tenant_id = $1 AND case_id = $2 AND position > $3 ORDER BY position LIMIT $4
"""

_ROUTES: Final = """
SELECT t.id, t.channel, t.account, cp.address_kind, cp.address, t.last_inbound_at, t.last_received_at, t.window_closes_at,
       cp.state = 'blocked' AS is_blocked
FROM contact_point cp JOIN conversation t ON t.tenant_id = cp.tenant_id AND t.contact_point_id = cp.id
WHERE cp.tenant_id = $1 AND cp.customer_id = $2
"""


class PostgresReader:
    def __init__(self, connection: asyncpg.Connection, tenant: str) -> None:
        self._connection = connection
        self._tenant = tenant

    async def case(self, case_id: UUID) -> CaseView | None:
        row = await self._connection.fetchrow(_CASE + "AND id = $2", self._tenant, case_id)
        return _case(row) if row else None

    async def cases(self, wanted: CaseFilter, before: UUID | None, limit: int) -> Sequence[CaseView]:
        conditions = {"customer_id": wanted.customer_id, "status": wanted.status, "agent_id": wanted.agent_id}
        given = {column: value for column, value in conditions.items() if value is not None}
        sql = _CASE + "".join(f" AND {column} = ${i}" for i, column in enumerate(given, start=3))
        if wanted.paused is not None:
            given["paused"] = wanted.paused
            sql += f" AND pauses <> '{{}}' AND pauses ? ${len(given) + 2}"
        if wanted.with_whom is not None:
            given["with_whom"] = wanted.with_whom
            sql += _WITH_WHOM + f"${len(given) + 2})"
        if before is not None:
            sql += f" AND id < ${len(given) + 3}"
        found = await self._connection.fetch(
            sql + " ORDER BY id DESC LIMIT $2", self._tenant, limit, *given.values(), *([before] if before else [])
        )
        return [_case(row) for row in found]

    async def routes(self, customer_id: UUID) -> Sequence[tuple[Route, bool]]:
        found = await self._connection.fetch(_ROUTES, self._tenant, customer_id)
        return [(rows.route(row), row["is_blocked"]) for row in found]

    async def message(self, message_id: UUID) -> MessageView | None:
        row = await self._connection.fetchrow(MESSAGE + "AND m.id = $2", self._tenant, message_id)
        return message_view(row) if row else None

    async def messages(self, case_id: UUID, after_seq: int, limit: int) -> Sequence[MessageView]:
        sql = MESSAGE + "AND m.case_id = $2 AND m.seq > $3 ORDER BY m.seq LIMIT $4"
        return [message_view(row) for row in await self._connection.fetch(sql, self._tenant, case_id, after_seq, limit)]

    async def timeline(self, case_id: UUID, after: int, limit: int) -> Sequence[TimelineView]:
        found = await self._connection.fetch(_TIMELINE, self._tenant, case_id, after, limit)
        return [TimelineView(**{**dict(row), "data": json.loads(row["data"])}) for row in found]

    async def customer(self, customer_id: UUID) -> CustomerView | None:
        row = await self._connection.fetchrow(_CUSTOMER, self._tenant, customer_id)
        return CustomerView.model_validate(dict(row)) if row else None

    async def contact_points(self, customer_id: UUID) -> Sequence[ContactPointView]:
        sql = _POINT + "AND cp.customer_id = $2 ORDER BY cp.id"
        return [_point(row) for row in await self._connection.fetch(sql, self._tenant, customer_id)]

    async def contact_points_at(self, account: str, address: str) -> Sequence[ContactPointView]:
        sql = _POINT + "AND cp.account = $2 AND cp.address = $3 ORDER BY cp.id"
        return [_point(row) for row in await self._connection.fetch(sql, self._tenant, account, address)]


def _case(row: Mapping[str, Any]) -> CaseView:
    held = dict(row) | {name: json.loads(row[name]) for name in ("fields", "pauses", "sla")}
    routing = RoutingSnapshot.model_validate(held)
    handling = HandlingSnapshot.model_validate_json(held["handling"]) if held["handling"] else None
    return CaseView.model_validate({**held, "routing": routing, "handling": handling})


def message_view(row: Mapping[str, Any]) -> MessageView:
    held = dict(row)
    told = {
        "author": {"kind": held["author_kind"], "id": held["author_id"]},
        "content": json.loads(held["content_json"]),
        "reactions": json.loads(held["reactions_json"]),
    }
    return MessageView.model_validate(held | told)


def _point(row: Mapping[str, Any]) -> ContactPointView:
    held = dict(row)
    address = {"kind": held["address_kind"], "value": held["address"]}
    return ContactPointView.model_validate(held | {"address": address})
