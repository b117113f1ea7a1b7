"""`madoguchi demo`."""

import asyncio

import click
from rich.console import Console

from madoguchi.errors import Stop
from madoguchi.settings import SAMPLE, load_settings
from madoguchi.story.desk import StoryBroken
from madoguchi.story.run import run_demo


@click.command()
@click.option("--keep", is_flag=True, help="Keep the demo's logs, spans and data.")
def demo(keep: bool) -> None:
    """Play one customer's story from webhook to read receipt, and check it against what the house holds afterwards.

    Starts a house of its own on free ports in a temporary folder, so it disturbs nothing that runs. A customer writes
    on LINE, is queued under a deadline, offered, accepted and answered; goes on in WhatsApp in the same case; another
    system writes by signed webhooks. Every webhook is posted three times. Afterwards everything is stopped.

    The last line is JSON: {"inbound", "cases", "replies_delivered", "lost", "duplicated", "traces_complete"}. The exit
    status is 0 only if nothing was lost, nothing came twice and every message can be traced through all services.

    \b
    Examples:
      madoguchi demo
      madoguchi demo | tail -1 | jq .lost
    """
    console = Console()
    try:
        verdict = asyncio.run(run_demo(load_settings(), SAMPLE, console, keep=keep))
    except StoryBroken as broken:
        raise Stop(str(broken)) from None
    except asyncio.CancelledError:
        raise click.Abort from None
    click.echo(verdict.line())
    if not verdict.holds:
        raise click.exceptions.Exit(1)
