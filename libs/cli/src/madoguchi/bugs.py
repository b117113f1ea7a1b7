"""What nobody expected: one sentence for the person, the whole story in a file for whoever mends it."""

import traceback
from contextlib import suppress

from madoguchi.settings import load_settings


def where_told(error: Exception) -> str:
    """` (see <file>)`, or nothing where no file can be written."""
    with suppress(Exception):
        path = load_settings().state_folder / "logs" / "madoguchi.log"
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8") as log:
            traceback.print_exception(error, file=log)
        return f" (see {path})"
    return ""
