"""`madoguchi trace`."""

import asyncio
import json

import click

from madoguchi.errors import Stop
from madoguchi.house.saved import load_house
from madoguchi.journey.search import journey_of
from madoguchi.journey.show import bar_width, console_for_output, show
from madoguchi.journey.waterfall import as_json, waterfall
from madoguchi.settings import CliSettings, kafka_settings, load_settings
from madoguchi.stack import load_stack
from runtime.settings import KafkaSettings


@click.command()
@click.argument("wanted", metavar="ID")
@click.option("--wait", type=click.FloatRange(0, 60), default=3.0, show_default=True, help="Seconds to wait for it.")
@click.option("--json", "as_data", is_flag=True, help="Print the spans as JSON.")
def trace(wanted: str, wait: float, as_data: bool) -> None:
    """Follow one message through all services: what worked on it, when, for how long.

    ID is a message's id (as `send`, a webhook's answer or the API gives it), a provider's id of a message, a case's id
    or a trace's id. Spans come from the local files of the services; ids that no span carries are looked up in the
    events on the topics, each of which knows its trace. Traces that are linked are shown too, each on its own scale.

    \b
    Examples:
      madoguchi trace 5142a531-ab14-5ccd-a37d-79aee4ccac21
      madoguchi trace $(madoguchi send line "返金したいです" --json | jq -r .message_id)
      madoguchi trace 01a2001b-636b-7d08-9776-79f2a2199800 --json | jq '.[].spans[].service'
    """
    settings = load_settings()
    spans = asyncio.run(journey_of(wanted, settings.state_folder / "spans", _broker(settings), wait))
    if not spans:
        raise Stop(f"no trace knows '{wanted}'; is it a message of this house ({settings.state_folder})?")
    if as_data:
        click.echo(json.dumps(as_json(waterfall(spans)), ensure_ascii=False, indent=2))
        return
    console = console_for_output()
    show(waterfall(spans, bar_width(console)), wanted, console)


def _broker(settings: CliSettings) -> KafkaSettings | None:
    """The spans outlive the house; without it they are searched alone."""
    saved, house = load_stack(settings.state_folder), load_house(settings.state_folder)
    runs = settings.kafka is not None or (house is not None and saved is not None and bool(saved.running()))
    return kafka_settings(settings) if runs else None
