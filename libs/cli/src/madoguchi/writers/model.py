"""What every writer makes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Said:
    """A customer's message. `sender` is their address, `id` the provider's id of the message; both fresh unless given."""

    text: str
    sender: str
    id: str
    at: datetime
    name: str | None = None


@dataclass(frozen=True, slots=True)
class SignedWebhook:
    """One POST to ingest, ready to send again byte by byte, as providers do."""

    channel: str
    account: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)

    @property
    def path(self) -> str:
        return f"/webhooks/{self.channel}/{self.account}"
