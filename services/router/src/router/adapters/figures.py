"""The router's own metrics. Labels never hold a tenant, a queue or an agent."""

from functools import partial
from typing import Final

from router.domain.early import Gap
from router.domain.model import Presence
from router.handlers.live_groups import LiveGroups
from runtime import metrics
from runtime.logging import get

_log = get("router.sequence")
_REFUSED: Final = metrics.counter("routing_refused_total", "commands that the engine refused", "code")
_RULES: Final = metrics.counter("routing_rule_errors_total", "conditions of rules and SLA policies that failed")
_BREACHED: Final = metrics.counter("sla_breached_total", "SLA clocks that ran out")
_GAPS: Final = metrics.counter("routing_command_gaps_total", "commands about a case that nobody waits for any longer")
_LATENESS: Final = metrics.histogram("sla_timer_lateness_seconds", "from an SLA timer's instant to its effect")

_WAITING: Final = metrics.gauge("work_waiting", "work items that wait in queues owned here")
_OLDEST: Final = metrics.gauge("work_oldest_wait_seconds", "the longest wait in any queue owned here")
_EARLY: Final = metrics.gauge("routing_early_commands", "commands about a case that wait for what was said before them")
_AGENTS: Final = metrics.gauge(
    "queue_members", "agents of queues owned here, once for each of their queues", "presence"
)


def watch(live: LiveGroups) -> None:
    """The gauges look when they are scraped."""
    _WAITING.set_function(lambda: sum(view.waiting for view in live.views()))
    _OLDEST.set_function(lambda: max((view.oldest_wait_ms or 0 for view in live.views()), default=0) / 1000)
    _EARLY.set_function(live.early_commands)
    for presence in Presence:
        _AGENTS.labels(presence.value).set_function(partial(_members, live, presence))


def _members(live: LiveGroups, presence: Presence) -> float:
    return sum(view.agents[presence] for view in live.views())


class MetricFigures:
    def refused(self, code: str) -> None:
        _REFUSED.labels(code).inc()

    def rule_failed(self, times: int) -> None:
        if times:
            _RULES.inc(times)

    def timer_fired(self, late_ms: int) -> None:
        _LATENESS.observe(late_ms / 1000)

    def gave_up(self, gap: Gap) -> None:
        _GAPS.inc()
        _log.warning("command missing", extra={"case_id": gap.case_id, "seq": gap.missing})

    def breached(self, times: int) -> None:
        _BREACHED.inc(times)
