"""Spans in memory, whichever test or service of this process makes them."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from runtime.span_file import as_line


class RecordedSpans:
    def __init__(self, exporter: InMemorySpanExporter) -> None:
        self._exporter = exporter

    def lines(self) -> list[dict[str, Any]]:
        """Finished spans in the form of the span file, oldest first."""
        return [as_line(span) for span in self._exporter.get_finished_spans()]

    def named(self, name: str) -> dict[str, Any]:
        found = [line for line in self.lines() if line["name"] == name]
        if len(found) != 1:
            raise AssertionError(f"{len(found)} spans named {name!r} among {[line['name'] for line in self.lines()]}")
        return found[0]


@contextmanager
def recorded_spans() -> Iterator[RecordedSpans]:
    """A process has one provider for ever, so its first use here installs one that later uses share."""
    provider = trace.get_tracer_provider()
    if not isinstance(provider, TracerProvider):
        provider = TracerProvider(shutdown_on_exit=False)
        trace.set_tracer_provider(provider)
    exporter = InMemorySpanExporter()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    try:
        yield RecordedSpans(exporter)
    finally:
        exporter.shutdown()
