import json
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from runtime import telemetry
from runtime.errors import Refused
from runtime.span_file import SpanFile
from runtime.telemetry import continue_from, span, trace_id, traceparent
from runtime.testing.spans import recorded_spans

REMOTE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_nested_spans_make_one_trace() -> None:
    with recorded_spans() as spans, span("outer", "consumer", messaging__destination__name="config"), span("inner"):
        pass
    outer, inner = spans.named("outer"), spans.named("inner")
    assert inner["parent_id"] == outer["span_id"]
    assert inner["trace_id"] == outer["trace_id"]
    assert outer["parent_id"] is None
    assert (outer["kind"], outer["attributes"]) == ("consumer", {"messaging.destination.name": "config"})


def test_a_traceparent_carries_the_trace_to_another_process() -> None:
    with recorded_spans() as spans:
        with span("send", "producer"):
            header = traceparent()
        with span("process", "consumer", parent=header):
            pass
        with continue_from(header), span("later"):
            pass
    sent = spans.named("send")
    assert spans.named("process")["parent_id"] == spans.named("later")["parent_id"] == sent["span_id"]
    assert str(header).startswith(f"00-{sent['trace_id']}-{sent['span_id']}-")


@pytest.mark.parametrize("header", [None, "", "garbage", "00-" + "0" * 32 + "-b7ad6b7169203331-01", REMOTE[:-3]])
def test_a_bad_traceparent_starts_a_new_trace(header: str | None) -> None:
    with recorded_spans() as spans, span("around"), continue_from(header), span("own"):
        pass
    own = spans.named("own")
    assert own["parent_id"] is None
    assert own["trace_id"] not in ("0af7651916cd43dd8448eb211c80319c", spans.named("around")["trace_id"])


def test_links_point_at_other_traces() -> None:
    with recorded_spans() as spans, span("receive", "client", links=[REMOTE, None, "garbage"]):
        pass
    assert spans.named("receive")["links"] == [
        {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}
    ]


def test_a_failing_span_tells_the_code_and_not_the_words() -> None:
    with recorded_spans() as spans:
        with pytest.raises(Refused), span("ours"):
            raise Refused("case_closed", "canary")
        with pytest.raises(ValueError, match="canary"), span("bug"):
            raise ValueError("canary")
    assert (spans.named("ours")["status"], spans.named("ours")["attributes"]) == (
        "error",
        {"error.type": "case_closed"},
    )
    assert spans.named("bug")["attributes"] == {"error.type": "ValueError"}
    assert "canary" not in repr(spans.lines())


def test_outside_a_span_there_is_no_trace() -> None:
    assert traceparent() is None
    assert trace_id() is None


def test_the_span_file_has_one_line_per_span_and_is_rotated(tmp_path: Path) -> None:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(SpanFile(tmp_path / "new" / "spans.jsonl", max_bytes=2_000)))
    tracer = provider.get_tracer("test")
    for number in range(10):
        tracer.start_span(f"span {number}").end()
    kept = [*(tmp_path / "new").iterdir()]
    assert sorted(path.name for path in kept) == ["spans.jsonl", "spans.jsonl.1"]
    assert all(path.stat().st_size < 2_600 for path in kept)
    names = [json.loads(line)["name"] for path in sorted(kept, reverse=True) for line in path.read_text().splitlines()]
    assert names == [f"span {number}" for number in range(10)][-len(names) :]


PROCESS = """
import asyncio, sys
from pathlib import Path
from runtime.settings import TelemetrySettings
from runtime.telemetry import open_telemetry, span
async def main():
    async with open_telemetry("ingest", "0", TelemetrySettings(spans_file=Path(sys.argv[1]))):
        with span("first"):
            pass
        while not Path(sys.argv[1]).exists():
            await asyncio.sleep(0.02)
        with span("last"):
            pass
asyncio.run(main())
"""


def test_a_process_writes_its_spans_soon_and_flushes_the_rest_at_its_end(tmp_path: Path) -> None:
    file = tmp_path / "spans.jsonl"
    subprocess.run([sys.executable, "-W", "error", "-c", PROCESS, str(file)], check=True, timeout=30)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["name"], line["service"], line["instance"]) for line in lines] == [
        ("first", "ingest", "0"),
        ("last", "ingest", "0"),
    ]
    assert all(line["start_ns"] <= line["end_ns"] for line in lines)


def test_a_new_trace_is_kept_as_often_as_asked_and_has_ids_either_way(monkeypatch: pytest.MonkeyPatch) -> None:
    rolls = iter([0.05, 0.5])
    monkeypatch.setattr(telemetry._dice, "sampling", 0.1)
    monkeypatch.setattr(telemetry.random, "random", lambda: next(rolls))
    with recorded_spans() as spans:
        for name in ("kept", "dropped"):
            with span(name), span(f"in {name}"):
                header = traceparent()
                assert (header is not None, telemetry.is_kept()) == (True, name == "kept")
        assert telemetry.is_unsampled(header)
    assert {line["name"] for line in spans.lines()} == {"kept", "in kept"}


def test_a_kept_trace_is_kept_by_whoever_gets_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(telemetry._dice, "sampling", 0.0)
    with recorded_spans() as spans, span("process", "consumer", parent=REMOTE):
        pass
    assert spans.named("process")["parent_id"] == "b7ad6b7169203331"
