"""One message of a connection that we opened, and so know the other end of: parsed and produced as a webhook is."""

from ingest.handlers.accept_webhook import accept_drafts
from ingest.handlers.reception import Call, Reception, door_at, no_such_account, webhook_of


async def accept_dispatch(
    account_id: str, raw: bytes, reception: Reception, channel: str = "discord"
) -> tuple[str, ...]:
    """The names of the events that the broker holds now. Raises as accept_webhook does."""
    call = Call(channel, account_id, {}, raw, "GATEWAY")
    door = door_at(call, reception)
    if door is None:
        raise no_such_account()
    webhook = webhook_of(call, door.tenant.tenant, door.account, reception)
    drafts = door.channel.parse(webhook, door.account_of)
    outgoing = await accept_drafts(webhook.tenant, drafts, reception)
    return tuple(each.envelope.type for each in outgoing)
