"""A Messenger or Instagram webhook body → events. Pure; what can't be read is kept raw and spoils nothing else.

Meta, "Webhook Events Reference" of the Messenger Platform; "Webhooks for Instagram Messaging".
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

from contracts.values import Address, AddressKind, Contact
from ingest.channels.meta.batch import account_for, each_entry, moment
from ingest.channels.meta.events import READERS, Item
from ingest.domain.frame import Known, read_or_keep
from ingest.domain.shape import (
    MAX_ID_CHARS,
    Json,
    Unreadable,
    identity,
    items,
    mapping,
    optional_part,
    part,
    text,
)
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

_LISTS = ("messaging", "standby", "changes")


@dataclass(frozen=True, slots=True)
class Platform:
    """`about`: Meta's word for the endpoint."""

    about: str
    address: AddressKind


def parser(platform: Platform) -> Callable[[Webhook, AccountOf], tuple[Draft, ...]]:
    def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
        reader = _Reader(platform, webhook, account_of)
        return each_entry(webhook, platform.about, reader.entry)

    return parse


@dataclass(frozen=True, slots=True)
class _Reader:
    platform: Platform
    webhook: Webhook
    account_of: AccountOf

    def entry(self, entry: Json) -> Iterator[Draft]:
        lists = [(name, items(entry, name)) for name in _LISTS]
        if not any(found for _, found in lists):
            raise Unreadable("an entry without messages")
        for name, found in lists:
            for value in found:
                yield from self._element(entry, name, value)

    def _element(self, entry: Json, name: str, value: object) -> tuple[Draft, ...]:
        whole = {"id": entry.get("id"), "time": entry.get("time"), name: [value]}

        def read() -> Iterator[Draft]:
            element = mapping(value, f"an element of {name}")
            if name == "changes":
                yield from self._changed(entry, element)
            else:
                yield from self._item(entry, element, name == "standby")

        return read_or_keep(self.webhook, whole, read, lambda: self._known(value))

    def _changed(self, entry: Json, change: Json) -> Iterator[Draft]:
        """The other form of the same: `{field, value}`, as the dashboard's test button sends it."""
        value = part(change, "value")
        if "sender" not in value or "recipient" not in value:
            raise Unreadable("a webhook field that this adapter doesn't know")
        yield from self._item(entry, value, change.get("field") == "standby")

    def _item(self, entry: Json, json: Json, standby: bool) -> Iterator[Draft]:
        read = next((reader for key, reader in READERS.items() if isinstance(json.get(key), dict)), None)
        if read is None:
            raise Unreadable("an event that this adapter doesn't know")
        we, person = _sides(entry, json)
        contact = self._contact(person)
        account = account_for(self.webhook, (text(entry, "id"), text(we, "id")), self.account_of)
        at = _time(json, entry, self.webhook.received_at)
        yield from read(Item(self.webhook, json, account, contact, at, standby, we is json.get("sender")))

    def _contact(self, person: Json) -> Contact:
        """Who only left a reference (the customer chat's checkbox) has no id of their own yet."""
        if person.get("id"):
            address = Address(kind=self.platform.address, value=identity(person, "id"))
        else:
            address = Address(kind=AddressKind.EXTERNAL, value=identity(person, "user_ref"))
        return Contact(address=address)

    def _known(self, value: object) -> Known:
        sender = optional_part(value, "sender") if isinstance(value, dict) else {}
        found = text(sender, "id") or ""
        return Known(conversation=found if len(found) <= MAX_ID_CHARS else "")


def _sides(entry: Json, json: Json) -> tuple[Json, Json]:
    """Us, and the person. Of an echo we are the sender."""
    sender, recipient = optional_part(json, "sender"), optional_part(json, "recipient")
    echoed = optional_part(json, "message").get("is_echo") is True
    ours = echoed or (text(sender, "id") is not None and text(sender, "id") == text(entry, "id"))
    if ours:
        return sender, recipient
    return recipient, sender or optional_part(json, "optin")


def _time(json: Json, entry: Json, otherwise: datetime) -> datetime:
    """Delivery and read events may have no time of their own but that up to which they tell."""
    watermarks = [optional_part(json, name) for name in ("delivery", "read")]
    places = [(json, "timestamp"), *((one, "watermark") for one in watermarks), (entry, "time")]
    for parent, name in places:
        if parent.get(name):
            return moment(parent, name)
    return otherwise
