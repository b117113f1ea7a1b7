"""The SLA ledger on `routing.events`: append-only, enough to prove a breach by replay."""

from uuid import UUID

from contracts.base import Contract, Instant, Int, OpenEnum


class _SlaEntry(Contract):
    """`remaining_ms` and `target_ms` are business milliseconds; `due_at` is absent while the clock is stopped.

    Without a calendar the clock counts all hours, and `calendar_revision` is 0.
    """

    case_id: UUID
    metric: str
    policy: str
    policy_revision: Int
    calendar: str | None = None
    calendar_revision: Int = 0
    target_ms: Int
    remaining_ms: Int
    due_at: Instant | None = None
    cause: str
    at: Instant


class SlaApplied(_SlaEntry):
    """`resumed`: the clock of a reopened case goes on with the time that was left."""

    resumed: bool = False


class SlaPaused(_SlaEntry):
    pass


class SlaResumed(_SlaEntry):
    pass


class SlaRetargeted(_SlaEntry):
    """The fields say what holds now, `previous_*` what held before; `used_ms` counts towards both targets."""

    used_ms: Int = 0
    previous_policy: str = ""
    previous_policy_revision: Int = 0
    previous_calendar: str | None = None
    previous_calendar_revision: Int = 0
    previous_target_ms: Int = 0
    previous_due_at: Instant | None = None


class SlaWarned(_SlaEntry):
    """`warning` names the offset that was reached, as `80%` or `PT5M`."""

    warning: str


class SlaBreached(_SlaEntry):
    pass


class SlaFulfilled(_SlaEntry):
    late: bool = False


class SlaCancelled(_SlaEntry):
    pass


class SlaActionKind(OpenEnum):
    RAISE_PRIORITY = "raise_priority"
    MOVE_QUEUE = "move_queue"
    NOTIFY_SUPERVISOR = "notify_supervisor"
    TAG = "tag"
    WEBHOOK = "webhook"
    UNKNOWN = "unknown"


class SlaActionTaken(Contract):
    """What a policy does at a warning or a breach, once each. `trigger` is the warning's name, as `80%`, or `breach`.

    `value` is the new priority, the queue, whom to notify, the tag or the webhook. The router raises priorities and moves
    queues itself (not `applied`: the work's state did not allow it); the others are for whoever reads this.
    """

    case_id: UUID
    metric: str
    policy: str
    policy_revision: Int
    trigger: str
    action: SlaActionKind
    value: str = ""
    applied: bool = True
    at: Instant
