"""Spans and trace context. One process has one provider; without one, spans cost nothing and have no ids."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Literal

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import ParentBased, TraceIdRatioBased
from opentelemetry.trace import Link, NonRecordingSpan, Span, SpanContext, SpanKind, Status, StatusCode
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from opentelemetry.util.types import AttributeValue

from runtime.errors import Failure
from runtime.settings import TelemetrySettings
from runtime.span_file import SpanFile

Kind = Literal["internal", "server", "client", "producer", "consumer"]
_W3C = TraceContextTextMapPropagator()
_FLUSH_MS = 5_000
_FILE_FLUSH_MS = 200

tracer = trace.get_tracer("madoguchi")


@asynccontextmanager
async def open_telemetry(service: str, instance: str, settings: TelemetrySettings) -> AsyncIterator[None]:
    """Send this process's spans where `settings` says until left; then flush, at most 5 s."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.instance.id": instance}),
        sampler=ParentBased(TraceIdRatioBased(settings.sampling)),
        shutdown_on_exit=False,
    )
    for exporter, delay_ms in _exporters(settings):
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=delay_ms))
    trace.set_tracer_provider(provider)
    try:
        yield
    finally:
        await asyncio.to_thread(_close, provider)


def _close(provider: TracerProvider) -> None:
    provider.force_flush(_FLUSH_MS)
    provider.shutdown()


def _exporters(settings: TelemetrySettings) -> Iterator[tuple[SpanExporter, int]]:
    if settings.spans_file is not None:
        yield SpanFile(settings.spans_file), _FILE_FLUSH_MS
    if settings.otlp_endpoint is not None:
        # imported here because it costs 100 ms that a service without a collector need not pay
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        yield OTLPSpanExporter(f"{str(settings.otlp_endpoint).rstrip('/')}/v1/traces", timeout=3), 2_000


@contextmanager
def span(
    name: str,
    kind: Kind = "internal",
    *,
    parent: str | None = None,
    links: Sequence[str | None] = (),
    **attributes: AttributeValue | None,
) -> Iterator[Span]:
    """A span around the block. `parent` and `links` are traceparents; `__` in an attribute's name stands for a dot.

    A failure marks the span with its code; the text of any other exception stays out of it.
    """
    started = tracer.start_span(
        name,
        context=_context_of(parent) if parent else None,
        kind=SpanKind[kind.upper()],
        links=[Link(linked) for linked in map(_span_context, links) if linked.is_valid],
        attributes={key.replace("__", "."): value for key, value in attributes.items() if value is not None},
    )
    with trace.use_span(started, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield started
        except Exception as error:
            mark_failed(started, error)
            raise


def mark_failed(failed: Span, error: BaseException) -> None:
    code = error.code if isinstance(error, Failure) else type(error).__name__
    failed.set_attribute("error.type", code)
    failed.set_status(Status(StatusCode.ERROR, code))


def traceparent() -> str | None:
    """The W3C header of the current span, None outside a recorded one."""
    carrier: dict[str, str] = {}
    _W3C.inject(carrier)
    return carrier.get("traceparent")


def trace_id() -> str | None:
    current = trace.get_current_span().get_span_context()
    return trace.format_trace_id(current.trace_id) if current.is_valid else None


@contextmanager
def continue_from(header: str | None) -> Iterator[None]:
    """Spans inside are children of `header`; a missing or malformed one starts a new trace."""
    token = context.attach(_context_of(header))
    try:
        yield
    finally:
        context.detach(token)


def _context_of(header: str | None) -> context.Context:
    return trace.set_span_in_context(NonRecordingSpan(_span_context(header)), context.Context())


def _span_context(header: str | None) -> SpanContext:
    read = _W3C.extract({"traceparent": header} if header else {}, context.Context())
    return trace.get_current_span(read).get_span_context()
