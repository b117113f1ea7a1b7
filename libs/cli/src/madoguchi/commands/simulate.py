"""`madoguchi simulate`: what a configuration would do with recorded work, or with made-up work."""

import asyncio
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from pydantic import TypeAdapter, ValidationError
from rich.table import Table
from typing_extensions import override

from contracts.envelope import Envelope
from madoguchi.commands.apply import variables
from madoguchi.display import shown_progress
from madoguchi.errors import Stop
from madoguchi.journey.show import console_for_output
from madoguchi.settings import kafka_settings, load_settings
from madoguchi.simulate.figures import lines
from madoguchi.simulate.outcome import Trial, as_data, play
from madoguchi.simulate.read import House, read_house, read_load, require_fit
from madoguchi.simulate.replay.compare import compare
from madoguchi.simulate.replay.record_file import read_file, write_file
from madoguchi.simulate.replay.recording import recording_of
from madoguchi.simulate.replay.source import Window, in_force, read_broker
from router.handlers.instants import millis
from runtime.clock import SystemClock

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW = click.Path(dir_okay=False, path_type=Path)


class _Instant(click.ParamType[Any]):
    name = "instant"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            told = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"'{value}' is no instant; write it as 2026-11-21T09:00:00Z", param, ctx)
        if told.tzinfo is None:
            self.fail(f"'{value}' has no time zone; write 2026-11-21T09:00:00Z or …+09:00", param, ctx)
        return told


class _Length(click.ParamType[Any]):
    name = "length"

    @override
    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        try:
            told = TypeAdapter(timedelta).validate_python(value)
        except ValidationError:
            told = timedelta(-1)
        if told < timedelta(0):
            self.fail(f"'{value}' is no length of time; write it as PT12H", param, ctx)
        return told


@dataclass(frozen=True, slots=True)
class Asked:
    config: Path | None
    baseline: Path | None
    load: Path | None
    commands: Path | None
    begin: datetime | None
    end: datetime | None
    warm_up: timedelta
    tenant: str | None
    record: Path | None
    seed: int


@click.command()
@click.option("--config", type=_FOLDER, help="The tenant's folder in question.")
@click.option("--baseline", "--against", type=_FOLDER, help="What to hold it against; for recordings the one in force.")
@click.option("--from", "begin", type=_Instant(), help="Replay what came from this instant on.")
@click.option("--to", "end", type=_Instant(), help="Up to this instant; now, if not said.")
@click.option("--warm-up", type=_Length(), default="PT24H", show_default=True, help="Played before it, not counted.")
@click.option("--commands", type=_FILE, help="Replay this file, made by --record, not what the broker has.")
@click.option("--record", type=_NEW, help="Keep what was read in this file. It holds what customers wrote.")
@click.option("--tenant", help="For --record without --config.")
@click.option("--load", type=_FILE, help="Play made-up work: a YAML file of rates, handle times, patience.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same outcome.")
@click.option("--html", type=_NEW, help="Write a report with plots there.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
def simulate(html: Path | None, as_json: bool, **given: Any) -> None:
    """Play work through the router's own engine under a configuration that is not in force.

    With --from, recorded work: what came is taken from the log of the router's commands, agents answer and handle it as
    they were recorded to. Three columns are told: what was recorded, the same replayed under the configuration in force
    (their difference is the replay's own error), and the configuration in question. With --load, made-up work. Nothing
    is sent or stored.

    \b
    Examples:
      madoguchi simulate --config new/ --from 2026-11-20T09:00:00Z --to 2026-11-20T18:00:00Z --html out.html
      madoguchi simulate --record friday.jsonl --tenant acme --from 2026-11-20T09:00:00Z --to 2026-11-20T18:00:00Z
      madoguchi simulate --config new/ --commands friday.jsonl --from 2026-11-20T09:00:00Z
      madoguchi simulate --config new/ --baseline old/ --load libs/cli/samples/monday.yaml --seed 7
    """
    asked = Asked(**given)
    if (asked.load is not None) + (asked.commands is not None) > 1 or (asked.load is not None and asked.begin):
        raise click.UsageError("--load is made-up work; --from and --commands are recorded work: say one of them")
    if asked.load is None and asked.commands is None and asked.begin is None:
        raise click.UsageError("say what to play: --from and --to, --commands, or --load")
    trial = _made_up(asked, asked.load) if asked.load is not None else _recorded(asked)
    if trial is None:
        return
    if html is not None:
        from madoguchi.simulate.report import render

        html.write_text(render(trial), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(as_data(trial), ensure_ascii=False, indent=2))
    else:
        _show(trial)
        click.echo(f"report: {html}" if html is not None else "", nl=html is not None)


def _made_up(asked: Asked, load: Path) -> Trial:
    file = read_load(load)
    houses = [house for house in (_house(asked.config), _house(asked.baseline)) if house is not None]
    if asked.config is None:
        raise click.UsageError("say with --config which configuration is meant")
    for house in houses:
        require_fit(file, house)
    return play(houses, file.load, asked.seed)


def _recorded(asked: Asked) -> Trial | None:
    """None when it was only to be kept."""
    new, baseline = _house(asked.config), _house(asked.baseline)
    tenant = _tenant(asked, new)
    envelopes = read_file(asked.commands) if asked.commands is not None else _from_broker(asked, tenant)
    if asked.record is not None:
        write_file(asked.record, envelopes)
        click.echo(f"{len(envelopes):,} records kept in {asked.record}", err=True)
    if new is None:
        return None
    begin, end = (None if at is None else millis(at) for at in (asked.begin, asked.end))
    recording = recording_of(envelopes, tenant, begin, end)
    return compare(recording, baseline or in_force(recording.config), new, asked.seed)


def _tenant(asked: Asked, new: House | None) -> str:
    if new is None and asked.record is None:
        raise click.UsageError("say with --config which configuration is meant")
    tenant = asked.tenant or (new.tenant if new is not None else None)
    if tenant is None:
        raise click.UsageError("say with --tenant whose commands to keep")
    return tenant


def _house(folder: Path | None) -> House | None:
    return None if folder is None else read_house(folder, variables(load_settings()))


def _from_broker(asked: Asked, tenant: str) -> list[Envelope]:
    if asked.begin is None:
        raise click.UsageError("say with --from where to begin")
    end = asked.end or SystemClock().now()
    if asked.begin >= end:
        raise Stop("--from is not before --to")
    window = Window(asked.begin, end, asked.warm_up)
    with shown_progress(f"reading what the router of {tenant} was told") as tell:
        return asyncio.run(read_broker(tenant, window, kafka_settings(load_settings()), tell))


def _show(trial: Trial) -> None:
    table = Table("queue", "figure", title=trial.title, title_justify="left")
    for outcome in trial.outcomes:
        table.add_column(outcome.name, justify="right")
    if trial.compares:
        table.add_column("change", justify="right")
    for line in lines([outcome.figures for outcome in trial.outcomes]):
        changed = [line.change(trial.reference)] if trial.compares else []
        table.add_row(line.place, line.name, *line.texts(), *changed)
    console_for_output().print(table)
    for note in trial.notes:
        click.echo(note)
