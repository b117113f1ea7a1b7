from typing import Final

from case_store.handlers.batch_ports import Touched
from runtime.unit_of_work import UnitOfWork

_CUSTOMERS: Final = """
SELECT 1 FROM customer WHERE tenant_id = $1 AND id IN (
    SELECT cp.customer_id FROM unnest($2::text[], $3::text[]) AS named (account, address)
    JOIN contact_point cp ON cp.tenant_id = $1 AND cp.account = named.account AND cp.address = named.address)
ORDER BY id FOR NO KEY UPDATE
"""
_CASES: Final = """
SELECT 1 FROM customer_case WHERE tenant_id = $1 AND id IN (
    SELECT unnest($2::uuid[])
    UNION SELECT c.id FROM unnest($3::text[], $4::text[]) AS named (account, address)
    JOIN contact_point cp ON cp.tenant_id = $1 AND cp.account = named.account AND cp.address = named.address
    CROSS JOIN LATERAL (
        SELECT id FROM customer_case WHERE tenant_id = $1 AND customer_id = cp.customer_id AND status IN ('open', 'resolved')
        ORDER BY (status = 'open') DESC, resolved_at DESC LIMIT 1) c
    UNION SELECT m.case_id FROM unnest($5::text[], $6::text[]) AS told (account, provider_id)
    JOIN provider_message p ON p.tenant_id = $1 AND p.account = told.account AND p.provider_message_id = told.provider_id
    JOIN message m ON m.tenant_id = $1 AND m.id = p.message_id)
ORDER BY id FOR NO KEY UPDATE
"""


class PostgresRowLocks:
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def lock(self, touched: Touched) -> None:
        connection, tenant = self._work.connection, self._work.tenant
        addresses, messages = _columns(touched.addresses), _columns(touched.provider_messages)
        if touched.addresses:
            await connection.execute(_CUSTOMERS, tenant, *addresses)
        await connection.execute(_CASES, tenant, list(touched.cases), *addresses, *messages)


def _columns(pairs: set[tuple[str, str]]) -> tuple[list[str], list[str]]:
    return [first for first, _ in pairs], [second for _, second in pairs]
