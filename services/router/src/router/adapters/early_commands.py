"""Commands that wait for their turn, as rows."""

from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import TypeAdapter
from pydantic_core import to_json

from router.adapters.columns import Table
from router.domain.commands import CaseCommand
from router.domain.early import Early
from router.domain.state import Changes

EARLY: Final = "SELECT kind, command::text AS command, since FROM early_command WHERE tenant_id = $1"
_WAITS: Final = """
INSERT INTO early_command (tenant_id, case_id, sequence, kind, command, since)
SELECT $1, case_id, sequence, kind, command::json, since
FROM unnest($2::uuid[], $3::bigint[], $4::text[], $5::text[], $6::bigint[]) AS new (case_id, sequence, kind, command, since)
ON CONFLICT (tenant_id, case_id, sequence) DO UPDATE SET since = excluded.since
"""
_GONE: Final = """
DELETE FROM early_command USING unnest($2::uuid[], $3::bigint[]) AS gone (case_id, sequence)
WHERE early_command.tenant_id = $1 AND (early_command.case_id, early_command.sequence) = (gone.case_id, gone.sequence)
"""
# Of work that is done: the row of any other says it in its record.
_COUNTED: Final = """
UPDATE work_item SET record = jsonb_set(record::jsonb, '{sequence}', to_jsonb(counted.sequence))::json
FROM unnest($2::uuid[], $3::bigint[]) AS counted (case_id, sequence)
WHERE work_item.tenant_id = $1 AND work_item.case_id = counted.case_id
"""
_READ: Final[Mapping[str, TypeAdapter[Any]]] = {kind.__name__: TypeAdapter(kind) for kind in get_args(CaseCommand)}


def early_tables(changes: Changes) -> Iterator[tuple[str, Table]]:
    waits = [(*_key(place), *_row(early)) for place, early in changes.early.items() if early is not None]
    yield _WAITS, waits
    yield _GONE, [_key(place) for place, early in changes.early.items() if early is None]
    yield _COUNTED, [_key(place) for place in changes.counted.items()]


def early_from_row(row: Mapping[str, Any]) -> Early:
    """From a row of `EARLY`."""
    return Early(_READ[row["kind"]].validate_json(row["command"]), row["since"])


def _key(place: tuple[str, int]) -> tuple[str, str]:
    return place[0], str(place[1])


def _row(early: Early) -> tuple[str, str, str]:
    return type(early.command).__name__, to_json(early.command).decode(), str(early.since)
