"""Vonage calls by GET, form or JSON, as the account is set."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from contracts.values import Address, AddressKind, Contact
from ingest.domain.form import read_form
from ingest.domain.shape import Json, Unreadable, identity, mapping, read_json, text
from ingest.domain.webhook import Webhook
from ingest.handlers.ports import FORM, AccountOf


def parameters(webhook: Webhook) -> Mapping[str, Any]:
    """Raises Unreadable."""
    if webhook.method == "GET" or not webhook.body:
        return webhook.query
    if webhook.media_type in FORM:
        return read_form(webhook.body)
    return mapping(read_json(webhook.body), "the body")


def told(given: Mapping[str, Any]) -> Json:
    """Numbers as the digits that a form would have."""
    return {name: str(value) if isinstance(value, int) else value for name, value in given.items()}


def phone(number: str) -> str:
    """Vonage writes E.164 without the plus."""
    return "+" + number if number.isascii() and number.isdigit() and len(number) > 6 else number


def person(given: Json, name: str) -> Contact:
    number = phone(identity(given, name))
    kind = AddressKind.PHONE if number.lstrip("+").isdigit() else AddressKind.EXTERNAL
    return Contact(address=Address(kind=kind, value=number))


def account_at(webhook: Webhook, ours: str, account_of: AccountOf) -> str:
    """Of the number that was written to, where another account of the tenant's has it; numbers with or without the plus."""
    bare = ours.lstrip("+")
    if (webhook.account.external_id or "").lstrip("+") == bare:
        return webhook.account.id
    return account_of(bare) or account_of("+" + bare) or webhook.account.id


def instant_of(given: Json, webhook: Webhook) -> datetime:
    """`message-timestamp` is UTC without saying so; the Messages API writes ISO 8601."""
    said = text(given, "message-timestamp") or text(given, "timestamp") or ""
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return webhook.received_at
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def whole_number(given: Json, name: str) -> int:
    digits = text(given, name) or ""
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 4):
        raise Unreadable(f"{name} is not a number")
    return int(digits)
