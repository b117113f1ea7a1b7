"""Spans as a waterfall: who worked when, one line per span, one scale per trace."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from madoguchi.journey.spans import SpanLine

BAR: Final = 28
_SHOWN: Final = (
    "madoguchi.event",
    "http.response.status_code",
    "madoguchi.method",
    "madoguchi.outcome",
    "error.type",
    "messaging.message.id",
    "madoguchi.message_id",
)


@dataclass(frozen=True, slots=True)
class Row:
    """`offset_ms` counts from the first span of the same trace. `bar` has the width that was asked for."""

    span: SpanLine
    depth: int
    offset_ms: float
    bar: str

    @property
    def about(self) -> str:
        shown = [str(self.span.attributes[name]) for name in _SHOWN if name in self.span.attributes]
        return " ".join(shown)


@dataclass(frozen=True, slots=True)
class TraceRows:
    """`after_ms` is the time since the journey's first span."""

    trace_id: str
    after_ms: float
    milliseconds: float
    rows: tuple[Row, ...]


def waterfall(spans: Sequence[SpanLine], bar: int = BAR) -> list[TraceRows]:
    """The traces in the order of their beginning; `bar` is the width of the bars in characters."""
    by_trace: dict[str, list[SpanLine]] = {}
    for span in sorted(spans, key=lambda one: one.start_ns):
        by_trace.setdefault(span.trace_id, []).append(span)
    first = min((span.start_ns for span in spans), default=0)
    return [_trace(trace_id, own, first, bar) for trace_id, own in by_trace.items()]


def _trace(trace_id: str, spans: Sequence[SpanLine], first: int, bar: int) -> TraceRows:
    start, end = spans[0].start_ns, max(span.end_ns for span in spans)
    rows = tuple(
        Row(span, depth, (span.start_ns - start) / 1e6, _bar(span, start, end, bar)) for span, depth in _tree(spans)
    )
    return TraceRows(trace_id, (start - first) / 1e6, (end - start) / 1e6, rows)


def _tree(spans: Sequence[SpanLine]) -> Iterator[tuple[SpanLine, int]]:
    """Children below their parents; a span whose parent was not recorded stands at the edge."""
    known = {span.span_id for span in spans}
    children: dict[str | None, list[SpanLine]] = {}
    for span in spans:
        children.setdefault(span.parent_id if span.parent_id in known else None, []).append(span)
    waiting = [(span, 0) for span in reversed(children.get(None, []))]
    while waiting:
        span, depth = waiting.pop()
        yield span, depth
        waiting += [(child, depth + 1) for child in reversed(children.get(span.span_id, []))]


def _bar(span: SpanLine, start: int, end: int, width: int) -> str:
    whole = max(end - start, 1)
    begins = min(int((span.start_ns - start) / whole * width), width - 1)
    length = max(1, min(round((span.end_ns - span.start_ns) / whole * width), width - begins))
    return (" " * begins + "█" * length).ljust(width)


def as_json(traces: Sequence[TraceRows]) -> list[dict[str, Any]]:
    return [
        {
            "trace_id": trace.trace_id,
            "after_ms": round(trace.after_ms, 3),
            "duration_ms": round(trace.milliseconds, 3),
            "spans": [_row_json(row) for row in trace.rows],
        }
        for trace in traces
    ]


def _row_json(row: Row) -> Mapping[str, Any]:
    span = row.span
    return {
        "service": span.service,
        "name": span.name,
        "kind": span.kind,
        "span_id": span.span_id,
        "parent_id": span.parent_id,
        "depth": row.depth,
        "offset_ms": round(row.offset_ms, 3),
        "duration_ms": round(span.milliseconds, 3),
        "status": span.status,
        "attributes": dict(span.attributes),
        "links": [link.trace_id for link in span.links],
    }
