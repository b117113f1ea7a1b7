"""How progress is shown: a live list on a terminal, plain lines anywhere else. On stderr, so that stdout stays for results."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

Tell = Callable[[str], None]
STARTING = ": starting"
"""The end of a line that only a live list shows."""

_LONGEST_PART = 15
_DONE = ("ready", "applied", "created", "there already", "revision")


@contextmanager
def shown_progress(title: str, console: Console | None = None) -> Iterator[Tell]:
    """A line is `part: what happens`; a later one of the same part replaces it in the live list."""
    console = console or Console(stderr=True)
    if not console.is_terminal:
        console.print(title, highlight=False)
        yield _plain(console)
        return
    lines: dict[str, str] = {}
    with Live(get_renderable=lambda: _list(title, lines), console=console, refresh_per_second=10, transient=False):
        yield lambda line: _note(lines, line)


def _plain(console: Console) -> Tell:
    begun = time.monotonic()

    def tell(line: str) -> None:
        if line.endswith(STARTING):
            return
        console.print(f"{time.monotonic() - begun:6.1f} s  {line}", highlight=False, soft_wrap=True, markup=False)

    return tell


def _note(lines: dict[str, str], line: str) -> None:
    """A sentence that is about no part, as a notice, stays where it is."""
    part, _, what = line.partition(": ")
    is_part = bool(what) and len(part) <= _LONGEST_PART
    lines[part if is_part else line] = what if is_part else ""


def _list(title: str, lines: dict[str, str]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_row("", Text(title, style="bold"))
    for part, what in lines.items():
        if not what:
            grid.add_row(Text("!", style="yellow"), Text(part))
            continue
        done = any(word in what for word in _DONE)
        mark = Text("✓", style="green") if done else Spinner("dots")
        grid.add_row(mark, Text(f"{part:<{_LONGEST_PART}}{what}"))
    return grid
