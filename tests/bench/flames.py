"""Folded stacks drawn as a flame graph, the outermost call at the top: what is wide took long.

python tests/bench/flames.py build/flames/router-backlog.folded docs/flames/router-backlog.svg
"""

import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape

_WIDTH, _ROW, _LETTER = 1_200, 16, 6.2
_LEAST: Final = 0.004
_COLOURS: Final = {
    "domain": "#e8a04c",
    "handlers": "#e3c15b",
    "adapters": "#a9c46c",
    "runtime": "#7fb5d5",
    "contracts": "#9d9ad9",
}


@dataclass(slots=True)
class Call:
    name: str
    samples: int = 0
    calls: dict[str, "Call"] = field(default_factory=dict)


def tree(stacks: Mapping[str, int]) -> Call:
    """What every stack has in common is left out."""
    root = Call("all")
    for stack, count in stacks.items():
        call = root
        call.samples += count
        for name in stack.split(";"):
            call = call.calls.setdefault(name, Call(name))
            call.samples += count
    while len(root.calls) == 1:
        (root,) = root.calls.values()
    return root


def drawn(root: Call) -> str:
    boxes = list(_boxes(root, 0, 0.0, root.samples))
    height = _ROW * (2 + max(depth for depth, *_ in boxes))
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" font-family="monospace" font-size="10">'
    return "\n".join((head, *(_box(*box) for box in boxes), "</svg>\n"))


def _boxes(call: Call, depth: int, left: float, total: int) -> Iterator[tuple[int, float, float, str]]:
    share = call.samples / total
    if share < _LEAST:
        return
    yield depth, left, share, call.name
    for inner in sorted(call.calls.values(), key=lambda each: -each.samples):
        yield from _boxes(inner, depth + 1, left, total)
        left += inner.samples / total


def _box(depth: int, left: float, share: float, name: str) -> str:
    x, y, width = left * _WIDTH, depth * _ROW, share * _WIDTH
    colour = _COLOURS.get(name.partition("/")[0], "#d0d0d0")
    text = name[: max(0, int(width / _LETTER) - 1)]
    return (
        f'<g><title>{escape(name)} {100 * share:.1f} %</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}" height="{_ROW - 1}"'
        f' fill="{colour}"/><text x="{x + 2:.1f}" y="{y + 11}">{escape(text)}</text></g>'
    )


def read(lines: Iterable[str]) -> dict[str, int]:
    pairs = (line.rstrip().rpartition(" ") for line in lines)
    return {stack: int(count) for stack, _, count in pairs}


def main() -> None:
    folded, drawing = map(Path, sys.argv[1:])
    drawing.parent.mkdir(parents=True, exist_ok=True)
    drawing.write_text(drawn(tree(read(folded.read_text("utf-8").splitlines()))), "utf-8")


if __name__ == "__main__":
    main()
