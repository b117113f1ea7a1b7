"""A recording as a file: JSON Lines, each the event exactly as it lay on its topic."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from contracts.config import TenantConfig
from contracts.envelope import Envelope, MalformedEvent, decode, encode
from madoguchi.apply.mistakes import Mistake
from madoguchi.errors import Stop
from madoguchi.simulate.replay.recording import COMMANDS, EVENTS

MOST_TOLD: Final = 20


def read_file(path: Path) -> list[Envelope]:
    """Raises Stop with the line of each mistake."""
    found: list[Envelope] = []
    mistakes: list[Mistake] = []
    with path.open("rb") as lines:
        for number, line in enumerate(lines, 1):
            try:
                found += _read(line)
            except MalformedEvent as error:
                mistakes.append(Mistake(str(path), number, str(error)))
    if not found and not mistakes:
        mistakes.append(Mistake(str(path), 1, "the file holds no recorded command"))
    if mistakes:
        raise Stop("the recording can't be read\n" + "\n".join(map(str, mistakes[:MOST_TOLD])))
    return found


def write_file(path: Path, envelopes: Iterable[Envelope]) -> None:
    """For nobody else's eyes: it holds what customers wrote. Complete, or not there."""
    draft = path.with_name(f".{path.name}.partial")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as lines:
        lines.writelines(encode(envelope) + b"\n" for envelope in envelopes)
    draft.rename(path)


def _read(line: bytes) -> Iterator[Envelope]:
    if line.strip():
        envelope = decode(line)
        if envelope.type not in COMMANDS | EVENTS and not isinstance(envelope.data, TenantConfig):
            raise MalformedEvent(f"{envelope.type} is neither a routing command nor a routing event")
        yield envelope
