"""One request of Meta's holds several entries, each about one endpoint of one tenant's: a page, an Instagram account, a number."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from uuid import UUID

from ingest.domain.frame import read_or_keep
from ingest.domain.shape import Json, Unreadable, instant, iso_instant_if_any, items, mapping, read_json
from ingest.domain.unrecognised import keep, keep_body
from ingest.domain.webhook import Answer, Draft, Webhook
from ingest.handlers.ports import AccountOf


def each_entry(webhook: Webhook, about: str, read: Callable[[Json], Iterable[Draft]]) -> tuple[Draft, ...]:
    """`about` is the word that Meta has for the kind of endpoint: `page`, `instagram`, `whatsapp_business_account`."""
    try:
        value = read_json(webhook.body)
        bodies = [mapping(body, "the body") for body in (value if isinstance(value, list) else [value])]
    except Unreadable as error:
        return (keep_body(webhook, error.reason),)
    if not bodies:
        return (keep_body(webhook, "the body is empty"),)
    return tuple(draft for body in bodies for draft in _body(webhook, about, body, read))


def _body(webhook: Webhook, about: str, body: Json, read: Callable[[Json], Iterable[Draft]]) -> tuple[Draft, ...]:
    try:
        if body.get("object", about) != about:
            raise Unreadable("the object is not of this channel")
        if "entry" not in body:
            raise Unreadable("entry is missing")
        entries = items(body, "entry")
    except Unreadable as error:
        return (keep(webhook, error.reason, body),)
    return tuple(draft for entry in entries for draft in _entry(webhook, entry, read))


def _entry(webhook: Webhook, entry: object, read: Callable[[Json], Iterable[Draft]]) -> tuple[Draft, ...]:
    return read_or_keep(webhook, entry, lambda: read(mapping(entry, "an entry")))


def account_for(webhook: Webhook, endpoints: Sequence[str | None], account_of: AccountOf) -> str:
    """Our account of the endpoint that goes by one of these ids. One without an `external_id` takes what no other claims."""
    mine = webhook.account.external_id
    if mine is not None and mine in endpoints:
        return webhook.account.id
    found = next((account for each in endpoints if each and (account := account_of(each))), None)
    if found is None and mine is not None:
        raise Unreadable("the endpoint's id belongs to no account of this tenant")
    return found or webhook.account.id


def moment(parent: Json, name: str) -> datetime:
    """Meta writes milliseconds in one place, seconds in the next, and now and then ISO 8601."""
    return iso_instant_if_any(parent, name) or instant(parent, name, timedelta(milliseconds=1))


def answer(webhook: Webhook, ids: Sequence[UUID]) -> Answer:
    return Answer(200)
