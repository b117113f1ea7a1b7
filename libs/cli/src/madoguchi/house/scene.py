"""Telling the sandbox how the providers are set up: where Meta posts receipts, which webhook receivers exist."""

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx

from contracts.config import ChannelAccount, TenantConfig
from madoguchi.errors import Stop
from madoguchi.house.saved import House

SECONDS = 10.0
STATUSES = ("sent", "delivered", "read")


async def set_scene(config: TenantConfig, house: House, secrets: Mapping[str, str]) -> None:
    """Once per start of the sandbox: it keeps nothing."""
    async with httpx.AsyncClient(base_url=house.url("sandbox"), timeout=SECONDS, trust_env=False) as sandbox:
        for account in config.channel_accounts:
            for path, body in _commands(account, house, secrets):
                answer = await sandbox.post(path, json=body)
                if answer.status_code != httpx.codes.OK:
                    raise Stop(f"the sandbox answered {answer.status_code} to {path}: {answer.text[:200]}")


def _commands(account: ChannelAccount, house: House, secrets: Mapping[str, str]) -> list[tuple[str, dict[str, object]]]:
    match account.channel:
        case "whatsapp":
            url = f"{house.url('ingest')}/webhooks/whatsapp/{account.id}"
            app_secret = secret_values(account, "app_secret", secrets)[0]
            callback: dict[str, object] = {
                "url": url,
                "app_secret": app_secret,
                "phone_number_id": account.external_id,
                "statuses": STATUSES,
                "traceparent": "same",
            }
            return [("/_control/whatsapp/callback", callback)]
        case "webhook" if (name := _receiver(account, house)) is not None:
            keys = secret_values(account, "signing_secret", secrets)
            return [("/_control/webhooks", {"name": name, "secrets": keys})]
    return []


def _receiver(account: ChannelAccount, house: House) -> str | None:
    """The receiver's name when the account's URL leads to our own sandbox."""
    url = account.options.get("url", "")
    path = urlsplit(url).path
    return path.rpartition("/")[2] if url.startswith(f"{house.url('sandbox')}/webhooks/") else None


def secret_values(account: ChannelAccount, name: str, known: Mapping[str, str]) -> list[str]:
    """The newest first. `known` holds the values of `env:` references. Raises Stop for one that is not there."""
    found: list[str] = []
    for reference in account.secrets.get(name, ()):
        kind, _, place = reference.partition(":")
        value = known.get(place) if kind == "env" else None
        if value is None:
            raise Stop(f"the secret {reference} of the account '{account.id}' is not known to the local house")
        found.append(value)
    if not found:
        raise Stop(f"the account '{account.id}' has no secret '{name}'")
    return found
