"""The values between a delivery and a provider: what to send, the exact requests, the answer."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from contracts.chat import ChatSignal
from contracts.values import Address, Author, Content, ContentKind
from notifier.channels.carried import CarriedFile
from notifier.domain.capability import Capability
from notifier.domain.choose_path import Method
from notifier.domain.delivery import Repeat, WebhookEvent
from notifier.domain.outcome import TOKEN_EXPIRED, Kind, Outcome


@dataclass(frozen=True, slots=True)
class AccessToken:
    value: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Sender:
    """The channel account as a renderer needs it. Secrets are resolved values, the newest first."""

    id: str
    external_id: str | None
    options: Mapping[str, str]
    secrets: Mapping[str, tuple[str, ...]] = field(repr=False)

    def secret(self, name: str) -> str | None:
        return next(iter(self.secrets.get(name, ())), None)

    def with_token(self, token: AccessToken) -> "Sender":
        return replace(self, secrets={**self.secrets, "access_token": (token.value,)})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message on one way out. `key` is the delivery's idempotency key, the same in every attempt.

    `files`: bytes by object key, of the attachments that are to travel along. `placed`: the object keys of those that the provider
    has taken already; their `provider_media_id` is its own.
    """

    message_id: UUID
    case_id: UUID
    conversation_id: UUID
    key: UUID
    author: Author
    content: Content
    address: Address
    method: Method
    requested_at: datetime
    now: datetime
    reply_token: str | None = field(default=None, repr=False)
    template: str | None = None
    language: str = "en"
    event: WebhookEvent | None = None
    thread: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, bytes] = field(default_factory=dict, repr=False)
    placed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Sign:
    """What the person is shown at this moment: that somebody types, or that what they wrote was read."""

    signal: ChatSignal
    address: Address
    now: datetime
    thread: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProviderRequest:
    """`url` is absolute, or a path below the channel's base URL. All of it may hold secrets, the body people's words."""

    url: str = field(repr=False)
    sent_by: Method
    repeat: Repeat
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """`headers` by lower-case name."""

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    def json(self) -> Any:
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError):
            return None


@dataclass(frozen=True, slots=True)
class Grant:
    """How a channel gets the access token that its requests carry; pure, both ways. `request` is a path below `token_url`.

    The token becomes the Sender's secret `access_token`. A classify that says `token_expired` has it renewed and the request
    made once more.
    """

    request: Callable[[Sender, datetime], ProviderRequest | Outcome]
    read: Callable[[HttpAnswer, datetime], AccessToken | Outcome]


@dataclass(frozen=True, slots=True)
class Placing:
    """The request that carries a file's bytes, and the provider's id of the file once they are there."""

    request: ProviderRequest
    media_id: str


@dataclass(frozen=True, slots=True)
class Upload:
    """How a provider takes a file before the message that names it; pure. `ask`: the first request, None where this file is not
    taken here. `read`: the file's id, or where its bytes go next; None for a refusal, which the channel's classify names.
    """

    ask: Callable[[CarriedFile, ContentKind, Outgoing, Sender], ProviderRequest | None]
    read: Callable[[HttpAnswer, CarriedFile], str | Placing | None]


@dataclass(frozen=True, slots=True)
class Channel:
    """A channel is this row: pure render, pure classify, and what it can do.

    `fits_template(content, configured, language)`: the message can travel as the template that the tenant configured.
    `sign`: the request of a sign of the moment, at most one; None where it can't be shown to this person.
    """

    capability: Capability
    secrets: frozenset[str]
    render: Callable[[Outgoing, Sender], tuple[ProviderRequest, ...] | Outcome]
    classify: Callable[[ProviderRequest, HttpAnswer, datetime], Outcome]
    grant: Grant | None = None
    fits_template: Callable[[Content, str | None, str], bool] | None = None
    sign: Callable[[Sign, Sender], ProviderRequest | None] | None = None
    upload: Upload | None = None


def part_key(key: UUID, part: int) -> UUID:
    """Each request of a message has its own idempotency key; the first has the delivery's."""
    return key if part == 0 else uuid5(key, str(part))


def sign_request(url: str, headers: Mapping[str, str], body: Mapping[str, Any] | None) -> ProviderRequest:
    """A sign is asked for once, whatever comes of it."""
    return ProviderRequest(url, Method.PUSH, Repeat.NEVER, headers, b"" if body is None else encode_json(body))


def encode_json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def json_headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}


def token_expired(reason: str, http_status: int | None = None) -> Outcome:
    return Outcome(Kind.CHANNEL_BROKEN, reason, detail=TOKEN_EXPIRED, http_status=http_status)


def broken(reason: str) -> Outcome:
    return Outcome(Kind.CHANNEL_BROKEN, reason)
