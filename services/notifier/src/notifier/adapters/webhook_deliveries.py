"""Each event's fate at one endpoint, read out of the log, the endpoint's place in it and the attempts."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final

from asyncpg import Connection

from notifier.domain.endpoint import Attempt
from notifier.handlers.platform_ports import DeliveryStatus, EventDelivery, WantedDeliveries

ATTEMPT_COLUMNS: Final = "event_id, n, at, code, reason, http_status, gave_up, delivered, milliseconds"
_LAST: Final = ", ".join(f"a.{name} AS last_{name}" for name in ATTEMPT_COLUMNS.split(", "))

_FATES: Final = f"""
SELECT * FROM (
    SELECT e.position, e.id AS event_id, e.type, e.at, {_LAST}, coalesce(a.made, 0) AS attempts, CASE
        WHEN a.delivered THEN 'delivered'
        WHEN p.head_id = e.id THEN 'retrying'
        WHEN e.position > p.cursor THEN 'waiting'
        WHEN a.gave_up THEN 'given_up'
        ELSE 'skipped' END AS status
    FROM webhook_endpoint AS p
    JOIN platform_event AS e ON e.tenant_id = p.tenant_id AND e.position > p.begins_after
    LEFT JOIN LATERAL (
        SELECT t.*, count(*) OVER () AS made FROM webhook_attempt AS t
        WHERE t.tenant_id = p.tenant_id AND t.subscription = p.subscription AND t.event_id = e.id
        ORDER BY t.at DESC, t.n DESC LIMIT 1
    ) AS a ON true
    WHERE p.tenant_id = $1 AND p.subscription = $2 AND e.type = ANY($3)
        AND ($4::bigint IS NULL OR e.position < $4) AND ($5::uuid IS NULL OR e.id = $5) {{narrowed}}
) AS fate WHERE $6::text IS NULL OR status = $6 ORDER BY position DESC LIMIT $7
"""  # noqa: S608  # names of our own
_NARROWED: Final = {
    DeliveryStatus.GIVEN_UP: """AND e.id IN (SELECT event_id FROM webhook_attempt AS g
        WHERE g.tenant_id = p.tenant_id AND g.subscription = p.subscription AND g.gave_up)""",
    DeliveryStatus.WAITING: "AND e.position > p.cursor",
    DeliveryStatus.RETRYING: "AND e.id = p.head_id",
}
"""What is rare among millions is not looked for one by one."""


async def find_deliveries(
    connection: Connection, tenant: str, subscription: str, types: Collection[str], wanted: WantedDeliveries
) -> Sequence[Mapping[str, Any]]:
    sql = _FATES.format(narrowed=_NARROWED.get(wanted.status, "") if wanted.status else "")
    values = (wanted.before, wanted.event_id, wanted.status, wanted.limit)
    found: Sequence[Mapping[str, Any]] = await connection.fetch(sql, tenant, subscription, sorted(types), *values)
    return found


def delivery(row: Mapping[str, Any]) -> EventDelivery:
    names = ATTEMPT_COLUMNS.split(", ")
    return EventDelivery(
        position=row["position"],
        event_id=row["event_id"],
        type=row["type"],
        at=row["at"],
        status=DeliveryStatus(row["status"]),
        attempts=row["attempts"],
        last=Attempt(**{name: row[f"last_{name}"] for name in names}) if row["attempts"] else None,
    )


def attempt(row: Mapping[str, Any]) -> Attempt:
    return Attempt(**dict(row))
