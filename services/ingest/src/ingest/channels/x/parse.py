"""An X webhook body, of either generation → events. Pure; what can't be read is kept raw and spoils no neighbour."""

from collections.abc import Iterator
from functools import partial

from ingest.channels.x.account_activity import KINDS, Activity, read_element
from ingest.channels.x.activity import read_activity
from ingest.domain.frame import Known, read_or_keep
from ingest.domain.shape import Json, Unreadable, items, mapping, optional_identity, optional_part, read_json, text
from ingest.domain.unrecognised import keep_body
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    try:
        body = mapping(read_json(webhook.body), "the body")
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    if "data" in body:
        return read_or_keep(webhook, body, lambda: _newer(webhook, body, account_of), lambda: _known(body))
    if not any(kind in body for kind in KINDS):
        return read_or_keep(webhook, body, _unknown)
    return tuple(draft for kind in KINDS for draft in _older(webhook, kind, body, account_of))


def account_for(webhook: Webhook, user_id: str | None, account_of: AccountOf) -> str:
    """One app's URL serves all the users who subscribed."""
    mine = webhook.account.external_id
    if mine is None or user_id is None or user_id == mine:
        return webhook.account.id
    found = account_of(user_id)
    if found is None:
        raise Unreadable("the user belongs to no account of this tenant")
    return found


def _newer(webhook: Webhook, body: Json, account_of: AccountOf) -> Iterator[Draft]:
    data = mapping(body["data"], "data")
    user_id = text(optional_part(data, "filter"), "user_id")
    return read_activity(webhook, account_for(webhook, user_id, account_of), user_id, data)


def _older(webhook: Webhook, kind: str, body: Json, account_of: AccountOf) -> Iterator[Draft]:
    try:
        found = items(body, kind)
    except Unreadable:
        found = (body[kind],)
    about = {name: value for name, value in body.items() if name not in KINDS}
    for element in found:
        whole = {**about, kind: [element]}
        yield from read_or_keep(webhook, whole, partial(_one, webhook, kind, element, body, account_of))


def _one(webhook: Webhook, kind: str, element: object, body: Json, account_of: AccountOf) -> Iterator[Draft]:
    user_id = optional_identity(body, "for_user_id")
    activity = Activity(webhook, account_for(webhook, user_id, account_of), user_id, optional_part(body, "users"))
    return read_element(activity, kind, mapping(element, f"an entry of {kind}"))


def _unknown() -> Iterator[Draft]:
    raise Unreadable("a kind of activity that this adapter doesn't know")


def _known(body: Json) -> Known:
    uuid = text(optional_part(body, "data"), "event_uuid")
    return Known(id=uuid if uuid and len(uuid) < 512 else None)
