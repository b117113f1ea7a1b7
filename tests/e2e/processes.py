"""What a test's commands left running."""

import os
from pathlib import Path


def started_below(scratch: Path) -> list[str]:
    """The processes whose command line or environment names this folder, but for the test's own."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(scratch).encode() in words and int(process.name) != os.getpid():
            found.append(words[:200].decode("utf-8", "replace"))
    return found
