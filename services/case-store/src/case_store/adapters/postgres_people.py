from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from case_store.adapters import rows
from case_store.domain.customer import AddressKey, ContactPoint, Customer, KnownContact
from runtime.unit_of_work import UnitOfWork

POINT: Final = (
    "cp.id AS point_id, cp.customer_id, cp.channel, cp.account, cp.address_kind, cp.address,"
    " cp.display_name AS point_name, cp.state"
)
_KNOWN: Final = f"""
SELECT {POINT}, {rows.CUSTOMER}
FROM contact_point cp JOIN customer cu ON cu.tenant_id = cp.tenant_id AND cu.id = cp.customer_id
WHERE cp.tenant_id = $1 AND cp.account = $2
  AND cp.address = ANY($3::text[])
FOR NO KEY UPDATE OF cu, cp
"""  # noqa: S608  # constants of this module
_ADD_PERSON: Final = """
WITH point AS (
    INSERT INTO contact_point
        (tenant_id, id, customer_id, channel, account, address_kind, address, display_name, state_at, created_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)
    ON CONFLICT (tenant_id, account, address_kind, address) DO NOTHING
    RETURNING customer_id)
INSERT INTO customer (tenant_id, id, kind, display_name, language, created_at)
SELECT $1, customer_id, $10, $11, $12, $9 FROM point
RETURNING id
"""
_ADD_POINTS: Final = """
INSERT INTO contact_point
    (tenant_id, id, customer_id, channel, account, address_kind, address, state_at, created_at)
SELECT $1, id, $2, $3, $4, kind, address, $8, $8
FROM unnest($5::uuid[], $6::text[], $7::text[]) AS new (id, kind, address)
ON CONFLICT (tenant_id, account, address_kind, address) DO NOTHING
"""
_RENAME: Final = """
WITH point AS (UPDATE contact_point SET display_name = $4 WHERE (tenant_id, id) = ($1, $2))
UPDATE customer SET display_name = $4, revision = revision + 1
WHERE (tenant_id, id) = ($1, $3) AND (display_name IS NULL OR display_name = $5)
"""
_SET_STATE: Final = """
UPDATE contact_point SET state = $3, state_at = $4 WHERE (tenant_id, id) = ($1, $2) AND state_at <= $4 RETURNING true
"""
_OWNER: Final = (
    "SELECT customer_id FROM contact_point WHERE (tenant_id, account, address_kind, address) = ($1, $2, $3, $4)"
)
_LOCK: Final = f"""
SELECT {rows.CUSTOMER} FROM customer cu WHERE cu.tenant_id = $1 AND cu.id = ANY($2::uuid[])
ORDER BY cu.id FOR NO KEY UPDATE
"""  # noqa: S608
_READ: Final = f"SELECT {rows.CUSTOMER} FROM customer cu WHERE (cu.tenant_id, cu.id) = ($1, $2)"  # noqa: S608
_MOVE_ALL: Final = f"""
UPDATE contact_point cp SET customer_id = $3 WHERE cp.tenant_id = $1 AND cp.customer_id = $2 RETURNING {POINT}
"""  # noqa: S608
_MOVE: Final = """
WITH moved AS (SELECT customer_id FROM contact_point WHERE (tenant_id, id) = ($1, $2)),
change AS (UPDATE contact_point SET customer_id = $3 WHERE (tenant_id, id) = ($1, $2))
SELECT count(*) FROM contact_point WHERE tenant_id = $1 AND id <> $2 AND customer_id = (SELECT customer_id FROM moved)
"""
_CHANGE: Final = """
UPDATE customer SET display_name = $3, tier = $4, entitlement = $5, organisation = $6, tags = $7, language = $8, revision = $9
WHERE (tenant_id, id) = ($1, $2)
"""


class PostgresPeople:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work
        self._connection = work.connection

    async def known(self, account: str, addresses: Sequence[AddressKey]) -> list[KnownContact]:
        values = list({address.value for address in addresses})
        found = await self._connection.fetch(_KNOWN, self._work.tenant, account, values)
        known = [KnownContact(rows.contact_point(row), rows.customer(row)) for row in found]
        return [contact for contact in known if contact.point.address in addresses]

    async def add_person(self, customer: Customer, point: ContactPoint) -> bool:
        added = await self._connection.fetchval(
            _ADD_PERSON,
            self._work.tenant,
            point.id,
            customer.id,
            point.channel,
            point.account,
            point.address.kind,
            point.address.value,
            point.display_name,
            self._work.now,
            customer.kind.value,
            customer.display_name,
            customer.language,
        )
        return added is not None

    async def add_contact_points(self, points: Sequence[ContactPoint]) -> None:
        first = points[0]
        await self._connection.execute(
            _ADD_POINTS,
            self._work.tenant,
            first.customer_id,
            first.channel,
            first.account,
            [point.id for point in points],
            [point.address.kind for point in points],
            [point.address.value for point in points],
            self._work.now,
        )

    async def rename(self, contact: KnownContact, display_name: str) -> None:
        point, before = contact.point, contact.point.display_name
        await self._connection.execute(_RENAME, self._work.tenant, point.id, contact.customer.id, display_name, before)

    async def set_state(self, contact_point_id: UUID, *, blocked: bool, at: datetime) -> bool:
        state = "blocked" if blocked else "active"
        return bool(await self._connection.fetchval(_SET_STATE, self._work.tenant, contact_point_id, state, at))

    async def owner_of(self, account: str, address: AddressKey) -> UUID | None:
        owner: UUID | None = await self._connection.fetchval(_OWNER, self._work.tenant, account, *address)
        return owner

    async def lock_customers(self, customer_ids: Sequence[UUID]) -> dict[UUID, Customer]:
        found = await self._connection.fetch(_LOCK, self._work.tenant, list(customer_ids))
        return {row["id"]: rows.customer(row) for row in found}

    async def read(self, customer_id: UUID) -> Customer | None:
        row = await self._connection.fetchrow(_READ, self._work.tenant, customer_id)
        return rows.customer(row) if row else None

    async def move(self, contact_point_id: UUID, customer_id: UUID) -> int:
        left: int = await self._connection.fetchval(_MOVE, self._work.tenant, contact_point_id, customer_id)
        return left

    async def move_all(self, customer_id: UUID, to: UUID) -> list[ContactPoint]:
        found = await self._connection.fetch(_MOVE_ALL, self._work.tenant, customer_id, to)
        return [rows.contact_point(row) for row in found]

    async def mark_merged(self, customer_id: UUID, into: UUID) -> None:
        await self._connection.execute(
            "UPDATE customer SET merged_into = $3, revision = revision + 1 WHERE (tenant_id, id) = ($1, $2)",
            self._work.tenant,
            customer_id,
            into,
        )

    async def change_facts(self, customer: Customer) -> None:
        await self._connection.execute(
            _CHANGE,
            self._work.tenant,
            customer.id,
            customer.display_name,
            customer.tier,
            customer.entitlement,
            customer.organisation,
            list(customer.tags),
            customer.language,
            customer.revision,
        )
