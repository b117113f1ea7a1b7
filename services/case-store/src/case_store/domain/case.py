from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID

TURNED_AWAY = "turned_away"


class CaseStatus(StrEnum):
    OPEN = "open"
    RESOLVED = "resolved"
    MERGED = "merged"


@dataclass(frozen=True, slots=True)
class Case:
    """`work_requested`: the router knows it. A case that holds only what another module answered (standby) asked for nobody yet.

    `pauses` is what it waits for, and since when. `resolution` is why it was resolved.
    """

    id: UUID
    customer_id: UUID
    status: CaseStatus
    opened_at: datetime
    resolved_at: datetime | None = None
    work_requested: bool = False
    last_agent_id: str | None = None
    merged_into: UUID | None = None
    subject: str | None = None
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)
    priority: int | None = None
    pauses: Mapping[str, datetime] = field(default_factory=dict)
    answered_at: datetime | None = None
    reopened: bool = False
    resolution: str | None = None
    revision: int = 1

    @property
    def has_work(self) -> bool:
        """The router has it open, as far as we know."""
        return self.status is CaseStatus.OPEN and self.work_requested
