"""docs/benchmarks.md from docs/benchmarks.json: the method, the figures with their spread, and what they don't show."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import figures

PAGE = figures.ROOT / "docs" / "benchmarks.md"
METHOD = Path(__file__).with_name("method.md")


def shown(value: Any) -> str:
    """A figure with its spread as `median (min-max of n)`."""
    if isinstance(value, dict) and "median" in value:
        return f"{value['median']:g} ({value['min']:g} to {value['max']:g}, {value['runs']} runs)"
    return f"{value:g}" if isinstance(value, int | float) else str(value)


def write() -> None:
    PAGE.write_text(METHOD.read_text("utf-8") + "".join(_benches(figures.told())), "utf-8")


def _benches(told: dict[str, Any]) -> Iterator[str]:
    for name, bench in sorted(told.items()):
        place = bench["machine"]
        versions = ", ".join(f"{package} {number}" for package, number in place["versions"].items())
        yield f"\n## {name}\n\n"
        yield f"{bench['at']}, commit `{bench['commit']}`, {bench['broker']}. "
        yield f"{place['cpu']}, {place['cores']} cores, {place['memory_gb']} GB, Linux {place['kernel']}, "
        yield f"Python {place['python']}, {versions}. Load average before: {', '.join(place['load_before'])}.\n\n"
        yield "| figure | value |\n|---|---|\n"
        for figure, value in bench["figures"].items():
            yield f"| {figure} | {shown(value)} |\n"
