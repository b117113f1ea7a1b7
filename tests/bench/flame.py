"""Folded stacks as a flame graph: an SVG without scripts, whose boxes tell their name and share when pointed at."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from zlib import crc32

_WIDTH, _ROW, _LETTER = 1200, 17, 6.6
_LEAST_SHARE = 0.004


@dataclass
class _Box:
    name: str
    count: int = 0
    inner: dict[str, "_Box"] = field(default_factory=dict)

    def add(self, names: list[str], count: int) -> None:
        self.count += count
        if names:
            self.inner.setdefault(names[0], _Box(names[0])).add(names[1:], count)


def drawn(title: str, stacks: Mapping[str, int]) -> str:
    """`stacks`: `outer;…;inner` and how often it was met."""
    root = _Box(title)
    for stack, count in stacks.items():
        root.add(stack.split(";"), count)
    boxes = list(_placed(root, 0, 0.0, root.count))
    height = (1 + max(row for _, row, _ in boxes)) * _ROW
    shapes = "\n".join(_shape(box, row * _ROW, at, root.count) for box, row, at in boxes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" font-family="monospace" font-size="11">\n'
        f"{shapes}\n</svg>\n"
    )


def _placed(box: _Box, row: int, at: float, total: int) -> Iterator[tuple[_Box, int, float]]:
    yield box, row, at
    for inner in sorted(box.inner.values(), key=lambda each: each.name):
        if inner.count >= _LEAST_SHARE * total:
            yield from _placed(inner, row + 1, at, total)
        at += inner.count


def _shape(box: _Box, y: int, at: float, total: int) -> str:
    x, width = at * _WIDTH / total, box.count * _WIDTH / total
    label = escape(box.name[: int(width / _LETTER)]) if width > 4 * _LETTER else ""
    hue = crc32(box.name.rpartition("(")[2].encode()) % 60
    return (
        f'<g><title>{escape(box.name)}: {100 * box.count / total:.1f} %</title><rect x="{x:.1f}" y="{y}" width="{width:.1f}"'
        f' height="{_ROW - 1}" fill="hsl({hue},75%,70%)"/><text x="{x + 2:.1f}" y="{y + 12}">{label}</text></g>'
    )
