"""Who may come in: the account at the door, and the proof that the provider sent this."""

from collections.abc import Mapping
from dataclasses import dataclass

from contracts.config import ChannelAccount, TenantConfig
from ingest.domain.webhook import Webhook
from ingest.handlers.admission import Admission
from ingest.handlers.ports import Accounts, Channel, Publisher, Secrets
from runtime.errors import Refused
from runtime.ports import Clock

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
    partition_secret: bytes
    deadline: float


@dataclass(frozen=True, slots=True)
class Call:
    """One HTTP request to /webhooks/{channel}/{account}. Header names are in lower case."""

    channel: str
    account: str
    headers: Mapping[str, str]
    body: bytes = b""


@dataclass(frozen=True, slots=True)
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


def verified(call: Call, reception: Reception) -> tuple[Door, Webhook]:
    """Raises Refused: 404 where there is no such door, 401 where the signature is not the account's."""
    now = reception.clock.now()
    door = door_at(call, reception)
    if door is None:
        channel = reception.channels.get(call.channel) or next(iter(reception.channels.values()))
        channel.verify(call.headers, call.body, (_NOBODYS_SECRET,), now)
        raise no_such_account()
    secrets = reception.secrets.live(door.tenant, door.account, door.channel.signing_secret)
    if not door.channel.verify(call.headers, call.body, secrets, now):
        raise Refused("wrong_signature", "The signature is missing, wrong or too old.", status=401)
    return door, Webhook(door.tenant.tenant, door.account, call.headers, call.body, now)


def door_at(call: Call, reception: Reception) -> Door | None:
    channel, found = reception.channels.get(call.channel), reception.accounts.account(call.account)
    if channel is None or found is None:
        return None
    tenant, account = found
    return Door(channel, tenant, account) if account.enabled and account.channel == channel.name else None


def no_such_account() -> Refused:
    return Refused("account_not_found", "There is no such channel account.", status=404)
