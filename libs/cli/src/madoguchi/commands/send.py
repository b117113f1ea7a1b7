"""`madoguchi send`."""

import asyncio
import json
from typing import Any

import click

from madoguchi.house.saved import running_house
from madoguchi.house.secrets import load_secrets
from madoguchi.house.tenants import tenant_in_force
from madoguchi.settings import CliSettings, environment, kafka_settings, load_settings
from madoguchi.writers.identity import event_ids
from madoguchi.writers.post import post_webhook
from madoguchi.writers.table import WRITERS, account_on, said_now, write
from runtime.clock import SystemClock


@click.command()
@click.argument("channel", type=click.Choice(tuple(WRITERS)))
@click.argument("text")
@click.option("--from", "sender", help="Who writes: a LINE user id, a phone number, any id. Default: somebody new.")
@click.option("--name", help="The sender's name, where the channel tells it.")
@click.option("--account", help="The channel account that is written to. Default: the tenant's first.")
@click.option("--tenant", default="acme", show_default=True, help="Whose customer writes.")
@click.option("--times", type=click.IntRange(1, 100), default=1, show_default=True, help="Post the same bytes again.")
@click.option("--json", "as_data", is_flag=True, help="Print the ids as JSON.")
def send(
    channel: str,
    text: str,
    sender: str | None,
    name: str | None,
    account: str | None,
    tenant: str,
    times: int,
    as_data: bool,
) -> None:
    """Write as a customer: post a webhook in the provider's own shape, with the provider's signature, to the local house.

    Prints the message's id, which `madoguchi trace` follows. --times posts the same bytes again, as providers do when
    they see no answer: the history still shows one message.

    \b
    Examples:
      madoguchi send line "返金したいです"
      madoguchi send whatsapp "Where is my order?" --from +819012345678
      madoguchi send webhook "請求書をください" --from visitor-7 --json
      madoguchi trace $(madoguchi send line "返金したいです" --json | jq -r .message_id)
    """
    settings = load_settings()
    told = asyncio.run(_send(settings, channel, text, sender, name, account, tenant, times))
    if as_data:
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
        return
    again = f", posted {times} times" if times > 1 else ""
    click.echo(f"accepted on {channel} account {told['account']}{again}")
    click.echo(f"  message   {told['message_id']}")
    click.echo(f"  provider  {told['provider_message_id']}")
    click.echo(f"  from      {told['from']}")
    click.echo(f"follow it: madoguchi trace {told['message_id']}")


async def _send(
    settings: CliSettings,
    channel: str,
    text: str,
    sender: str | None,
    name: str | None,
    account: str | None,
    tenant: str,
    times: int,
) -> dict[str, Any]:
    house = running_house(settings.state_folder)
    config = await tenant_in_force(tenant, kafka_settings(settings))
    known = {**load_secrets(settings.state_folder), **environment()}
    said = said_now(channel, text, SystemClock().now(), sender, name)
    signed = write(channel, said, config, known, account)
    await post_webhook(signed, said, house, times)
    ids = event_ids(signed, tenant, account_on(channel, config, account), said.at)
    return {
        "message_id": str(ids[0]),
        "provider_message_id": said.id,
        "account": signed.account,
        "from": said.sender,
        "tenant": tenant,
        "channel": channel,
    }
