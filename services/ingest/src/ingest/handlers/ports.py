"""What accepting a webhook needs from outside."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Protocol
from uuid import UUID

from contracts.base import value
from contracts.config import ChannelAccount, TenantConfig
from contracts.envelope import Envelope
from contracts.topics import Topic
from contracts.values import Attachment
from ingest.domain.webhook import Answer, Draft, Webhook

AccountOf = Callable[[str], str | None]
"""The provider's id of an endpoint → our id of the same tenant's enabled account on the same channel."""


@dataclass(frozen=True, slots=True)
class MediaAccount:
    """The channel account as a fetch needs it. `base_url` is the provider's API; `secrets` are the newest values by name."""

    external_id: str | None
    options: Mapping[str, str]
    base_url: str
    secrets: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class MediaRequest:
    """GET this, or POST its `body`, a form. Where the answer is not yet the file, `then(answer's bytes)` is the next request, or None:
    there is no file.

    `headers` are sent to this host only and never follow a redirect to another one.
    """

    url: str = field(repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    then: "Callable[[bytes], MediaRequest | None] | None" = None
    body: bytes | None = field(default=None, repr=False)


JSON: Final = frozenset({"application/json"})
FORM: Final = frozenset({"application/x-www-form-urlencoded"})
MULTIPART: Final = frozenset({"multipart/form-data"})
MAX_BODY_BYTES: Final = 3 * 1024 * 1024
MAIL_BODY_BYTES: Final = 50 * 1024 * 1024
"""A mail of 35 MB in base64 inside JSON."""


def _plain_200(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    """What most providers want to hear."""
    return Answer(200)


@dataclass(frozen=True, slots=True)
class Channel:
    """A kind of door, as plain functions over the raw request.

    `verify(webhook, secrets)` judges the raw bytes against the account's live values of `signing_secret`, the newer first; it never
    raises. No `signing_secret`: the proof is public. `documents(webhook)` names the URLs of certificates and key
    sets that it needs for that, of the provider's own hosts only. `opened(webhook, values of opening_secret)` decrypts what was
    verified; no values where the account has none of that name; None: it can't be opened.
    `parse` is pure, and finds the account's secrets named in `parse_secrets` in the webhook; it raises nothing but Refused, and only
    where the sender is asked to read our errors. `answer` is what the provider wants to hear (a challenge in the body too).
    `handshake(webhook, values of handshake_secret)` answers a GET; a channel with `reads_get` takes messages by GET instead.
    `preflight` answers a browser's OPTIONS. `posts_a_minute`: how many one address may send, unless the account's option of that name says
    otherwise; None: the sender is known by its signature. `media`
    says where an attachment's bytes are: below the provider's `api_url`, or at a whole URL. `reads` names what it understands.
    `confirms(webhook)` names URLs of the provider that are fetched once the webhook is verified, and before it is answered: that is
    how some are told that a subscription is wanted.
    """

    name: str
    signing_secret: str
    verify: Callable[[Webhook, Sequence[str]], bool]
    parse: Callable[[Webhook, AccountOf], tuple[Draft, ...]]
    answer: Callable[[Webhook, Sequence[UUID]], Answer] = _plain_200
    reads: tuple[str, ...] = ()
    receipts: tuple[str, ...] = ()
    handshake: Callable[[Webhook, Sequence[str]], Answer] | None = None
    preflight: Callable[[Webhook], Answer] | None = None
    posts_a_minute: int | None = None
    handshake_secret: str = ""
    reads_get: bool = False
    opened: Callable[[Webhook, Sequence[str]], Webhook | None] | None = None
    opening_secret: str = ""
    media_types: frozenset[str] = JSON
    max_body_bytes: int = MAX_BODY_BYTES
    documents: Callable[[Webhook], tuple[str, ...]] | None = None
    confirms: Callable[[Webhook], tuple[str, ...]] | None = None
    fetches: Callable[[Webhook], tuple[MediaRequest, ...]] | None = None
    once: Callable[[Webhook], str] | None = None
    parse_secrets: frozenset[str] = frozenset()
    api_url: str = ""
    media_secrets: frozenset[str] = frozenset()
    media: Callable[[Attachment, MediaAccount], MediaRequest | None] | None = None


@dataclass(frozen=True, slots=True)
class Fetched:
    content: bytes = field(repr=False)
    mime: str | None


@dataclass(frozen=True, slots=True)
class NotFetched:
    """`final`: asking again would change nothing. The reason quotes neither URL nor content."""

    reason: str
    final: bool


class MediaHttp(Protocol):
    async def fetch(self, request: MediaRequest) -> Fetched | NotFetched: ...


class Documents(Protocol):
    async def fetch(self, url: str) -> bytes:
        """A provider's public document, from the cache while fresh. Raises DependencyDown."""
        ...


class Accounts(Protocol):
    def account(self, account_id: str) -> tuple[TenantConfig, ChannelAccount] | None: ...


class Tenants(Protocol):
    def tenants(self) -> Iterable[TenantConfig]: ...


class Secrets(Protocol):
    def live(self, tenant: TenantConfig, account: ChannelAccount, name: str) -> tuple[str, ...]:
        """The account's live secrets of that name, the newer first; at least one. Raises DependencyDown."""
        ...


@value
class Outgoing:
    topic: Topic
    key: bytes
    envelope: Envelope


class Publisher(Protocol):
    async def publish(self, events: Sequence[Outgoing], timeout: float) -> None:
        """All on the broker's replicas when it returns. Raises OutcomeUnknown or DependencyDown."""
        ...
