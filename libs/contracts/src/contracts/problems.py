"""A contradiction in a tenant's configuration, and where it is."""

from collections.abc import Container, Iterator
from typing import NamedTuple

Path = tuple[str | int, ...]


class Problem(NamedTuple):
    """`path` walks into the bundle: ("queues", 2, "sla")."""

    path: Path
    sentence: str


def known(path: Path, name: str | None, names: Container[str], what: str) -> Iterator[Problem]:
    if name is not None and name not in names:
        yield Problem(path, f"there is no {what} '{name}'")
