"""A waterfall on the terminal, or as plain lines that a script can cut."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from madoguchi.journey.waterfall import BAR, Row, TraceRows

_COLOURS = {"ingest": "cyan", "case-store": "green", "router": "magenta", "notifier": "yellow"}
PLAIN_WIDTH = 200
WIDE = 140
NARROW_BAR = 12


def show(traces: Sequence[TraceRows], wanted: str, console: Console) -> None:
    spans = [row.span for trace in traces for row in trace.rows]
    services = ", ".join(dict.fromkeys(span.service for span in spans))
    console.print(
        f"{wanted}: {len(spans)} spans in {len(traces)} trace{'s' if len(traces) > 1 else ''} through {services}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    for trace in traces:
        later = f", begins {_time(trace.after_ms)} after the first" if trace.after_ms else ""
        console.print(f"\ntrace {trace.trace_id}: {_time(trace.milliseconds)}{later}", highlight=False, soft_wrap=True)
        console.print(_table(trace))


def console_for_output() -> Console:
    """As wide as the terminal; wide enough for whole lines when it is none."""
    console = Console()
    return console if console.is_terminal else Console(width=PLAIN_WIDTH, color_system=None)


def bar_width(console: Console) -> int:
    return BAR if console.width >= WIDE else NARROW_BAR


def _table(trace: TraceRows) -> Table:
    table = Table(box=None, pad_edge=False, show_header=True, header_style="dim")
    table.add_column("service", no_wrap=True, min_width=10)
    table.add_column("span", no_wrap=True, overflow="ellipsis", min_width=34)
    table.add_column("at", justify="right", no_wrap=True, min_width=9)
    table.add_column("", no_wrap=True, min_width=NARROW_BAR)
    table.add_column("took", justify="right", no_wrap=True, min_width=9)
    table.add_column("about", no_wrap=True, overflow="ellipsis")
    for row in trace.rows:
        table.add_row(*_cells(row))
    return table


def _cells(row: Row) -> tuple[Text, Text, Text, Text, Text, Text]:
    span, failed = row.span, row.span.status == "error"
    colour = "red" if failed else _COLOURS.get(span.service, "white")
    return (
        Text(span.service, style=colour),
        Text("  " * row.depth + span.name, style="bold red" if failed else ""),
        Text(_time(row.offset_ms)),
        Text(row.bar, style=colour),
        Text(_time(span.milliseconds)),
        Text(row.about, style="dim"),
    )


def _time(milliseconds: float) -> str:
    return f"{milliseconds:.1f} ms" if milliseconds < 10_000 else f"{milliseconds / 1000:.1f} s"
