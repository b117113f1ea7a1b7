"""Progress: plain lines in a pipe, a live list on a terminal."""

import io

from rich.console import Console

from madoguchi.display import shown_progress

LINES = (
    "ingest: starting",
    "port 7001 of ingest is taken, using 43210",
    "Neither Docker nor Java 17 with Maven was found: using the Tansu broker as a last resort.",
    "ingest: ready in 1.2 s",
)


def shown(*, terminal: bool) -> str:
    out = io.StringIO()
    with shown_progress("starting", Console(file=out, force_terminal=terminal, width=120, color_system=None)) as tell:
        for line in LINES:
            tell(line)
    return out.getvalue()


def test_plain_lines_have_no_escapes_and_tell_no_mere_beginnings() -> None:
    lines = shown(terminal=False).splitlines()
    assert [line.partition(" s  ")[2] for line in lines[1:]] == list(LINES[1:])
    assert "\x1b" not in "".join(lines)


def test_a_live_list_keeps_notices_and_the_last_word_of_each_part() -> None:
    last = shown(terminal=True).rpartition("starting")[2]
    assert "! port 7001 of ingest is taken, using 43210" in last
    assert "! Neither Docker" in last
    assert "✓ ingest         ready in 1.2 s" in last
