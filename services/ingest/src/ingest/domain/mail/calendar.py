"""An invitation in words, for a mail that has no others."""

import re
from datetime import datetime
from typing import Final

_LINES: Final = (("SUMMARY", ""), ("DTSTART", ""), ("DTEND", "– "), ("LOCATION", ""), ("DESCRIPTION", ""))
_FOLD: Final = re.compile(r"\r?\n[ \t]")
_ESCAPED: Final = re.compile(r"\\([\\;,nN])")


def told(calendar: str) -> str:
    """RFC 5545's first event: title, times as written, place, description."""
    event = _FOLD.sub("", calendar[:200_000]).partition("BEGIN:VEVENT")[2].partition("END:VEVENT")[0]
    said = [(mark, _value(event, name)) for name, mark in _LINES]
    return "\n".join(f"{mark}{value}" for mark, value in said if value)


def _value(event: str, name: str) -> str:
    found = re.search(rf"^{name}((?:;[^:\r\n]*)?):(.*)$", event, re.MULTILINE)
    if found is None:
        return ""
    value = _ESCAPED.sub(lambda one: "\n" if one[1] in "nN" else one[1], found[2].strip())
    return _time(value, found[1]) if name.startswith("DT") else value


def _time(value: str, parameters: str) -> str:
    zone = re.search(r"TZID=([^;:]+)", parameters)
    for layout, shown in (
        ("%Y%m%dT%H%M%SZ", "%Y-%m-%d %H:%M UTC"),
        ("%Y%m%dT%H%M%S", "%Y-%m-%d %H:%M"),
        ("%Y%m%d", "%Y-%m-%d"),
    ):
        try:
            return datetime.strptime(value, layout).strftime(shown) + (f" ({zone[1]})" if zone else "")  # noqa: DTZ007  # shown as written
        except ValueError:
            continue
    return value
