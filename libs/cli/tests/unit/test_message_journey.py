"""A message's journey from the span files."""

import json
from pathlib import Path
from typing import Any

from rich.console import Console

from madoguchi.journey.find import traces_in_spans, with_linked
from madoguchi.journey.show import bar_width, show
from madoguchi.journey.spans import SpanLine, read_spans
from madoguchi.journey.waterfall import BAR, as_json, waterfall

MS = 1_000_000
MESSAGE = "5142a531-ab14-5ccd-a37d-79aee4ccac21"
FIRST, SECOND, OTHER = "1" * 32, "2" * 32, "3" * 32


def line(trace: str, span: str, service: str, name: str, start: int, end: int, **more: Any) -> dict[str, Any]:
    given = {"trace_id": trace, "span_id": span, "service": service, "name": name}
    return given | {"start_ns": start * MS, "end_ns": end * MS, "kind": "consumer"} | more


LINES = {
    "ingest": [
        line(FIRST, "b" * 16, "ingest", "send inbound.messages", 1, 9, parent_id="a" * 16),
        line(FIRST, "a" * 16, "ingest", "POST /webhooks", 0, 10, attributes={"http.response.status_code": 200}),
        line(SECOND, "e" * 16, "ingest", "POST /webhooks", 500, 510, links=[{"trace_id": FIRST, "span_id": "b" * 16}]),
        line(OTHER, "9" * 16, "ingest", "POST /webhooks", 700, 710),
    ],
    "case-store": [
        line(
            FIRST,
            "c" * 16,
            "case-store",
            "process inbound.messages",
            20,
            40,
            parent_id="b" * 16,
            attributes={"messaging.message.id": MESSAGE, "madoguchi.event": "MessageReceived"},
        ),
    ],
    "router": [
        line(FIRST, "d" * 16, "router", "process routing.commands", 60, 100, parent_id="c" * 16, status="error"),
    ],
}


def spans(folder: Path) -> list[SpanLine]:
    for service, lines in LINES.items():
        (folder / f"{service}.jsonl").write_text("".join(json.dumps(one) + "\n" for one in lines), encoding="utf-8")
    return read_spans(folder)


def test_a_message_is_found_by_its_id_its_trace_and_nothing_else(tmp_path: Path) -> None:
    found = spans(tmp_path)
    assert traces_in_spans(MESSAGE, found) == {FIRST}
    assert traces_in_spans(OTHER, found) == {OTHER}
    assert traces_in_spans("nobody", found) == set()


def test_linked_traces_belong_to_the_journey_from_either_end(tmp_path: Path) -> None:
    found = spans(tmp_path)
    assert with_linked({FIRST}, found) == with_linked({SECOND}, found) == {FIRST, SECOND}
    assert with_linked({OTHER}, found) == {OTHER}


def test_children_stand_below_their_parents_and_bars_on_one_scale(tmp_path: Path) -> None:
    (trace,) = waterfall([span for span in spans(tmp_path) if span.trace_id == FIRST])
    told = [(row.span.service, row.span.name, row.depth, row.offset_ms) for row in trace.rows]
    assert told == [
        ("ingest", "POST /webhooks", 0, 0.0),
        ("ingest", "send inbound.messages", 1, 1.0),
        ("case-store", "process inbound.messages", 2, 20.0),
        ("router", "process routing.commands", 3, 60.0),
    ]
    assert trace.milliseconds == 100.0
    assert {len(row.bar) for row in trace.rows} == {BAR}
    begins = [row.bar.index("█") for row in trace.rows]
    assert begins == sorted(begins)
    assert trace.rows[3].bar.rstrip().endswith("█")
    assert trace.rows[3].bar.count("█") == round(0.4 * BAR)


def test_later_traces_say_how_much_later(tmp_path: Path) -> None:
    traces = waterfall([span for span in spans(tmp_path) if span.trace_id != OTHER])
    assert [(trace.trace_id, trace.after_ms) for trace in traces] == [(FIRST, 0.0), (SECOND, 500.0)]
    assert as_json(traces)[1]["spans"][0]["links"] == [FIRST]


def test_a_half_written_line_is_passed_over(tmp_path: Path) -> None:
    whole = len(spans(tmp_path))
    with (tmp_path / "ingest.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"trace_id": "44')
    assert len(read_spans(tmp_path)) == whole


def test_a_span_whose_parent_is_missing_is_shown_at_the_edge(tmp_path: Path) -> None:
    (trace,) = waterfall([span for span in spans(tmp_path) if span.service == "router"])
    assert [row.depth for row in trace.rows] == [0]


def test_what_is_printed_names_services_spans_and_times(tmp_path: Path) -> None:
    console = Console(width=200, record=True, color_system=None)
    show(waterfall([span for span in spans(tmp_path) if span.trace_id != OTHER]), MESSAGE, console)
    text = console.export_text()
    assert f"{MESSAGE}: 5 spans in 2 traces through ingest, case-store, router" in text
    assert "MessageReceived" in text
    assert "begins 500.0 ms after the first" in text


def test_a_narrow_terminal_still_shows_services_spans_and_times(tmp_path: Path) -> None:
    console = Console(width=90, record=True, color_system=None)
    show(waterfall(spans(tmp_path), bar_width(console)), MESSAGE, console)
    (line,) = [one for one in console.export_text().splitlines() if "process inbound.messages" in one]
    assert line.startswith("case-store")
    assert "20.0 ms" in line
    assert "█" in line
