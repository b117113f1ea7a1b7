from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID


class CaseStatus(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Case:
    """`work_requested`: the router knows it. A case that holds only what another module answered (standby) asked for nobody yet."""

    id: UUID
    customer_id: UUID
    status: CaseStatus
    opened_at: datetime
    resolved_at: datetime | None = None
    work_requested: bool = False
    last_agent_id: str | None = None
    merged_into: UUID | None = None
    revision: int = 1
