"""`madoguchi key`."""

import asyncio
import json
from datetime import timedelta

import click

from contracts.base import format_instant
from madoguchi.errors import Stop
from madoguchi.house import keys
from madoguchi.house.names import app_dsn
from madoguchi.house.secrets import APP_PASSWORD, load_secrets
from madoguchi.house.tokens import SCOPES, bot_scopes
from madoguchi.settings import CliSettings, load_settings
from madoguchi.stack import load_stack
from runtime.api_keys import mint_api_key
from runtime.clock import SystemClock


@click.group()
def key() -> None:
    """API keys for programs that can't ask an issuer for tokens.

    A key is shown once, when it is made; only its hash is kept. Send it as `X-Api-Key`.

    \b
    Examples:
      madoguchi key make --scope cases:read --days 90
      curl -H "X-Api-Key: mdg_…" http://127.0.0.1:7002/v1/cases
      madoguchi key list
      madoguchi key revoke 3f9c1a2b4d5e
    """


@key.command()
@click.option("--tenant", default="acme", show_default=True, help="Whose data the key opens.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="What it may do.")
@click.option("--bot", help="It is this bot's, as `faq`: the bot's own conversations and nothing else.")
@click.option("--days", type=click.IntRange(1, 730), default=90, show_default=True, help="Its life.")
def make(tenant: str, scopes: tuple[str, ...], bot: str | None, days: int) -> None:
    """Make a key and print it, once.

    \b
    Examples:
      madoguchi key make --scope cases:read
      madoguchi key make --tenant acme --scope cases:read --scope cases:write --days 365
      madoguchi key make --bot faq
    """
    if bool(bot) == bool(scopes):
        raise click.UsageError("say what the key may do: either --scope or --bot")
    minted = mint_api_key(tenant, bot_scopes(bot) if bot else scopes, SystemClock().now() + timedelta(days=days))
    asyncio.run(keys.keep(_dsn(load_settings()), minted.record))
    click.echo(minted.secret)


@key.command("list")
@click.option("--tenant", help="Only this tenant's.")
@click.option("--json", "as_data", is_flag=True, help="As JSON.")
def list_keys(tenant: str | None, as_data: bool) -> None:
    """The keys there are, without their secrets.

    \b
    Examples:
      madoguchi key list
      madoguchi key list --tenant acme --json | jq -r '.[] | select(.revoked_at == null) | .key_id'
    """
    rows = [
        {name: format_instant(value) if hasattr(value, "tzinfo") else value for name, value in row.items()}
        for row in asyncio.run(keys.listed(_dsn(load_settings()), tenant))
    ]
    if as_data:
        click.echo(json.dumps(rows))
        return
    for row in rows:
        state = f"revoked {row['revoked_at']}" if row["revoked_at"] else f"until {row['expires_at']}"
        click.echo(f"{row['key_id']}  {row['tenant_id']}  {' '.join(row['scopes'])}  {state}")


@key.command()
@click.argument("key_id")
def revoke(key_id: str) -> None:
    """End a key's life. Services stop taking it within 30 seconds.

    \b
    Examples:
      madoguchi key revoke 3f9c1a2b4d5e
    """
    if not asyncio.run(keys.revoke(_dsn(load_settings()), key_id)):
        raise Stop(f"there is no key {key_id} in force")
    click.echo(f"{key_id} is revoked")


def _dsn(settings: CliSettings) -> str:
    """The database of MADOGUCHI_POSTGRES_DSN, else that of the local house."""
    if settings.postgres_dsn:
        return settings.postgres_dsn.get_secret_value()
    saved = load_stack(settings.state_folder)
    if saved is None or saved.addresses is None:
        raise Stop(f"nothing runs in {settings.state_folder}; start it, or set MADOGUCHI_POSTGRES_DSN")
    return app_dsn(saved.addresses.postgres, load_secrets(settings.state_folder)[APP_PASSWORD])
