"""`madoguchi settings`."""

import json
from dataclasses import asdict

import click
from rich.console import Console
from rich.table import Table

from madoguchi.settings_table import PROCESSES, SETTINGS, Setting, settings_of


@click.command()
@click.argument("process", required=False, type=click.Choice(PROCESSES))
@click.option("--json", "as_data", is_flag=True, help="Print the table as JSON.")
def settings(process: str | None, as_data: bool) -> None:
    """Print the one table of settings: each variable, who reads it, what it means, its values.

    The local stack is started from this table and docker-compose.yml is checked against it. Words in braces are
    filled in when the local stack starts.

    \b
    Examples:
      madoguchi settings
      madoguchi settings notifier
      madoguchi settings --json | jq '.[].variable'
    """
    rows = settings_of(process) if process else SETTINGS
    if as_data:
        click.echo(json.dumps([asdict(row) for row in rows], ensure_ascii=False, indent=2))
        return
    Console().print(_table(rows))


def _table(rows: tuple[Setting, ...]) -> Table:
    table = Table("variable", "read by", "meaning", "local", "compose", box=None, pad_edge=False, header_style="bold")
    for row in rows:
        shown = ["(secret)" if row.secret else value or "-" for value in (row.local, row.compose)]
        table.add_row(row.variable, ", ".join(row.processes), row.meaning, *shown)
    return table
