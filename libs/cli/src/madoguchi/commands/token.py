"""`madoguchi token`."""

import json

import click

from madoguchi.house.saved import running_house
from madoguchi.house.tokens import SCOPES, Wanted, bot_scopes, make_token
from madoguchi.settings import load_settings


@click.command()
@click.option("--tenant", default="acme", show_default=True, help="Whose data the token opens.")
@click.option("--scope", "scopes", multiple=True, help="May be given several times. Default: all of them.")
@click.option("--agent", help="Act as this agent, as `aiko`.")
@click.option("--bot", help="Be this bot, as `faq`: its own conversations and nothing else.")
@click.option("--ttl", type=click.IntRange(1, 12 * 3600), default=3600, show_default=True, help="Life in seconds.")
@click.option("--json", "as_data", is_flag=True, help="Print the token with what it allows as JSON.")
def token(tenant: str, scopes: tuple[str, ...], agent: str | None, bot: str | None, ttl: int, as_data: bool) -> None:
    """Print an access token for the local house's APIs.

    It is signed with the development key in the state folder, which only the local sandbox publishes, so it opens
    nothing but a local house.

    \b
    Scopes:
      cases:read cases:write customers:read customers:write routing:read routing:write
      agents:write deliveries:read deliveries:write deliveries:approve webhooks:read webhooks:write

    \b
    Examples:
      madoguchi token
      madoguchi token --agent aiko --scope cases:read --scope routing:write
      madoguchi token --bot faq
      curl -H "Authorization: Bearer $(madoguchi token)" http://127.0.0.1:7002/v1/cases
    """
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown:
        raise click.BadParameter(f"there is no scope {', '.join(unknown)}; there are {', '.join(SCOPES)}")
    if bot and (agent or scopes):
        raise click.UsageError("a bot is no agent and has no other scopes: --bot stands without --agent and --scope")
    state = load_settings().state_folder
    house = running_house(state)
    given = bot_scopes(bot) if bot else scopes or SCOPES
    wanted = Wanted(tenant=tenant, scopes=given, agent=agent, ttl=ttl, bot=bot)
    made = make_token(wanted, house, state)
    if as_data:
        told = {"access_token": made, "token_type": "Bearer", "expires_in": ttl, "scope": " ".join(wanted.scopes)}
        click.echo(json.dumps(told | {"tenant": tenant, "agent": agent, "bot": bot}))
        return
    click.echo(made)
