"""`madoguchi simulate`: what a configuration would do with a load."""

import json
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from madoguchi.commands.apply import variables
from madoguchi.settings import load_settings
from madoguchi.simulate.outcome import Outcome, as_data, play, rows
from madoguchi.simulate.read import read_house, read_load, require_fit

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@click.command()
@click.option("--config", type=_FOLDER, required=True, help="The tenant's folder in question.")
@click.option("--against", type=_FOLDER, help="Another folder, to hold it against.")
@click.option("--load", "load_path", type=click.Path(exists=True, dir_okay=False, path_type=Path), required=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same customers.")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a report with plots there.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def simulate(config: Path, against: Path | None, load_path: Path, seed: int, html: Path | None, as_json: bool) -> None:
    """Play made-up work through the router's own engine, under one configuration or two.

    The load file says what arrives (rate, handle times, patience) and who works. Nothing is sent or stored, and no
    service needs to run. Customers are the same for both configurations.

    \b
    Examples:
      madoguchi simulate --config config/acme --load libs/cli/samples/monday.yaml
      madoguchi simulate --config new/ --against old/ --load load.yaml --seed 7 --html out.html
      madoguchi simulate --config config/acme --load load.yaml --json | jq '.outcomes[0].all.service_level'
    """
    file = read_load(load_path)
    given = variables(load_settings())
    houses = [read_house(folder, given) for folder in (config, against) if folder is not None]
    for house in houses:
        require_fit(file, house)
    outcomes = play(houses, file.load, seed)
    if html is not None:
        from madoguchi.simulate.report import render

        html.write_text(render(outcomes, file.load, seed), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(as_data(outcomes, file.load, seed), ensure_ascii=False, indent=2))
    else:
        _show(outcomes, html)


def _show(outcomes: list[Outcome], html: Path | None) -> None:
    table = Table("queue", "figure", *(outcome.house for outcome in outcomes))
    for place, name, values in rows(outcomes):
        table.add_row(place, name, *(_told(value) for value in values))
    Console().print(table)
    if html is not None:
        click.echo(f"report: {html}")


def _told(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
