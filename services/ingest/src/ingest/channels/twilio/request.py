"""What every request of Twilio's has: its fields, who is meant, the common part of our events.

Twilio Docs, "Twilio's request to your incoming message Webhook URL", "Track outbound message status", "Voice webhooks".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contracts.values import Address, AddressKind, Contact
from ingest.domain.form import read_form
from ingest.domain.shape import Unreadable, identity, mapping, optional_identity, read_json, text
from ingest.domain.text import clean
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import FORM, AccountOf
from runtime.errors import Refused

Fields = Mapping[str, str]
_BSUID = re.compile(r"[A-Z]{2}\.[A-Za-z0-9.]{1,128}")
_PHONE = re.compile(r"\+?[0-9]{3,20}")
_KINDS = {"messenger": AddressKind.MESSENGER_USER, "instagram": AddressKind.INSTAGRAM_USER}


@dataclass(frozen=True, slots=True)
class Request:
    webhook: Webhook
    fields: Fields
    account: str

    def common(self, event_id: str, conversation: str, at: datetime | None = None) -> dict[str, Any]:
        """Twilio tells no time of a message: it's the time of its coming."""
        return {
            "channel": self.webhook.account.channel,
            "account": self.account,
            "conversation": conversation,
            "provider_event_id": event_id,
            "occurred_at": at or self.webhook.received_at,
            "received_at": self.webhook.received_at,
        }


def fields_of(webhook: Webhook) -> Fields:
    """Of the form; of the URL where Twilio was told to GET; of a flat JSON object."""
    if webhook.method == "GET" or not webhook.body:
        return {clean(name): clean(value) for name, value in webhook.query.items()}
    if webhook.media_type in FORM:
        return read_form(webhook.body)
    body = mapping(read_json(webhook.body), "the body")
    return {clean(name): clean(value) for name, value in body.items() if isinstance(value, str)}


def request_of(webhook: Webhook, fields: Fields, ours: str, account_of: AccountOf) -> Request:
    """Refuses another Twilio account's request, where the account's option `account_sid` says which is ours."""
    mine, meant = webhook.account.options.get("account_sid"), fields.get("AccountSid")
    if mine and meant and meant != mine:
        raise Refused("wrong_destination", "AccountSid is not this account's", status=403)
    own = webhook.account
    if ours and own.external_id not in (ours, bare(ours)):
        return Request(webhook, fields, account_of(ours) or account_of(bare(ours)) or own.id)
    return Request(webhook, fields, own.id)


def bare(address: str) -> str:
    """Without `whatsapp:` or another channel's word before it."""
    return address.partition(":")[2] or address


def contact_of(fields: Fields, name: str) -> Contact:
    """The person in field `name`. WhatsApp's business-scoped user id outlives a telephone number and comes first."""
    main = address_of(identity(fields, name))
    user_id = optional_identity(fields, "ExternalUserId")
    own = Address(kind=AddressKind.WHATSAPP_BSUID, value=user_id) if user_id and _BSUID.fullmatch(user_id) else main
    return Contact(
        address=own,
        alternates=(main,) if own != main else (),
        display_name=text(fields, "ProfileName") or text(fields, "CallerName"),
    )


def address_of(value: str) -> Address:
    channel, _, rest = value.rpartition(":")
    if channel in _KINDS:
        return Address(kind=_KINDS[channel], value=rest)
    if _PHONE.fullmatch(rest) and channel in ("", "whatsapp", "rcs"):
        return Address(kind=AddressKind.PHONE, value=rest)
    if channel == "whatsapp" and _BSUID.fullmatch(rest):
        return Address(kind=AddressKind.WHATSAPP_BSUID, value=rest)
    if not value:
        raise Unreadable("an address is empty")
    return Address(kind=AddressKind.EXTERNAL, value=value)
