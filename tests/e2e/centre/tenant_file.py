"""A tenant's file, made for one scenario. Every tenant has an account per channel class, LINE and WhatsApp."""

from typing import Any
from zlib import crc32

TEXTS = {"patience": "We will get back to you.", "sorry": "Nobody can answer now.", "done": "Done."}
CLASSES = ("messaging", "voice", "live", "async", "task")


def tenant_file(tenant: str, sandbox: str, **parts: Any) -> dict[str, Any]:
    """`parts` are the file's own keys; the first queue is the default one unless said otherwise."""
    content: dict[str, Any] = {"tenant": tenant, "channel_accounts": [*_accounts(tenant, sandbox)], **parts}
    content.setdefault("default_queue", content["queues"][0]["id"])
    content.setdefault("texts", {name: {"en": words} for name, words in TEXTS.items()})
    return content


def queue(name: str, **said: Any) -> dict[str, Any]:
    return {"id": name, "offer_timeout": "PT5M", **said}


def rule(name: str, when: str, **said: Any) -> dict[str, Any]:
    return {"id": name, "when": when, **said}


def says(word: str) -> str:
    """A condition: the customer wrote this word."""
    return f'message.text.contains("{word}")'


def _accounts(tenant: str, sandbox: str) -> list[dict[str, Any]]:
    accounts: list[dict[str, Any]] = [
        {
            "id": f"{tenant}-{name}",
            "channel": "webhook",
            "channel_class": name,
            "secrets": {"signing_secret": ["env:ACME_WEBHOOK_SIGNING_SECRET"]},
            "options": {"url": f"{sandbox}/webhooks/{tenant}-{name}"},
        }
        for name in CLASSES
    ]
    line = {"channel_secret": ["env:ACME_LINE_CHANNEL_SECRET"], "access_token": ["env:ACME_LINE_ACCESS_TOKEN"]}
    accounts.append({"id": f"{tenant}-line", "channel": "line", "secrets": line})
    whatsapp = {
        "app_secret": ["env:ACME_WHATSAPP_APP_SECRET"],
        "verify_token": ["env:ACME_WHATSAPP_VERIFY_TOKEN"],
        "access_token": ["env:ACME_WHATSAPP_ACCESS_TOKEN"],
    }
    number = str(crc32(tenant.encode()) + 10**14)
    accounts.append({"id": f"{tenant}-whatsapp", "channel": "whatsapp", "external_id": number, "secrets": whatsapp})
    return accounts
