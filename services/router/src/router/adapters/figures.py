"""The router's own metrics. Labels never hold a tenant, a queue or an agent."""

from typing import Final

from runtime import metrics

_REFUSED: Final = metrics.counter("routing_refused_total", "commands that the engine refused", "code")
_RULES: Final = metrics.counter("routing_rule_errors_total", "conditions of rules and SLA policies that failed")
_BREACHED: Final = metrics.counter("sla_breached_total", "SLA clocks that ran out")
_LATENESS: Final = metrics.histogram("sla_timer_lateness_seconds", "from an SLA timer's instant to its effect")


class MetricFigures:
    def refused(self, code: str) -> None:
        _REFUSED.labels(code).inc()

    def rule_failed(self, times: int) -> None:
        if times:
            _RULES.inc(times)

    def timer_fired(self, late_ms: int) -> None:
        _LATENESS.observe(late_ms / 1000)

    def breached(self) -> None:
        _BREACHED.inc()
