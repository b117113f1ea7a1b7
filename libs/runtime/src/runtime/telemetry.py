"""Spans and trace context. One process has one provider; without one, spans cost nothing and have no ids."""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager, nullcontext
from contextvars import ContextVar
from functools import lru_cache
from typing import Final, Literal

from opentelemetry import context, trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.sdk.trace.sampling import DEFAULT_ON
from opentelemetry.trace import (
    INVALID_SPAN,
    INVALID_SPAN_CONTEXT,
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)
from opentelemetry.util.types import AttributeValue
from typing_extensions import override

from runtime.errors import Failure
from runtime.settings import TelemetrySettings
from runtime.span_file import SpanFile

Kind = Literal["internal", "server", "client", "producer", "consumer"]
_KINDS: Final = {kind.name.lower(): kind for kind in SpanKind}
_TRACEPARENT: Final = re.compile(
    "(?P<version>[0-9a-f]{2})-(?P<trace>[0-9a-f]{32})-(?P<span>[0-9a-f]{16})-(?P<flags>[0-9a-f]{2})(?P<more>-.{0,200})?"
)
_DROPPED: Final = re.compile("00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f][02468ace]")
_FLUSH_MS = 5_000
_FILE_FLUSH_MS = 200

tracer = trace.get_tracer("madoguchi")
_here: Final = ContextVar[Span]("madoguchi_span", default=INVALID_SPAN)
"""The current span. The kit's own context is a mapping that each span copies."""


class _Dice:
    """Decides which new traces are kept. The kit's sampler decides after the span's making, at ten times the price of a dropped one."""

    sampling = 1.0

    def drops(self) -> bool:
        return self.sampling < 1.0 and random.random() >= self.sampling  # noqa: S311  # guards nothing


_dice: Final = _Dice()


@asynccontextmanager
async def open_telemetry(service: str, instance: str, settings: TelemetrySettings) -> AsyncIterator[None]:
    """Send this process's spans where `settings` says until left; then flush, at most 5 s."""
    provider = TracerProvider(
        resource=Resource.create({"service.name": service, "service.instance.id": instance}),
        sampler=DEFAULT_ON,
        shutdown_on_exit=False,
    )
    for exporter, delay_ms in _exporters(settings):
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=delay_ms))
    trace.set_tracer_provider(provider)
    _dice.sampling = settings.sampling
    try:
        yield
    finally:
        _dice.sampling = 1.0
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


def span(
    name: str,
    kind: Kind = "internal",
    *,
    parent: str | None = None,
    links: Sequence[str | None] = (),
    **attributes: AttributeValue | None,
) -> AbstractContextManager[Span]:
    """A span around the block. `parent` and `links` are traceparents; `__` in an attribute's name stands for a dot.

    A failure marks the span with its code; the text of any other exception stays out of it. Below a span that nobody samples none is
    made: its place in the trace is its parent's, and at 10 % sampling nine of ten would be made for nothing.
    """
    above = NonRecordingSpan(_span_context(parent)) if parent else _here.get()
    if _is_dropped(above):
        return _Around(above) if parent else nullcontext(above)
    if not above.get_span_context().is_valid and _dice.drops():
        return _Around(_Dropped())
    started = tracer.start_span(
        name,
        context=trace.set_span_in_context(above, context.Context()),
        kind=_KINDS[kind],
        links=[Link(linked) for linked in map(_span_context, links) if linked.is_valid],
        attributes={key.replace("__", "."): value for key, value in attributes.items() if value is not None},
    )
    return _Around(started)


def is_kept() -> bool:
    """Whether somebody keeps the current span."""
    return _here.get().is_recording()


def is_unsampled(traceparent: str | None) -> bool:
    """Whether the sender decided that nobody keeps this trace."""
    if traceparent is not None and traceparent.startswith("00-"):
        return _DROPPED.fullmatch(traceparent) is not None
    return (
        traceparent is not None and (parent := _span_context(traceparent)).is_valid and not parent.trace_flags.sampled
    )


def below(traceparent: str | None) -> AbstractContextManager[Span]:
    """The block belongs to the sender's span; none of its own is made."""
    return _Around(NonRecordingSpan(_span_context(traceparent)))


class _Around:
    """Makes the span the current one, marks it if the block fails, ends it."""

    __slots__ = ("_span", "_token")

    def __init__(self, span: Span) -> None:
        self._span = span

    def __enter__(self) -> Span:
        self._token = _here.set(self._span)
        return self._span

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        _here.reset(self._token)
        if isinstance(error, Exception):
            mark_failed(self._span, error)
        self._span.end()


class _Dropped(NonRecordingSpan):
    """A trace of its own all the same: events, logs and answers name it."""

    def __init__(self) -> None:
        self.header = f"00-{random.getrandbits(128):032x}-{random.getrandbits(64):016x}-00"  # no flag: unsampled

    @override
    def get_span_context(self) -> SpanContext:
        return _span_context(self.header)


def _is_dropped(span: Span) -> bool:
    if isinstance(span, _Dropped):
        return True
    context = span.get_span_context()
    return context.is_valid and not context.trace_flags.sampled


def mark_failed(failed: Span, error: BaseException) -> None:
    code = error.code if isinstance(error, Failure) else type(error).__name__
    failed.set_attribute("error.type", code)
    failed.set_status(Status(StatusCode.ERROR, code))


def traceparent() -> str | None:
    """The W3C header of the current span, None outside one."""
    here = _here.get()
    if isinstance(here, _Dropped):
        return here.header
    current = here.get_span_context()
    if not current.is_valid:
        return None
    return f"00-{current.trace_id:032x}-{current.span_id:016x}-{current.trace_flags:02x}"


def trace_id() -> str | None:
    return ids[0] if (ids := trace_ids()) else None


def trace_ids() -> tuple[str, str] | None:
    """Of the trace and of the current span, in hex."""
    header = traceparent()
    return (header[3:35], header[36:52]) if header else None


@contextmanager
def continue_from(header: str | None) -> Iterator[None]:
    """Spans inside are children of `header`; a missing or malformed one starts a new trace."""
    token = _here.set(NonRecordingSpan(_span_context(header)))
    try:
        yield
    finally:
        _here.reset(token)


@lru_cache(maxsize=256)
def _span_context(header: str | None) -> SpanContext:
    """As the W3C says: a header of a later version may be longer. Anything malformed gives an invalid context."""
    read = _TRACEPARENT.fullmatch(header) if header else None
    if read is None or read["version"] == "ff" or (read["version"] == "00" and read["more"]):
        return INVALID_SPAN_CONTEXT
    flags = TraceFlags(int(read["flags"], 16))
    return SpanContext(int(read["trace"], 16), int(read["span"], 16), is_remote=True, trace_flags=flags)
