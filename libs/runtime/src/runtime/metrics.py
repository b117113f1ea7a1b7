"""The metrics that services share, in one registry of ours. Labels never hold a tenant, an account or a conversation."""

import functools
from typing import Final, TypeVar

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest

REGISTRY: Final = CollectorRegistry()
CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

_FAST: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_SLOW: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)


_Metric = TypeVar("_Metric", Counter, Gauge, Histogram)


def _remembering(metric: _Metric) -> _Metric:
    """`labels` takes a lock and makes strings each time; what it gives for the same values never changes."""
    metric.labels = functools.cache(metric.labels)  # type: ignore[method-assign]  # of this one metric
    return metric


def counter(name: str, what: str, *labels: str) -> Counter:
    return _remembering(Counter(f"madoguchi_{name}", what, labels, registry=REGISTRY))


def gauge(name: str, what: str, *labels: str) -> Gauge:
    return _remembering(Gauge(f"madoguchi_{name}", what, labels, registry=REGISTRY))


def histogram(name: str, what: str, *labels: str, buckets: tuple[float, ...] = _FAST) -> Histogram:
    return _remembering(Histogram(f"madoguchi_{name}", what, labels, registry=REGISTRY, buckets=buckets))


HTTP_SECONDS: Final = histogram("http_request_seconds", "time to answer a request", "method", "route", "status")
LOOP_LAG: Final = gauge("event_loop_lag_seconds", "how late the event loop runs a timer")
POOL_IN_USE: Final = gauge("postgres_pool_in_use", "connections taken from the pool", "pool")

CONSUMED: Final = counter("consumed_total", "events handled", "consumer", "type")
DUPLICATES: Final = counter("duplicates_total", "events passed over because their id was seen", "consumer")
CONSUMER_LAG: Final = gauge("consumer_lag_seconds", "age of the next record", "consumer", "topic", "partition")
BATCH_SECONDS: Final = histogram("batch_seconds", "one batch, from first handler to commit", "consumer")
REBALANCES: Final = counter("rebalances_total", "assignments received from the group", "consumer")
FENCED: Final = counter("lease_fenced_total", "batches dropped because another owner took the partition", "consumer")
PAUSED: Final = gauge("partitions_paused", "partitions waiting for a dependency", "consumer")
DEAD_LETTERS: Final = counter("dead_letters_total", "records written to a dead letter topic", "topic", "code")

PUBLISHED: Final = counter("published_total", "records produced, by outcome", "topic", "outcome")
PUBLISH_SECONDS: Final = histogram("publish_seconds", "from send to acknowledgement", "topic")
OUTBOX_DEPTH: Final = gauge("outbox_depth", "rows written and not yet acknowledged by the broker", "lane")
OUTBOX_OLDEST: Final = gauge("outbox_oldest_seconds", "age of the oldest unacknowledged row", "schema")

END_TO_END: Final = histogram(
    "end_to_end_seconds", "from receipt of the message to a step of its journey", "step", buckets=_SLOW
)

ProcessCollector(registry=REGISTRY)


def exposition() -> bytes:
    """Everything, in the Prometheus text format."""
    return generate_latest(REGISTRY)
