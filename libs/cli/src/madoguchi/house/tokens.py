"""Development tokens, signed with the key that the local sandbox publishes."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from madoguchi.errors import Stop
from madoguchi.house.saved import House
from runtime.clock import SystemClock
from sandbox.issuer import TokenRequest, issue
from sandbox.issuer_keys import BadKeyFile, load_key

KEY_FILE: Final = "issuer.json"
AUDIENCE: Final = "madoguchi"
SCOPES: Final = (
    "cases:read",
    "cases:write",
    "customers:read",
    "customers:write",
    "routing:read",
    "routing:write",
    "agents:write",
    "deliveries:read",
    "deliveries:write",
    "deliveries:approve",
    "webhooks:read",
    "webhooks:write",
)


def bot_scopes(bot: str) -> tuple[str, ...]:
    """The role of one bot: its own conversations, and nothing else."""
    return ("bots:act", f"bot:{bot}")


@dataclass(frozen=True, slots=True)
class Wanted:
    tenant: str = "acme"
    scopes: tuple[str, ...] = SCOPES
    agent: str | None = None
    ttl: int = 3600
    bot: str | None = None


def make_token(wanted: Wanted, house: House, state: Path) -> str:
    """The subject is the agent, the bot, or `cli`."""
    try:
        request = TokenRequest(
            tenant=wanted.tenant,
            subject=wanted.agent or wanted.bot or "cli",
            scopes=wanted.scopes,
            ttl_seconds=wanted.ttl,
            agent_id=wanted.agent,
        )
        key = load_key(state / KEY_FILE)
    except BadKeyFile as error:
        raise Stop(str(error)) from error
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Stop(f"{first['loc'][0]}: {first['msg']}") from None
    return issue(request, key=key, issuer=house.issuer, audience=AUDIENCE, now=SystemClock().now())
