"""What the case knows of its work in the router: a copy for lists, never the truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Final, TypedDict

APPLIED: Final = "applied"
RESUMED: Final = "resumed"
RETARGETED: Final = "retargeted"
RUNNING: Final = "running"
PAUSED: Final = "paused"
BREACHED: Final = "breached"


@dataclass(frozen=True, slots=True)
class SlaClock:
    """`at` is the ledger entry's own time, `told_at` when the router told of it: what it told later holds.

    A breach is never undone. `remaining_ms` is business time.
    """

    state: str
    policy: str
    at: datetime
    due_at: datetime | None = None
    told_at: datetime | None = None
    remaining_ms: int | None = None
    breached_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoutingView:
    work_state: str | None = None
    queue: str | None = None
    work_priority: int | None = None
    agent_id: str | None = None
    last_agent_id: str | None = None
    offered_to: str | None = None
    routed_at: datetime | None = None
    sla: Mapping[str, SlaClock] = field(default_factory=dict)


class WorkChange(TypedDict, total=False):
    """A field that is left out stays as it is."""

    work_state: str | None
    queue: str | None
    work_priority: int | None
    agent_id: str | None
    offered_to: str | None


def with_work(view: RoutingView, change: WorkChange, at: datetime) -> RoutingView:
    """Older than what is known: no change."""
    if view.routed_at is not None and at < view.routed_at:
        return view
    changed = replace(view, routed_at=at, **change)
    return replace(changed, last_agent_id=changed.agent_id or changed.last_agent_id)


def with_clock(view: RoutingView, metric: str, clock: SlaClock) -> RoutingView:
    known = view.sla.get(metric)
    if known is not None and (clock.told_at or clock.at) < (known.told_at or known.at):
        return view
    return replace(view, sla={**view.sla, metric: _following(known, clock)})


def _following(known: SlaClock | None, clock: SlaClock) -> SlaClock:
    """A new clock knows nothing of the one before; every other entry goes on with it."""
    before = None if clock.state == APPLIED else known
    breached_at = clock.breached_at or (before.breached_at if before is not None else None)
    if clock.state not in (APPLIED, RESUMED, RETARGETED):
        return replace(clock, breached_at=breached_at)
    is_held = clock.state == RETARGETED and before is not None and before.state == PAUSED
    runs = BREACHED if breached_at is not None else RUNNING
    return replace(clock, state=PAUSED if is_held else runs, breached_at=breached_at)
