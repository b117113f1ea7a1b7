"""The span files of the local house: JSON lines, one file per service."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError


class SpanLink(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")

    trace_id: str
    span_id: str


class SpanLine(BaseModel):
    """As `runtime.span_file` writes it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    trace_id: str
    span_id: str
    parent_id: str | None = None
    links: tuple[SpanLink, ...] = ()
    name: str
    kind: str = "internal"
    service: str
    start_ns: int
    end_ns: int
    status: str = "unset"
    attributes: Mapping[str, Any] = {}

    @property
    def milliseconds(self) -> float:
        return (self.end_ns - self.start_ns) / 1e6


def read_spans(folder: Path) -> list[SpanLine]:
    """Of all services, in order of their start. A line that is still being written is passed over."""
    found = [span for path in sorted(folder.glob("*.jsonl*")) for span in _spans_of(path)]
    return sorted(found, key=lambda span: (span.start_ns, -span.end_ns))


def _spans_of(path: Path) -> Iterator[SpanLine]:
    with path.open("rb") as lines:
        for line in lines:
            try:
                yield SpanLine.model_validate_json(line)
            except ValidationError:
                continue
