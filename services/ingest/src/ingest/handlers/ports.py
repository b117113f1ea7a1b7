"""What accepting a webhook needs from outside."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from contracts.config import ChannelAccount, TenantConfig
from contracts.envelope import Envelope
from contracts.topics import Topic
from ingest.domain.webhook import Answer, Draft, Webhook

AccountOf = Callable[[str], str | None]
"""The provider's id of an endpoint → our id of the same tenant's enabled account on the same channel."""


@dataclass(frozen=True, slots=True)
class Channel:
    """A kind of door, as plain functions.

    `verify(headers, body, secrets, now)` judges the raw bytes. `parse` is pure; it raises nothing but Refused, and only where the
    sender is asked to read our errors. `handshake(query, tokens)` answers the provider's GET.
    """

    name: str
    signing_secret: str
    verify: Callable[[Mapping[str, str], bytes, Sequence[str], datetime], bool]
    parse: Callable[[Webhook, AccountOf], tuple[Draft, ...]]
    answer: Callable[[Sequence[UUID]], Answer]
    handshake: Callable[[Mapping[str, str], Sequence[str]], Answer] | None = None
    handshake_secret: str = ""


class Accounts(Protocol):
    def account(self, account_id: str) -> tuple[TenantConfig, ChannelAccount] | None: ...


class Secrets(Protocol):
    def live(self, tenant: TenantConfig, account: ChannelAccount, name: str) -> tuple[str, ...]:
        """The account's live secrets of that name, the newer first; at least one. Raises DependencyDown."""
        ...


@dataclass(frozen=True, slots=True)
class Outgoing:
    topic: Topic
    key: bytes
    envelope: Envelope


class Publisher(Protocol):
    async def publish(self, events: Sequence[Outgoing], timeout: float) -> None:
        """All on the broker's replicas when it returns. Raises OutcomeUnknown or DependencyDown."""
        ...
