"""`madoguchi new-channel`."""

from pathlib import Path

import click

from madoguchi.channels.scaffold import make_channel


@click.command("new-channel")
@click.argument("name")
@click.option(
    "--root",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(),
    help="The checkout; default: this folder.",
)
def new_channel(name: str, root: Path) -> None:
    """Begin a channel: its folders in ingest, notifier and sandbox, its lines in their tables, and a table test that fails.

    NAME is the word in the webhook's URL, in lower case. docs/adding-a-channel.md goes on from here.

    \b
    Examples:
      madoguchi new-channel pigeon
    """
    for path in make_channel(root, name):
        click.echo(f"made {path}")
    click.echo(f"next: make test TESTS=services/ingest/tests/unit/test_{name}_parse.py")
