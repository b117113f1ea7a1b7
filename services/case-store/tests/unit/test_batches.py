"""What a batch holds in memory is never behind a statement that doesn't know of it."""

import inspect
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from case_store.adapters.batch_cases import BatchCases
from case_store.adapters.batch_conversations import BatchConversations
from case_store.adapters.batch_handlings import BatchHandlings
from case_store.adapters.batch_history import BatchHistory
from case_store.adapters.batch_parked import BatchParked
from case_store.adapters.batch_people import BatchPeople
from case_store.domain.conversation import Conversation, after

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


ADAPTERS = (BatchCases, BatchConversations, BatchHandlings, BatchHistory, BatchParked, BatchPeople)


@pytest.mark.parametrize("adapter", ADAPTERS)
def test_every_statement_of_the_plain_adapter_is_held_back_or_settles_first(adapter: type) -> None:
    plain = adapter.__bases__[0]
    statements = {name for name, member in vars(plain).items() if inspect.iscoroutinefunction(member)}
    public = {name for name in statements if not name.startswith("_")}
    assert public
    assert public <= vars(adapter).keys()


def said(second: int, **changes: Any) -> Conversation:
    at = START + timedelta(seconds=second)
    stated: Mapping[str, Any] = {
        "id": UUID(int=1),
        "contact_point_id": UUID(int=second),
        "channel": "line",
        "account": "line-main",
        "key": "U1",
        "last_inbound_at": at,
        "last_received_at": at,
    }
    return Conversation(**{**stated, **changes})


def test_a_newer_message_replaces_the_handle_and_the_contact_point() -> None:
    held = said(1, reply_token="old", reply_expires_at=START)
    new = said(2, id=uuid4(), reply_token="new", reply_expires_at=START + timedelta(minutes=1), thread={"ts": "2"})
    told = after(held, new)
    assert (told.id, told.reply_token, told.contact_point_id) == (held.id, "new", UUID(int=2))
    assert (told.thread, told.last_inbound_at) == ({"ts": "2"}, new.last_inbound_at)


def test_an_older_message_replaces_nothing_and_a_handle_once_given_stays() -> None:
    held = said(5, reply_token="kept", reply_expires_at=START, thread={"ts": "5"}, window_closes_at=START)
    late = said(3, reply_token="late", thread={"ts": "3"}, window_closes_at=START + timedelta(hours=1))
    told = after(held, late)
    assert (told.reply_token, told.thread, told.contact_point_id) == ("kept", {"ts": "5"}, UUID(int=5))
    assert (told.last_inbound_at, told.window_closes_at) == (held.last_inbound_at, late.window_closes_at)
    without = after(told, said(9))
    assert (without.reply_token, without.thread, without.contact_point_id) == ("kept", {"ts": "5"}, UUID(int=9))
