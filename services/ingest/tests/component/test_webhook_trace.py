"""One webhook, one trace: the producer span is open until the acknowledgement and its context travels in the event."""

from collections.abc import Callable, Iterator

import httpx
import pytest
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from ingest.adapters.memory import MemoryProducer
from runtime.metrics import REGISTRY

Headers = Callable[..., dict[str, str]]


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    exporter, provider = InMemorySpanExporter(), TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr("runtime.telemetry.tracer", provider.get_tracer("test"))
    yield exporter
    provider.shutdown()


def by_name(exporter: InMemorySpanExporter) -> dict[str, ReadableSpan]:
    return {span.name: span for span in exporter.get_finished_spans()}


async def test_the_event_continues_the_producer_span_below_the_webhook(
    client: httpx.AsyncClient,
    broker: MemoryProducer,
    line_headers: Headers,
    line_body: Callable[[str], bytes],
    spans: InMemorySpanExporter,
) -> None:
    body = line_body("canary words")
    strange = "00-" + "a" * 32 + "-" + "b" * 16 + "-01"
    headers = line_headers(body) | {"traceparent": strange}
    assert (await client.post("/webhooks/line/line-acme", content=body, headers=headers)).status_code == 200
    found = by_name(spans)
    root, sending = found["POST /webhooks/{channel}/{account}"], found["send inbound.messages"]
    assert (root.kind, root.parent) == (SpanKind.SERVER, None)
    assert sending.kind is SpanKind.PRODUCER
    assert sending.parent is not None
    assert root.context is not None
    assert sending.context is not None
    assert sending.parent.span_id == root.context.span_id
    carried = broker.records[0].envelope.traceparent
    assert carried is not None
    assert carried.startswith(f"00-{sending.context.trace_id:032x}-{sending.context.span_id:016x}-")
    assert "canary" not in "".join(span.to_json() for span in spans.get_finished_spans())


async def test_a_failed_send_marks_its_span(
    client: httpx.AsyncClient,
    broker: MemoryProducer,
    line_headers: Headers,
    line_body: Callable[[str], bytes],
    spans: InMemorySpanExporter,
) -> None:
    broker.down, body = True, line_body("hello")
    assert (await client.post("/webhooks/line/line-acme", content=body, headers=line_headers(body))).status_code == 503
    sending = by_name(spans)["send inbound.messages"]
    assert sending.status.status_code is StatusCode.ERROR
    assert dict(sending.attributes or {})["error.type"] == "dependency_down"


async def test_what_is_not_recognised_is_counted(client: httpx.AsyncClient, line_headers: Headers) -> None:
    labels = {"channel": "line", "type": "UnrecognisedReceived"}
    before = REGISTRY.get_sample_value("madoguchi_ingest_events_total", labels) or 0.0
    body = b'{"events":[{"type":"hologram"},{"type":"beacon"}]}'
    assert (await client.post("/webhooks/line/line-acme", content=body, headers=line_headers(body))).status_code == 200
    assert REGISTRY.get_sample_value("madoguchi_ingest_events_total", labels) == before + 2
