from collections.abc import Collection, Sequence
from itertools import starmap
from typing import Final

from typing_extensions import override

from case_store.adapters import rows
from case_store.adapters.batch_cases import BatchCases
from case_store.adapters.batch_shelf import Shelf, columns, settling
from case_store.adapters.postgres_people import POINT, PostgresPeople
from case_store.domain.customer import AddressKey, ContactPoint, Customer, KnownContact
from runtime.errors import DependencyDown
from runtime.unit_of_work import UnitOfWork

# In the order of ids, customers before cases: so that two partitions can't wait for each other.
_KNOWN: Final = f"""
SELECT {POINT}, {rows.CUSTOMER}
FROM unnest($2::text[], $3::text[]) AS named (account, address)
JOIN contact_point cp ON cp.tenant_id = $1 AND cp.account = named.account AND cp.address = named.address
JOIN customer cu ON cu.tenant_id = cp.tenant_id AND cu.id = cp.customer_id
ORDER BY cu.id, cp.id FOR NO KEY UPDATE OF cu, cp
"""  # noqa: S608  # constants of this module
_ADD: Final = """
WITH new AS (
    SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                         $9::text[], $10::text[], $11::text[])
        AS new (point_id, customer_id, channel, account, address_kind, address, point_name, kind, display_name, language)),
point AS (
    INSERT INTO contact_point
        (tenant_id, id, customer_id, channel, account, address_kind, address, display_name, state_at, created_at)
    SELECT $1, point_id, customer_id, channel, account, address_kind, address, point_name, $12, $12
    FROM new ORDER BY account, address, address_kind
    ON CONFLICT (tenant_id, account, address_kind, address) DO NOTHING
    RETURNING customer_id)
INSERT INTO customer (tenant_id, id, kind, display_name, language, created_at)
SELECT $1, new.customer_id, new.kind, new.display_name, new.language, $12 FROM new JOIN point USING (customer_id)
RETURNING id
"""


class BatchPeople(PostgresPeople):
    """Contact points are read for the whole batch, new people written at its end."""

    def __init__(self, work: UnitOfWork, shelf: Shelf, cases: BatchCases) -> None:
        super().__init__(work)
        self._shelf = shelf
        self._cases = cases
        self._known: dict[tuple[str, str], list[KnownContact]] = {}
        self._new: list[tuple[Customer, ContactPoint]] = []

    async def load(self, addresses: Collection[tuple[str, str]]) -> list[Customer]:
        """The customers of these accounts' addresses, with their contact points locked."""
        found = await self._connection.fetch(
            _KNOWN, self._work.tenant, [account for account, _ in addresses], [value for _, value in addresses]
        )
        self._known.update({place: [] for place in addresses})
        for row in found:
            contact = KnownContact(rows.contact_point(row), rows.customer(row))
            self._known[contact.point.account, contact.point.address.value].append(contact)
        return list({row["customer_id"]: rows.customer(row) for row in found}.values())

    @override
    async def known(self, account: str, addresses: Sequence[AddressKey]) -> list[KnownContact]:
        places = {(account, address.value) for address in addresses}
        missing = places - self._known.keys()
        if missing:
            await self.load(missing)
        held = (contact for place in places for contact in self._known[place])
        return [contact for contact in held if contact.point.address in addresses]

    @override
    async def add_person(self, customer: Customer, point: ContactPoint) -> bool:
        """Known to be absent when it was looked for; should another partition be quicker, the batch is tried again."""
        self._new.append((customer, point))
        self._known[point.account, point.address.value].append(KnownContact(point, customer))
        self._cases.met(customer.id)
        return True

    async def flush(self) -> None:
        if not self._new:
            return
        added = await self._connection.fetch(
            _ADD, self._work.tenant, *columns(starmap(_row, self._new)), self._work.now
        )
        if len(added) < len(self._new):
            raise DependencyDown("a contact point is being added by others; try again")
        self._new = []

    def forget(self) -> None:
        self._known = {}

    add_contact_points = settling(PostgresPeople.add_contact_points)
    rename = settling(PostgresPeople.rename)
    set_state = settling(PostgresPeople.set_state)
    owner_of = settling(PostgresPeople.owner_of)
    lock_customers = settling(PostgresPeople.lock_customers)
    read = settling(PostgresPeople.read)
    move = settling(PostgresPeople.move)
    move_all = settling(PostgresPeople.move_all)
    mark_merged = settling(PostgresPeople.mark_merged)
    change_facts = settling(PostgresPeople.change_facts)


def _row(customer: Customer, point: ContactPoint) -> tuple[object, ...]:
    return (
        point.id,
        customer.id,
        point.channel,
        point.account,
        point.address.kind,
        point.address.value,
        point.display_name,
        customer.kind.value,
        customer.display_name,
        customer.language,
    )
