"""One HTML file with the figures and three plots; it needs nothing else to be looked at."""

from collections.abc import Callable, Sequence
from html import escape
from io import StringIO
from typing import Any

from madoguchi.simulate.load import Load
from madoguchi.simulate.outcome import Outcome, rows

_STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1d2433 }
table { border-collapse: collapse; width: 100% } th, td { padding: .3rem .6rem; border-bottom: 1px solid #dde1ea }
td.number { text-align: right; font-variant-numeric: tabular-nums } svg { max-width: 100%; height: auto }
"""


def render(outcomes: Sequence[Outcome], load: Load, seed: int) -> str:
    names = " against ".join(escape(outcome.house) for outcome in outcomes)
    plots = "".join(_plot(draw, outcomes) for draw in (_waits, _service, _shares))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Simulation: {names}</title>'
        f"<style>{_STYLE}</style><h1>{names}</h1>"
        f"<p>{len(load.streams)} streams of work over {load.lasts}, seed {seed}. Both configurations meet the same customers.</p>"
        f"{_table(outcomes)}{plots}</html>\n"
    )


def _table(outcomes: Sequence[Outcome]) -> str:
    heading = "".join(f"<th>{escape(outcome.house)}</th>" for outcome in outcomes)
    body = "".join(
        f"<tr><td>{escape(place)}</td><td>{escape(name)}</td>"
        + "".join(f'<td class="number">{_told(value)}</td>' for value in values)
        + "</tr>"
        for place, name, values in rows(outcomes)
    )
    return f"<table><tr><th>queue</th><th>figure</th>{heading}</tr>{body}</table>"


def _told(value: Any) -> str:
    if value is None:
        return "–"
    return f"{value:,.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value:,}"


def _plot(draw: Callable[[Any, Sequence[Outcome]], None], outcomes: Sequence[Outcome]) -> str:
    # Imported here: the library takes a second that only a report needs.
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context({"svg.hashsalt": "madoguchi", "svg.fonttype": "none"}):
        figure = Figure(figsize=(9, 3.6), layout="constrained")
        draw(figure.add_subplot(), outcomes)
        drawn = StringIO()
        figure.savefig(drawn, format="svg", metadata={"Date": None})
    return drawn.getvalue().partition("<svg")[1] + drawn.getvalue().partition("<svg")[2]


def _waits(axes: Any, outcomes: Sequence[Outcome]) -> None:
    for outcome in outcomes:
        waits = outcome.tally.waits_s()
        axes.step(waits, [(i + 1) / len(waits) for i in range(len(waits))], where="post", label=outcome.house)
    axes.set(title="Who had waited at most so long", xlabel="seconds", ylabel="share of customers", ylim=(0, 1.02))
    axes.legend()


def _service(axes: Any, outcomes: Sequence[Outcome]) -> None:
    _bars(axes, outcomes, "service_level")
    axes.set(title="Service level", ylim=(0, 1.05))


def _shares(axes: Any, outcomes: Sequence[Outcome]) -> None:
    _bars(axes, outcomes, "share")
    axes.set(title="Share of the work by queue")


def _bars(axes: Any, outcomes: Sequence[Outcome], name: str) -> None:
    queues = sorted({queue for outcome in outcomes for queue in outcome.figures["queues"]})
    width = 0.8 / len(outcomes)
    for i, outcome in enumerate(outcomes):
        heights = [outcome.figures["queues"].get(queue, {}).get(name) or 0 for queue in queues]
        places = [place + (i - (len(outcomes) - 1) / 2) * width for place in range(len(queues))]
        axes.bar(places, heights, width, label=outcome.house)
    axes.set_xticks(range(len(queues)), queues)
    axes.legend()
