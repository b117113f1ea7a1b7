"""What the case knows of its work in the router: a copy for lists, never the truth."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TypedDict


@dataclass(frozen=True, slots=True)
class SlaClock:
    """`at` is the ledger entry's own time; an older entry never replaces a newer one."""

    state: str
    policy: str
    at: datetime
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RoutingView:
    work_state: str | None = None
    queue: str | None = None
    agent_id: str | None = None
    last_agent_id: str | None = None
    offered_to: str | None = None
    routed_at: datetime | None = None
    sla: Mapping[str, SlaClock] = field(default_factory=dict)


class WorkChange(TypedDict, total=False):
    """A field that is left out stays as it is."""

    work_state: str | None
    queue: str | None
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
    return view if known and clock.at < known.at else replace(view, sla={**view.sla, metric: clock})
