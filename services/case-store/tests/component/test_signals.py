"""Typing and read: passed on at this moment, filed nowhere."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest

from contracts.cases import CustomerTyped
from contracts.chat import ChatSignal
from contracts.inbound import MessageReceived, TypingReceived
from contracts.outbound import SignalRequested

pytestmark = pytest.mark.integration


def typing(said: MessageReceived) -> TypingReceived:
    now = datetime.now(UTC)
    return TypingReceived(
        channel=said.channel,
        account=said.account,
        conversation=said.conversation,
        provider_event_id=uuid4().hex,
        occurred_at=now,
        received_at=now,
        contact=said.contact,
    )


async def test_an_agents_typing_leaves_where_the_customer_wrote_last(house) -> None:
    case_id = await house.open_case()
    await house.emitted()
    before = await house.value("SELECT count(*) FROM timeline_entry")
    for signal in ("typing", "read"):
        answer = await house.api.post(
            f"/v1/cases/{case_id}/signals", json={"signal": signal}, headers={"x-agent": "aiko"}
        )
        assert (answer.status_code, answer.json()["signal"]) == (202, signal)
    first, second = await house.emitted()
    assert (type(first), first.signal, second.signal) == (SignalRequested, ChatSignal.TYPING, ChatSignal.READ)
    assert (first.author.id, first.path.address.value) == ("aiko", "U1")
    assert await house.value("SELECT count(*) FROM timeline_entry") == before
    wrong = await house.api.post(f"/v1/cases/{case_id}/signals", json={"signal": "dancing"})
    assert wrong.status_code == 422


async def test_a_resolved_case_has_nobody_to_signal_to(house) -> None:
    case_id = await house.open_case()
    await house.api.post(f"/v1/cases/{case_id}/resolve", json={}, headers={"x-agent": "aiko"})
    answer = await house.api.post(f"/v1/cases/{case_id}/signals", json={"signal": "typing"})
    assert answer.status_code == 409


async def test_a_customers_typing_is_told_of_their_open_case(house) -> None:
    said = house.line_message()
    case_id = await house.open_case(said)
    await house.emitted()
    await house.deliver(typing(said), typing(house.line_message("U-stranger")))
    (told,) = await house.emitted()
    assert (type(told), told.case_id, told.channel) == (CustomerTyped, case_id, "line")
