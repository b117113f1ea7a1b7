"""Who may come in: the account at the door, and the proof that the provider sent this."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import parse_qsl

from contracts.base import value
from contracts.config import ChannelAccount, TenantConfig
from ingest.domain.webhook import Webhook
from ingest.handlers.admission import Admission
from ingest.handlers.ports import Accounts, Channel, Documents, MediaHttp, NotFetched, Publisher, Secrets
from runtime.errors import DependencyDown, Refused
from runtime.ports import Clock, Files, Once

_NOBODY = ChannelAccount(id="nobody", channel="nobody")
_NOBODYS_SECRET = "bm9ib2R5J3Mgc2VjcmV0"  # noqa: S105  # signs nothing: an unknown account costs the work of a known one


@dataclass(frozen=True, slots=True)
class Reception:
    """What every webhook needs. `deadline` is in seconds, for all acknowledgements of one webhook together."""

    channels: Mapping[str, Channel]
    accounts: Accounts
    secrets: Secrets
    publisher: Publisher
    clock: Clock
    admission: Admission
    documents: Documents
    http: MediaHttp
    files: Files
    once: Once
    public_url: str
    partition_secret: bytes
    deadline: float


@value
class Call:
    """One HTTP request to /webhooks/{channel}/{account}. Header names are in lower case; `query` is raw, without its "?"."""

    channel: str
    account: str
    headers: Mapping[str, str]
    body: bytes = b""
    method: str = "POST"
    query: str = ""

    @property
    def path(self) -> str:
        return f"/webhooks/{self.channel}/{self.account}" + (f"?{self.query}" if self.query else "")


@value
class Door:
    channel: Channel
    tenant: TenantConfig
    account: ChannelAccount

    def account_of(self, external_id: str) -> str | None:
        """Our id of the endpoint that the provider knows by this one."""
        for account in self.tenant.channel_accounts:
            if (
                external_id
                and account.external_id == external_id
                and account.enabled
                and account.channel == self.channel.name
            ):
                return account.id
        return None


async def verified(call: Call, reception: Reception) -> tuple[Door, Webhook]:
    """Raises Refused: 404 where there is no such door, 401 where the signature is not the account's."""
    door = door_at(call, reception)
    if door is None:
        channel = reception.channels.get(call.channel) or next(iter(reception.channels.values()))
        channel.verify(webhook_of(call, "", _NOBODY, reception), (_NOBODYS_SECRET,))
        raise no_such_account()
    name = door.channel.signing_secret
    secrets = reception.secrets.live(door.tenant, door.account, name) if name else ()
    webhook = webhook_of(call, door.tenant.tenant, door.account, reception)
    if door.channel.documents is not None:
        wanted = door.channel.documents(webhook)
        webhook = replace(webhook, documents={url: await reception.documents.fetch(url) for url in wanted})
    if not door.channel.verify(webhook, secrets):
        raise _wrong_signature()
    if door.channel.confirms is not None:
        for url in door.channel.confirms(webhook):
            await reception.documents.fetch(url)
    return door, with_secrets(door, _opened(door, webhook, reception), reception)


async def with_fetched(door: Door, webhook: Webhook, reception: Reception) -> Webhook:
    """What the provider keeps elsewhere. Raises DependencyDown where asking again may help."""
    if door.channel.fetches is None:
        return webhook
    found = dict(webhook.documents)
    for wanted in door.channel.fetches(webhook):
        answer = await reception.http.fetch(wanted)
        if not isinstance(answer, NotFetched):
            found[wanted.url] = answer.content
        elif not answer.final:
            raise DependencyDown("the provider's storage gives nothing now")
    return replace(webhook, documents=found)


def with_secrets(door: Door, webhook: Webhook, reception: Reception) -> Webhook:
    """Those that reading the content needs, as far as the account has them. Raises DependencyDown."""
    if not door.channel.parse_secrets:
        return webhook
    wanted = sorted(door.channel.parse_secrets & door.account.secrets.keys())
    return replace(webhook, secrets={name: reception.secrets.live(door.tenant, door.account, name) for name in wanted})


def _opened(door: Door, webhook: Webhook, reception: Reception) -> Webhook:
    if door.channel.opened is None:
        return webhook
    name = door.channel.opening_secret
    keys = reception.secrets.live(door.tenant, door.account, name) if name in door.account.secrets else ()
    found = door.channel.opened(webhook, keys)
    if found is None:
        raise _wrong_signature()
    return found


def webhook_of(call: Call, tenant: str, account: ChannelAccount, reception: Reception) -> Webhook:
    return Webhook(
        tenant,
        account,
        call.headers,
        call.body,
        reception.clock.now(),
        call.method,
        reception.public_url + call.path,
        dict(parse_qsl(call.query, keep_blank_values=True)) if call.query else {},
    )


def door_at(call: Call, reception: Reception) -> Door | None:
    channel, found = reception.channels.get(call.channel), reception.accounts.account(call.account)
    if channel is None or found is None:
        return None
    tenant, account = found
    return Door(channel, tenant, account) if account.enabled and account.channel == channel.name else None


def no_such_account() -> Refused:
    return Refused("account_not_found", "There is no such channel account.", status=404)


def _wrong_signature() -> Refused:
    return Refused("wrong_signature", "The signature is missing, wrong or too old.", status=401)
