"""What the router decided about promises: the SLA ledger, and what policies do at warnings and breaches."""

from router.domain.model import MetricName, WarnPoint
from router.domain.sla_config import SlaActionKind
from router.domain.values import value as event


@event
class SlaEntry:
    """One line of the SLA ledger: the clock right after what happened, so that the ledger alone proves a breach.

    `remaining_ms` is business time left at `at`, negative when overdue.
    """

    case_id: str
    at: int
    metric: MetricName
    policy: str
    policy_revision: int
    calendar: str | None
    calendar_revision: int
    target_ms: int
    started_at: int
    due_at: int | None
    remaining_ms: int
    warns_left: tuple[WarnPoint, ...]
    warn_at: int | None
    version: int
    cause: str


@event
class SlaApplied(SlaEntry):
    """`resumed`: the clock of a reopened case goes on with the time that was left when it ended."""

    resumed: bool = False


@event
class SlaPaused(SlaEntry):
    pass


@event
class SlaResumed(SlaEntry):
    pass


@event
class SlaWarned(SlaEntry):
    """`warning` names the offset that was reached, as `80%` or `PT5M`."""

    warning: str


@event
class SlaBreached(SlaEntry):
    pass


@event
class SlaFulfilled(SlaEntry):
    late: bool


@event
class SlaCancelled(SlaEntry):
    pass


@event
class SlaRetargeted(SlaEntry):
    """The entry holds the new target, `previous_*` the old one; `used_ms` counts towards both."""

    used_ms: int = 0
    previous_policy: str = ""
    previous_policy_revision: int = 0
    previous_calendar: str | None = None
    previous_calendar_revision: int = 0
    previous_target_ms: int = 0
    previous_due_at: int | None = None


@event
class SlaActionTaken:
    """What a policy does at a warning or a breach. Not `applied` is what the work's state did not allow.

    `trigger` is the warning's name or `breach`; `value` the new priority, the queue, whom to notify, the tag or the webhook.
    """

    case_id: str
    at: int
    metric: MetricName
    policy: str
    policy_revision: int
    trigger: str
    action: SlaActionKind
    value: str
    applied: bool
