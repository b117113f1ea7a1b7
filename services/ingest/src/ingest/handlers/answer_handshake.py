"""A provider's GET that proves who owns the URL."""

from ingest.domain.webhook import Answer
from ingest.handlers.reception import Call, Reception, door_at, no_such_account, webhook_of
from runtime.errors import Refused


def answer_handshake(call: Call, reception: Reception) -> Answer:
    door = door_at(call, reception)
    if door is None:
        raise no_such_account()
    if door.channel.handshake is None:
        raise Refused("method_not_allowed", "This channel only takes POST.", status=405)
    tokens = reception.secrets.live(door.tenant, door.account, door.channel.handshake_secret)
    return door.channel.handshake(webhook_of(call, door.tenant.tenant, door.account, reception), tokens)


def answer_preflight(call: Call, reception: Reception) -> Answer:
    """A browser asks whether a page of another origin may post here."""
    door = door_at(call, reception)
    if door is None:
        raise no_such_account()
    if door.channel.preflight is None:
        raise Refused("method_not_allowed", "This channel is not for browsers.", status=405)
    return door.channel.preflight(webhook_of(call, door.tenant.tenant, door.account, reception))
