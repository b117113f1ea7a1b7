"""`madoguchi channels`."""

from pathlib import Path

import click

from madoguchi.channels.table import page


@click.command()
@click.option(
    "--write", "target", type=click.Path(dir_okay=False, path_type=Path), help="Write the page there instead."
)
def channels(target: Path | None) -> None:
    """Print what every channel can do: kinds in and out, receipts, windows, limits.

    \b
    Examples:
      madoguchi channels
      madoguchi channels --write docs/channels.md
    """
    if target is None:
        click.echo(page(), nl=False)
        return
    target.write_text(page(), "utf-8")
    click.echo(f"wrote {target}")
