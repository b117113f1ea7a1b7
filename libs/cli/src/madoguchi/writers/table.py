"""The channels that `madoguchi send` and the demo can write on."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from contracts.config import ChannelAccount, TenantConfig
from madoguchi.errors import Stop
from madoguchi.house.scene import secret_values
from madoguchi.writers.line import line_webhook
from madoguchi.writers.model import Said, SignedWebhook
from madoguchi.writers.webhook import standard_webhook
from madoguchi.writers.whatsapp import whatsapp_webhook


@dataclass(frozen=True, slots=True)
class Writer:
    """`fresh_sender` and `fresh_id` make what a provider would; `secret` is the name of the signing secret."""

    secret: str
    write: Callable[[Said, ChannelAccount, str], SignedWebhook]
    fresh_sender: Callable[[], str]
    fresh_id: Callable[[], str]


def _digits(count: int) -> str:
    return "".join(secrets.choice("123456789") for _ in range(count))


WRITERS: Final[Mapping[str, Writer]] = {
    "line": Writer("channel_secret", line_webhook, lambda: f"U{secrets.token_hex(16)}", lambda: _digits(18)),
    "whatsapp": Writer(
        "app_secret", whatsapp_webhook, lambda: f"+8190{_digits(8)}", lambda: f"wamid.{secrets.token_hex(24).upper()}"
    ),
    "webhook": Writer(
        "signing_secret", standard_webhook, lambda: f"visitor-{secrets.token_hex(4)}", lambda: secrets.token_hex(12)
    ),
}


def write(
    channel: str, said: Said, config: TenantConfig, known: Mapping[str, str], account: str | None = None
) -> SignedWebhook:
    """On `account`, or the tenant's first of that channel. `known` holds the secrets' values."""
    writer, on = WRITERS[channel], account_on(channel, config, account)
    return writer.write(said, on, secret_values(on, writer.secret, known)[0])


def said_now(channel: str, text: str, at: datetime, sender: str | None = None, name: str | None = None) -> Said:
    writer = WRITERS[channel]
    return Said(text, sender or writer.fresh_sender(), writer.fresh_id(), at, name)


def account_on(channel: str, config: TenantConfig, account: str | None = None) -> ChannelAccount:
    accounts = [one for one in config.channel_accounts if one.channel == channel]
    found = next((one for one in accounts if account in (None, one.id)), None)
    if found is None:
        names = ", ".join(one.id for one in accounts) or "none"
        wanted = f"named '{account}' " if account else ""
        raise Stop(f"tenant {config.tenant} has no {channel} account {wanted}(it has: {names})")
    return found
