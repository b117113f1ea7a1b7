"""Telling the story on stdout as it happens."""

import time
from datetime import datetime
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

TOKYO = ZoneInfo("Asia/Tokyo")


class Teller:
    """Each line has the time since the line before, in milliseconds."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._last = time.perf_counter()

    def chapter(self, title: str) -> None:
        self._console.print(Text(f"\n{title}", style="bold cyan"))
        self._last = time.perf_counter()

    def says(self, what: str, detail: str) -> None:
        now = time.perf_counter()
        passed, self._last = (now - self._last) * 1000, now
        line = Text.assemble((f"{passed:7.0f} ms  ", "dim"), (f"{what:<14}", "bold"), detail)
        self._console.print(line, soft_wrap=True)

    def table(self, title: str, rows: list[tuple[str, str, bool]]) -> None:
        table = Table(
            title=title, title_justify="left", title_style="bold", box=None, show_header=False, pad_edge=False
        )
        for name, value, good in rows:
            table.add_row(Text("✓" if good else "✗", style="green" if good else "bold red"), name, value)
        self._console.print()
        self._console.print(table)


def clock(instant: str) -> str:
    """An API's time as the people of the story read it."""
    at = datetime.fromisoformat(instant).astimezone(TOKYO)
    return f"{at:%Y-%m-%d %H:%M:%S} 東京"
