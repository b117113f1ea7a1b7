"""Who an event is, for ever, and which partition its conversation lives on."""

from uuid import UUID

from ingest.domain.signature import digest
from ingest.domain.webhook import Draft
from runtime.ids import event_id
from runtime.ids import file_key as file_key

KEY_BYTES = 16
"""Enough that no two conversations meet; aiokafka hashes the key in Python, 4 bytes at a time."""


def id_of(tenant: str, draft: Draft) -> UUID:
    """The provider's retry gives the same id."""
    event = draft.event
    kind = type(event).__name__ + (f"/{draft.part}" if draft.part else "")
    return event_id(tenant, event.account, event.provider_event_id, kind)


def partition_key(secret: bytes, tenant: str, draft: Draft) -> bytes:
    """One conversation, one partition; the key tells an operator nothing about the person."""
    subject = f"{tenant}|{draft.event.account}|{draft.event.conversation}"
    return digest(secret, subject.encode())[:KEY_BYTES].hex().encode()
