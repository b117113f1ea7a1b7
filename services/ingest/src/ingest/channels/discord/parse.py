"""An interaction, a webhook event or a gateway dispatch → events. Pure; what can't be read is kept raw."""

from collections.abc import Iterator

from ingest.channels.discord.answer import is_interaction
from ingest.channels.discord.interactions import read_interaction
from ingest.channels.discord.messages import READERS, Told, read_authorisation
from ingest.domain.frame import Known, read_or_keep
from ingest.domain.shape import (
    Json,
    Unreadable,
    iso_instant_if_any,
    mapping,
    optional_part,
    part,
    read_json,
    text,
)
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf
from runtime.errors import Refused

_DISPATCH = 0


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        body = mapping(read_json(webhook.body), "the body")
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    mine, meant = webhook.account.external_id, text(body, "application_id")
    if mine and meant and mine != meant:
        raise Refused("wrong_destination", "the request is for another application", status=403)
    return read_or_keep(webhook, body, lambda: _read(webhook, body), lambda: _known(body))


def _read(webhook: Webhook, body: Json) -> Iterator[Draft]:
    if is_interaction(body):
        return read_interaction(webhook, body)
    if body.get("op") == _DISPATCH:
        return _dispatch(webhook, body)
    if body.get("type") == 0 and "event" not in body:
        return iter(())
    return _webhook_event(webhook, part(body, "event"))


def _dispatch(webhook: Webhook, body: Json) -> Iterator[Draft]:
    """The gateway tells of much that is no conversation."""
    kind = text(body, "t") or ""
    read = READERS.get(kind)
    if read is None:
        return iter(())
    return read(Told(webhook, kind, part(body, "d"), turn=f"{body.get('s', '')}"))


def _webhook_event(webhook: Webhook, event: Json) -> Iterator[Draft]:
    kind = text(event, "type") or ""
    at = iso_instant_if_any(event, "timestamp")
    if kind == "QUEST_USER_ENROLLMENT":
        return iter(())
    told = Told(webhook, kind, part(event, "data"), at=at, turn=text(event, "timestamp") or "")
    if kind in ("APPLICATION_AUTHORIZED", "APPLICATION_DEAUTHORIZED"):
        return read_authorisation(told)
    read = READERS.get(kind.replace("LOBBY_", "").replace("GAME_DIRECT_", ""))
    if read is None or kind in READERS:
        raise Unreadable("an event type that this adapter doesn't know")
    return read(told)


def _known(body: Json) -> Known:
    found = optional_part(body, "d") or optional_part(optional_part(body, "event"), "data") or body
    place = text(found, "channel_id") or ""
    return Known(place if len(place) < 512 else "")
