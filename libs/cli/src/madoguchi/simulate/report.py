"""One HTML file with the figures and plots; it needs nothing else to be looked at."""

import warnings
from collections.abc import Callable, Iterator, Sequence
from html import escape
from io import StringIO
from itertools import groupby
from typing import Any, Final

from madoguchi.simulate.figures import Line, lines
from madoguchi.simulate.outcome import Outcome, Trial

_STYLE: Final = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; color: #1d2433 }
h1 { font-size: 1.5rem } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } svg { max-width: 100%; height: auto }
table { border-collapse: collapse; width: 100% } th, td { padding: .3rem .6rem; border-bottom: 1px solid #dde1ea }
th { text-align: left } th.number, td.number { text-align: right; font-variant-numeric: tabular-nums }
.change { color: #5a6478 } .note { color: #5a6478; margin: .3rem 0 }
"""
_COLOURS: Final = ("#9aa3b5", "#3b6fb6", "#d97925")


def render(trial: Trial) -> str:
    title = f"What if: {escape(trial.title)}"
    plots = "".join(_plot(draw, trial.outcomes) for draw in (_waits, _service, _shares))
    notes = "".join(f'<p class="note">{escape(note)}</p>' for note in (*_reading(trial), *trial.notes))
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8"><title>{title}</title>'
        f"<style>{_STYLE}</style></head>\n<body>\n<h1>{title}</h1>\n{notes}\n{_tables(trial)}\n{plots}</body>\n</html>\n"
    )


def _reading(trial: Trial) -> Iterator[str]:
    if trial.reference:
        names = [escape(outcome.name) for outcome in trial.outcomes]
        yield (
            f"“{names[0]}” is what happened. “{names[1]}” replays it under the configuration in force: how far the two "
            f"differ is the replay's own error. “{names[2]}” is the configuration in question; the change is against "
            f"“{names[1]}”."
        )
    elif trial.compares:
        yield "All configurations meet the same customers with the same patience."
    yield f"Service level: the share answered within the queue's time, of all answered or given up. Seed {trial.seed}."


def _tables(trial: Trial) -> str:
    found = lines([outcome.figures for outcome in trial.outcomes])
    places = groupby(found, key=lambda line: line.place)
    return "".join(f"<h2>{escape(place or 'no queue')}</h2>{_table(trial, list(some))}" for place, some in places)


def _table(trial: Trial, some: Sequence[Line]) -> str:
    names = [*(outcome.name for outcome in trial.outcomes), *(["change"] if trial.compares else [])]
    heading = "".join(f'<th class="number">{escape(name)}</th>' for name in names)
    rows = "".join(f"<tr><td>{escape(line.name)}</td>{_cells(line, trial)}</tr>\n" for line in some)
    return f"<table><tr><th>figure</th>{heading}</tr>\n{rows}</table>"


def _cells(line: Line, trial: Trial) -> str:
    values = "".join(f'<td class="number">{escape(text)}</td>' for text in line.texts())
    changed = f'<td class="number change">{escape(line.change(trial.reference))}</td>' if trial.compares else ""
    return values + changed


def _plot(draw: Callable[[Any, Sequence[Outcome]], None], outcomes: Sequence[Outcome]) -> str:
    # Imported here: the library takes a second that only a report needs.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "madoguchi", "svg.fonttype": "none"}), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph .* missing from")  # the reader's own font draws the text
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        draw(figure.add_subplot(), outcomes)
        drawn = StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return "".join(drawn.getvalue().partition("<svg")[1:])


def _waits(axes: Any, outcomes: Sequence[Outcome]) -> None:
    """Minutes, as soon as there are several."""
    waits = [outcome.tally.waits_s() for outcome in outcomes]
    unit, name = (60, "minutes") if max((one[-1] for one in waits if one), default=0) > 180 else (1, "seconds")
    for outcome, colour, found in zip(outcomes, _colours(outcomes), waits, strict=True):
        shares = [100 * (i + 1) / len(found) for i in range(len(found))]
        axes.step([wait / unit for wait in found], shares, where="post", label=outcome.name, color=colour)
    axes.set(title="Customers who had waited at most so long", xlabel=name, ylabel="% of customers", ylim=(0, 102))
    axes.set_xlim(left=0)
    axes.legend()


def _service(axes: Any, outcomes: Sequence[Outcome]) -> None:
    _bars(axes, outcomes, "service_level")
    axes.set(title="Service level by queue", ylabel="% answered in time", ylim=(0, 105))


def _shares(axes: Any, outcomes: Sequence[Outcome]) -> None:
    _bars(axes, outcomes, "share")
    axes.set(title="Share of the work by queue", ylabel="% of customers")


def _bars(axes: Any, outcomes: Sequence[Outcome], name: str) -> None:
    queues = sorted({queue for outcome in outcomes for queue in outcome.figures["queues"]})
    width = 0.8 / len(outcomes)
    for i, (outcome, colour) in enumerate(zip(outcomes, _colours(outcomes), strict=True)):
        heights = [100 * (outcome.figures["queues"].get(queue, {}).get(name) or 0) for queue in queues]
        places = [place + (i - (len(outcomes) - 1) / 2) * width for place in range(len(queues))]
        axes.bar(places, heights, width, label=outcome.name, color=colour)
    axes.set_xticks(range(len(queues)), queues)
    axes.legend()


def _colours(outcomes: Sequence[Outcome]) -> Sequence[str]:
    """Grey for what was recorded."""
    return _COLOURS[len(_COLOURS) - len(outcomes) :]
