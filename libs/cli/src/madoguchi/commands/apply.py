"""`madoguchi apply`."""

import asyncio
import json
from pathlib import Path

import click

from madoguchi.apply.mistakes import ConfigWrong
from madoguchi.apply.publish import Applied, compare, publish
from madoguchi.apply.source import Bundle, load_tenant
from madoguchi.house.saved import load_house
from madoguchi.house.secrets import load_secrets
from madoguchi.settings import CliSettings, environment, kafka_settings, load_settings


@click.command()
@click.argument("folder", type=click.Path(path_type=Path))
@click.option("--dry-run", is_flag=True, help="Check and compare, but write nothing.")
@click.option("--json", "as_data", is_flag=True, help="Print the result, or the mistakes, as JSON.")
def apply(folder: Path, dry_run: bool, as_data: bool) -> None:
    """Check a tenant's folder of YAML files and put it into force.

    All files of the folder make one configuration. It is checked as a whole (unknown queues, empty calendars, rules
    that can never be reached, conditions that don't compile …) and every mistake is told with its file and line.
    Then one record with the next revision is written, and services follow within a second. Nothing is written when
    nothing changed.

    \b
    Examples:
      madoguchi apply config/acme
      madoguchi apply config/acme --dry-run
      madoguchi apply config/acme --json | jq .revision
    """
    settings = load_settings()
    try:
        bundle = load_tenant(folder, variables(settings))
        applied = asyncio.run((compare if dry_run else publish)(bundle, kafka_settings(settings)))
    except ConfigWrong as wrong:
        _tell_mistakes(wrong, as_data)
        raise click.exceptions.Exit(1) from None
    _tell(applied, bundle, dry_run, as_data)


def variables(settings: CliSettings) -> dict[str, str]:
    """What `${NAME}` may name: the environment, and what the local house knows."""
    house = load_house(settings.state_folder)
    local = {"MADOGUCHI_SANDBOX_URL": house.url("sandbox")} if house else {}
    return {**local, **load_secrets(settings.state_folder), **environment()}


def _tell(applied: Applied, bundle: Bundle, dry_run: bool, as_data: bool) -> None:
    if as_data:
        told = {
            "tenant": applied.tenant,
            "revision": applied.revision,
            "written": bool(applied.changes) and not dry_run,
            "changes": [{"sign": one.sign, "what": one.what, "detail": one.detail} for one in applied.changes],
            "files": [str(path) for path in bundle.files],
        }
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for change in applied.changes:
        click.echo(str(change))
    if not applied.changes:
        click.echo(f"{applied.tenant}: revision {applied.revision} is in force and nothing differs")
    elif dry_run:
        click.echo(f"{applied.tenant}: would become revision {applied.revision}; nothing was written")
    else:
        click.echo(f"{applied.tenant}: revision {applied.revision} is in force")


def _tell_mistakes(wrong: ConfigWrong, as_data: bool) -> None:
    if as_data:
        told = [{"file": one.file, "line": one.line, "sentence": one.sentence} for one in wrong.mistakes]
        click.echo(json.dumps({"mistakes": told}, ensure_ascii=False, indent=2))
        return
    for mistake in wrong.mistakes:
        click.echo(str(mistake), err=True)
