"""`madoguchi up`."""

import asyncio
import json
from pathlib import Path

import click

from madoguchi.display import shown_progress
from madoguchi.house.start import STACK_PORTS, HouseOptions, bring_up
from madoguchi.house.summary import as_json, as_text
from madoguchi.settings import SAMPLE, CliSettings, load_settings
from madoguchi.stack import StackKind, StackOptions


@click.command()
@click.option(
    "--tenant",
    "folder",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    default=SAMPLE,
    show_default="config/acme",
    help="The tenant's folder that is applied once the broker runs.",
)
@click.option("--json", "as_data", is_flag=True, help="Print addresses and a token as JSON.")
def up(folder: Path, as_data: bool) -> None:
    """Start everything on this machine: broker, database, cache, provider sandbox, services.

    Uses Docker when a daemon answers, otherwise programs from wheels and jars; nothing is installed and no root is
    needed. Everything is kept in .madoguchi/ (or MADOGUCHI_STATE) and survives this command; `madoguchi down` stops
    it. When it runs already, what is missing is started again and the same summary is printed.

    \b
    Doors (a taken port is replaced by a free one, with a note):
      ingest 7001 · case-store 7002 · router 7003 · notifier 7004 · sandbox 7010
      probes and figures: the same plus 100 · kafka 7092 · postgres 7432 · redis 7379

    \b
    Examples:
      madoguchi up
      STACK=embedded madoguchi up              never look for Docker
      madoguchi up --json | jq -r .token
    """
    settings = load_settings()
    with shown_progress("starting Madoguchi") as tell:
        house, started = asyncio.run(bring_up(house_options(settings, folder), tell))
    state = settings.state_folder
    if as_data:
        click.echo(json.dumps(as_json(house, state), ensure_ascii=False, indent=2))
        return
    if not started:
        click.echo(f"Madoguchi runs already in {state}", err=True)
    click.echo(as_text(house, state))


def house_options(settings: CliSettings, folder: Path) -> HouseOptions:
    return HouseOptions(stack_options(settings), folder)


def stack_options(settings: CliSettings) -> StackOptions:
    return StackOptions(
        state=settings.state_folder,
        kind=StackKind(settings.stack),
        cache=settings.cache.absolute(),
        detached=True,
        ports=STACK_PORTS,
        external=settings.external,
    )
