"""Spans as JSON lines in a local file, for `madoguchi trace` on a machine without a collector."""

import os
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import format_span_id, format_trace_id
from typing_extensions import override

MAX_BYTES = 64 * 1024 * 1024


class SpanFile(SpanExporter):
    """Appends whole lines in one write, so that several services may share the file. At MAX_BYTES it becomes `<name>.1`."""

    def __init__(self, path: Path, max_bytes: int = MAX_BYTES) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = threading.Lock()

    @override
    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = b"".join(orjson.dumps(as_line(span)) + b"\n" for span in spans)
        try:
            with self._lock:
                self._append(lines)
        except OSError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def _append(self, lines: bytes) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            os.write(file, lines)
            written = os.fstat(file)
        finally:
            os.close(file)
        if written.st_size >= self._max_bytes and self._path.stat().st_ino == written.st_ino:
            self._path.replace(self._path.with_name(self._path.name + ".1"))


def as_line(span: ReadableSpan) -> dict[str, Any]:
    """One span: trace_id, span_id, parent_id, links, name, kind, service, instance, start_ns, end_ns, status, attributes."""
    own = span.get_span_context()
    resource = span.resource.attributes
    return {
        "trace_id": format_trace_id(own.trace_id) if own else None,
        "span_id": format_span_id(own.span_id) if own else None,
        "parent_id": format_span_id(span.parent.span_id) if span.parent else None,
        "links": [
            {"trace_id": format_trace_id(link.context.trace_id), "span_id": format_span_id(link.context.span_id)}
            for link in span.links
        ],
        "name": span.name,
        "kind": span.kind.name.lower(),
        "service": resource.get("service.name"),
        "instance": resource.get("service.instance.id"),
        "start_ns": span.start_time,
        "end_ns": span.end_time,
        "status": span.status.status_code.name.lower(),
        "attributes": dict(span.attributes or {}),
    }
