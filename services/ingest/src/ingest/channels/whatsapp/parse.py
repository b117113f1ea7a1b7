"""A WhatsApp Cloud API webhook body → events. Pure; what can't be read is kept raw and spoils nothing else.

One request may batch several changes, each for its own phone number: the account is told per change, not per request.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from ingest.channels.meta.batch import account_for, each_entry
from ingest.channels.whatsapp.calls import answer_of, call_of
from ingest.channels.whatsapp.echoes import echo_of
from ingest.channels.whatsapp.groups import group_of
from ingest.channels.whatsapp.handovers import handover_of
from ingest.channels.whatsapp.messages import Change, conversation_if_known, event_of, preference_of, user_id_of
from ingest.channels.whatsapp.people import entry_of
from ingest.channels.whatsapp.receipts import receipts_of
from ingest.domain.frame import Known, read_or_keep, short_id
from ingest.domain.shape import Json, Unreadable, instant_if_any, items, mapping, optional_part, part, text
from ingest.domain.unrecognised import content_id
from ingest.domain.webhook import Draft, Webhook
from ingest.handlers.ports import AccountOf

Reader = Callable[[Json, Change], Iterator[Draft]]


def parse(webhook: Webhook, account_of: AccountOf) -> tuple[Draft, ...]:
    return each_entry(webhook, "whatsapp_business_account", lambda entry: _Reader(webhook, account_of).entry(entry))


@dataclass(frozen=True, slots=True)
class _Reader:
    webhook: Webhook
    account_of: AccountOf

    def entry(self, entry: Json) -> Iterator[Draft]:
        about = {name: value for name, value in entry.items() if name != "changes"}
        for change in items(entry, "changes") if "changes" in entry else (None,):
            whole = {**about, "changes": [change]}
            yield from read_or_keep(self.webhook, whole, partial(self._change, change))

    def _change(self, value: object) -> Iterator[Draft]:
        """Fields about the account itself (templates, quality) are kept whole: they are nobody's words."""
        change = mapping(value, "a change")
        field = text(change, "field") or ""
        if field not in _FIELDS:
            raise Unreadable(f"the webhook field {field} is not about a conversation" if field else "field is missing")
        told = part(change, "value")
        if field == "standby":
            told = {**told, **part(told, "standby")}
        if field == "messaging_handovers":
            told = {**told, "metadata": told.get("recipient"), field: [told]}
        number = text(optional_part(told, "metadata"), "phone_number_id")
        account = account_for(self.webhook, (number,), self.account_of)
        known = Change(self.webhook, account, told, standby=field == "standby")
        lists = [(name, items(told, name)) for name in _FIELDS[field]]
        if not any(found for _, found in lists):
            raise Unreadable("a change without messages or statuses")
        for name, found in lists:
            for element in found:
                yield from _element(known, field, name, element)


def _element(change: Change, field: str, name: str, value: object) -> tuple[Draft, ...]:
    def read() -> Iterator[Draft]:
        yield from _FIELDS[field][name](mapping(value, f"an entry of {name}"), change)

    element = value if isinstance(value, dict) else {}
    whole = {"element": value, "contact": entry_of(element, change.value)}
    return read_or_keep(change.webhook, whole, read, lambda: _known(change, element))


def _known(change: Change, element: Json) -> Known:
    wamid = short_id(text(element, "id"), {"element": element})
    status = text(element, "status")
    return Known(
        account=change.account,
        conversation=conversation_if_known(element, change.value),
        at=instant_if_any(element, "timestamp", timedelta(seconds=1)),
        id=f"{wamid}:{content_id(status)}" if status else wamid,
    )


def _own_error(error: Json, change: Change) -> Iterator[Draft]:
    raise Unreadable("the provider reports an error of its own")


_FIELDS: dict[str, dict[str, Reader]] = {
    "messages": {"messages": event_of, "statuses": receipts_of, "errors": _own_error},
    "calls": {"calls": call_of, "statuses": answer_of},
    "smb_message_echoes": {"message_echoes": echo_of},
    "message_echoes": {"message_echoes": echo_of},
    "standby": {"messages": event_of, "message_echoes": echo_of, "statuses": receipts_of},
    "messaging_handovers": {"messaging_handovers": handover_of},
    "group_participants_update": {"groups": group_of},
    "user_id_update": {"user_id_update": user_id_of},
    "user_preferences": {"user_preferences": preference_of},
}
