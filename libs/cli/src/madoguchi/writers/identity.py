"""The ids that ingest gives to what a webhook carries, by ingest's own pure code: nobody needs to ask it."""

from datetime import datetime
from uuid import UUID

from contracts.config import ChannelAccount
from ingest.channels import CHANNELS
from ingest.domain.identity import id_of
from ingest.domain.webhook import Webhook
from madoguchi.writers.model import SignedWebhook


def event_ids(signed: SignedWebhook, tenant: str, account: ChannelAccount, at: datetime) -> list[UUID]:
    """In the webhook's order; the provider's retry has the same ones."""
    webhook = Webhook(tenant, account, dict(signed.headers), signed.body, at)
    drafts = CHANNELS[signed.channel].parse(webhook, {account.external_id or "": account.id}.get)
    return [id_of(tenant, draft) for draft in drafts]
