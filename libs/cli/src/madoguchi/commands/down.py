"""`madoguchi down`."""

import asyncio
import shutil
from pathlib import Path

import click

from madoguchi.commands.up import stack_options
from madoguchi.errors import Stop
from madoguchi.house.start import take_down
from madoguchi.settings import load_settings


@click.command()
@click.option("--wipe", is_flag=True, help="Also remove the data, logs and secrets; the cache of downloads stays.")
def down(wipe: bool) -> None:
    """Stop what `madoguchi up` started.

    Services are asked first and finish what they hold; then database, cache and broker. Processes are known by their
    id and start time, so nothing else is ever hit. Data stays until --wipe.

    \b
    Examples:
      madoguchi down
      madoguchi down --wipe                    start from nothing next time
    """
    settings = load_settings()
    stopped = asyncio.run(take_down(stack_options(settings)))
    click.echo(f"stopped: {', '.join(stopped)}" if stopped else "nothing was running")
    if wipe:
        removed = wipe_state(settings.state_folder, settings.cache.absolute())
        click.echo(f"removed: {', '.join(removed)}" if removed else "nothing to remove")


def wipe_state(state: Path, cache: Path) -> list[str]:
    """Everything in the state folder but the cache. Raises Stop for a folder that is not ours."""
    if not state.is_dir():
        return []
    if not any((state / name).exists() for name in ("stack.json", "secrets.json", "up.lock", "cache")):
        raise Stop(f"{state} doesn't look like a state folder of Madoguchi; remove it yourself")
    gone = [path for path in sorted(state.iterdir()) if path not in (cache, *cache.parents)]
    for path in gone:
        shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()
    return [path.name for path in gone]
