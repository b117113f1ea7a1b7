"""A new channel's folders from the template beside this file, and its lines in the three tables."""

import keyword
import re
from collections.abc import Iterator
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from madoguchi.errors import Stop

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{1,30}")
_WORD, _CONSTANT, _TITLE = "pigeon", "PIGEON", "Pigeon"
"""What the template's channel is called; the template is a working channel of that name, linted and tested as such."""


class _Table:
    """A file that lists channels: after which line the import goes, and after which the entry."""

    def __init__(self, path: str, imported: str, opening: str, entry: str) -> None:
        self.path, self.imported, self.opening, self.entry = path, imported, opening, entry


_TABLES: Final = (
    _Table(
        "services/ingest/src/ingest/channels/__init__.py",
        "from ingest.channels.{name} import {constant}\n",
        "_ALL: Final[tuple[Channel, ...]] = (\n",
        "    {constant},\n",
    ),
    _Table(
        "services/notifier/src/notifier/channels/table.py",
        "from notifier.channels.{name} import {constant}\n",
        "_ALL: Final[tuple[Channel, ...]] = (\n",
        "    {constant},\n",
    ),
    _Table(
        "libs/sandbox/src/sandbox/providers.py",
        "from sandbox.{name} import open_{name}\n",
        "PROVIDERS: Final[tuple[OpenProvider, ...]] = (\n",
        "    open_{name},\n",
    ),
)


def make_channel(root: Path, name: str) -> list[Path]:
    """The files made, relative to `root`. Raises Stop and makes nothing where a name or a file stands in the way."""
    if _NAME.fullmatch(name) is None or keyword.iskeyword(name):
        raise Stop(f"'{name}' can't name a channel: lower-case letters, digits and _, beginning with a letter")
    wanted = dict(_files(name))
    for table in _TABLES:
        if not (root / table.path).is_file():
            raise Stop(f"{root} is no checkout: there is no {table.path}")
    taken = next((path for path in wanted if (root / path).exists()), None)
    if taken is not None:
        raise Stop(f"{taken} exists already")
    for path, content in wanted.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(content, "utf-8")
    for table in _TABLES:
        _add_lines(root / table.path, table, name)
    return [*wanted, *(Path(table.path) for table in _TABLES)]


def _files(name: str) -> Iterator[tuple[Path, str]]:
    template = resources.files("madoguchi.channels") / "template"
    for path, source in _walk(template, Path()):
        yield Path(_renamed(str(path).removesuffix(".txt"), name)), _renamed(source.read_text("utf-8"), name)


def _walk(folder: Traversable, place: Path) -> Iterator[tuple[Path, Traversable]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        if entry.is_dir():
            yield from _walk(entry, place / entry.name)
        elif entry.name.endswith(".txt"):
            yield place / entry.name, entry


def _renamed(text: str, name: str) -> str:
    return text.replace(_CONSTANT, name.upper()).replace(_TITLE, name.replace("_", " ").title()).replace(_WORD, name)


def _add_lines(path: Path, table: _Table, name: str) -> None:
    """The import before the first line that sorts after it, the entry at the end of the tuple."""
    words = {"name": name, "constant": name.upper()}
    lines = path.read_text("utf-8").splitlines(keepends=True)
    imported, entry = table.imported.format(**words), table.entry.format(**words)
    package = imported.partition(".")[0] + "."
    imports = [index for index, line in enumerate(lines) if line.startswith(package)]
    at = next((index for index in imports if lines[index] > imported), imports[-1] + 1)
    lines.insert(at, imported)
    text = "".join(lines)
    empty = table.opening.rstrip("(\n") + "()\n"
    if empty in text:
        text = text.replace(empty, f"{table.opening}{entry})\n")
    else:
        opening = text.index(table.opening) + len(table.opening)
        end = text.index(")\n", opening)
        text = text[:end] + entry + text[end:]
    path.write_text(text, "utf-8")
