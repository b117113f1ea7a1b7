"""A mail that came by SMTP or IMAP instead of a webhook: the same reader, the same events, safe when this returns."""

from dataclasses import dataclass, field

from contracts.config import ChannelAccount, TenantConfig
from contracts.envelope import MAX_VALUE_BYTES
from ingest.domain.webhook import Webhook
from ingest.handlers.accept_webhook import accept_drafts
from ingest.handlers.reception import Door, Reception, with_secrets

CHANNEL = "email"


@dataclass(frozen=True, slots=True)
class MailAccount:
    tenant: TenantConfig
    account: ChannelAccount


@dataclass(frozen=True, slots=True)
class Arrived:
    """`recipients`: of the envelope, where there is one."""

    source: bytes = field(repr=False)
    recipients: tuple[str, ...] = ()


async def accept_mail(mailbox: MailAccount, arrived: Arrived, reception: Reception) -> int:
    """How many events it became. Raises Refused or a retryable Failure, as accept_webhook does."""
    door = Door(reception.channels[CHANNEL], mailbox.tenant, mailbox.account)
    headers = {"content-type": "message/rfc822", "x-original-to": ",".join(arrived.recipients)}
    webhook = Webhook(mailbox.tenant.tenant, mailbox.account, headers, arrived.source, reception.clock.now())
    drafts = door.channel.parse(with_secrets(door, webhook, reception), door.account_of)
    return len(await accept_drafts(webhook.tenant, drafts, reception, small=len(arrived.source) * 8 < MAX_VALUE_BYTES))


def mail_accounts(tenants: tuple[TenantConfig, ...]) -> list[MailAccount]:
    return [
        MailAccount(tenant, account)
        for tenant in tenants
        for account in tenant.channel_accounts
        if account.channel == CHANNEL and account.enabled
    ]
