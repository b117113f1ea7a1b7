"""`madoguchi dlq`."""

import asyncio
import json
from datetime import timedelta

import click
from rich.table import Table

from madoguchi.dead_letters.model import DeadLetter
from madoguchi.dead_letters.read import DEAD_LETTER_TOPICS, dead_letter_topic, read_letters
from madoguchi.dead_letters.redrive import redrive as send_back
from madoguchi.errors import Stop
from madoguchi.journey.show import console_for_output
from madoguchi.settings import kafka_settings, load_settings
from runtime.clock import SystemClock

_topic = click.option("--topic", help="The origin's name or the dead-letter topic's: `case.events`.")
_json = click.option("--json", "as_data", is_flag=True, help="Print as JSON.")


@click.group()
def dlq() -> None:
    """Dead letters: what a service could not work on after several attempts.

    They lie in `<topic>.dlq` with their original bytes and the reason. Redriving sends the bytes back to the topic
    they came from; it is for when the cause is mended.

    \b
    Examples:
      madoguchi dlq list
      madoguchi dlq show --topic inbound.messages --offset 3
      madoguchi dlq redrive --topic inbound.messages --offset 3
      madoguchi dlq redrive --all
    """


@dlq.command("list")
@_topic
@click.option("--all", "everything", is_flag=True, help="Also those that went back already.")
@_json
def list_letters(topic: str | None, everything: bool, as_data: bool) -> None:
    """List dead letters, the oldest first: where from, how old, why.

    \b
    Examples:
      madoguchi dlq list
      madoguchi dlq list --topic inbound.messages --json | jq length
    """
    found = [letter for letter in _read(topic) if everything or not letter.redriven]
    if as_data:
        click.echo(json.dumps([letter.as_json() for letter in found], ensure_ascii=False, indent=2))
    elif not found:
        click.echo("no dead letters")
    else:
        console_for_output().print(_table(found))


@dlq.command()
@click.option("--topic", required=True, help="The origin's name or the dead-letter topic's.")
@click.option("--offset", required=True, type=click.IntRange(0), help="As `list` shows it.")
@click.option("--payload", is_flag=True, help="Also print the original bytes; they may hold a customer's words.")
@_json
def show(topic: str, offset: int, payload: bool, as_data: bool) -> None:
    """Show one dead letter: reason, headers, size; its content only on request.

    \b
    Examples:
      madoguchi dlq show --topic inbound.messages --offset 3
      madoguchi dlq show --topic inbound.messages --offset 3 --payload --json | jq -r .payload
    """
    letter = _one(_read(topic), offset)
    told = letter.as_json() | {"headers": {name: value.decode("utf-8", "replace") for name, value in letter.headers}}
    if payload:
        told["payload"] = letter.value.decode("utf-8", "backslashreplace")
    if as_data:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    for name, value in told.items():
        click.echo(f"{name:<14} {value}")


@dlq.command()
@_topic
@click.option("--offset", "offsets", type=click.IntRange(0), multiple=True, help="May be given several times.")
@click.option("--all", "everything", is_flag=True, help="All of the topic, or of every topic.")
@click.option("--again", is_flag=True, help="Also those that went back already.")
@_json
def redrive(topic: str | None, offsets: tuple[int, ...], everything: bool, again: bool, as_data: bool) -> None:
    """Send dead letters back to their topic, byte by byte. What went back already is left alone.

    \b
    Examples:
      madoguchi dlq redrive --topic inbound.messages --offset 3
      madoguchi dlq redrive --topic inbound.messages --all
    """
    if everything == bool(offsets) or (offsets and topic is None):
        raise click.UsageError("say which: --topic and --offset, or --all (with or without --topic)")
    letters = _read(topic)
    chosen = letters if everything else [_one(letters, offset) for offset in dict.fromkeys(offsets)]
    going = [letter for letter in chosen if again or not letter.redriven]
    if offsets and len(going) < len(chosen):
        gone = ", ".join(str(letter.offset) for letter in chosen if letter.redriven)
        raise Stop(f"already sent back: {gone}; --again sends it once more")
    asyncio.run(send_back(going, kafka_settings(load_settings())))
    if as_data:
        click.echo(json.dumps([letter.as_json() | {"redriven": True} for letter in going], ensure_ascii=False))
        return
    for letter in going:
        click.echo(f"{letter.topic} {letter.offset} -> {letter.origin} ({letter.event} {letter.event_id})")
    click.echo(f"{len(going)} sent back")


def _read(topic: str | None) -> list[DeadLetter]:
    topics = (dead_letter_topic(topic),) if topic else DEAD_LETTER_TOPICS
    return asyncio.run(read_letters(topics, kafka_settings(load_settings())))


def _one(letters: list[DeadLetter], offset: int) -> DeadLetter:
    found = next((letter for letter in letters if letter.offset == offset), None)
    if found is None:
        raise Stop(f"there is no dead letter at offset {offset}")
    return found


def _table(letters: list[DeadLetter]) -> Table:
    now = SystemClock().now()
    table = Table("topic", "offset", "age", "event", "consumer", "code", "reason", box=None, pad_edge=False)
    for letter in letters:
        age = timedelta(seconds=max(0, int((now - letter.at).total_seconds())))
        code = f"{letter.code} (sent back)" if letter.redriven else letter.code
        table.add_row(letter.topic, str(letter.offset), str(age), letter.event, letter.consumer, code, letter.reason)
    return table
