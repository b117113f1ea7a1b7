"""One payload of a provider and what it becomes."""

from dataclasses import dataclass, field
from typing import Any

FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class Row:
    """`expected`: paths into the one event, `event` for its name; no `expected`: no event at all."""

    channel: str
    name: str
    source: str
    body: Any
    expected: dict[str, Any] = field(default_factory=dict)
    media: str = "application/json"
    query: dict[str, str] = field(default_factory=dict)
