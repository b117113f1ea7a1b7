"""What the router promises or refuses reaches the customer: once, as nobody's answer."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest

from contracts.cases import CaseResolved, MessageAdded
from contracts.envelope import Envelope
from contracts.inbound import ContactChange, ContactChanged
from contracts.outbound import SendRequested
from contracts.routing import AgentReplied, CallbackPromised, WorkClosed, WorkDone, WorkRequested, WorkTurnedAway
from contracts.values import AuthorKind

pytestmark = pytest.mark.integration
TEXTS = {
    "later": {"en": "We will call you back.", "ja": "のちほどご連絡いたします。"},
    "closed": {"en": "We are closed."},
}


@pytest.fixture
async def told_house(house) -> Any:
    house.configs.accept(house.tenant_config("acme", revision=2, language="en", texts=TEXTS))
    return house


def promised(case_id: Any, message: str = "later") -> CallbackPromised:
    now = datetime.now(UTC)
    return CallbackPromised(case_id=case_id, queue="main", message=message, why="waited", promised_at=now)


def turned_away(case_id: Any) -> WorkTurnedAway:
    now = datetime.now(UTC)
    return WorkTurnedAway(case_id=case_id, queue="main", message="closed", why="closed", turned_away_at=now)


async def history(house, case_id: object) -> list[tuple[str, str, bool]]:
    shown = (await house.api.get(f"/v1/cases/{case_id}/messages")).json()["items"]
    return [(one["direction"], one["content"]["text"], one["automatic"]) for one in shown]


async def last_entry(house, case_id: object, kind: str) -> dict[str, Any]:
    timeline = (await house.api.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    return [dict(entry["data"]) for entry in timeline if entry["type"] == kind][-1]


async def test_a_promise_is_sent_as_an_automatic_message_that_answers_nobody(told_house) -> None:
    case_id = await told_house.open_case(told_house.line_message(text="返金"))
    await told_house.emitted()
    await told_house.deliver(promised(case_id))
    added, replied, send = await told_house.emitted()
    assert (type(added), type(replied), type(send)) == (MessageAdded, AgentReplied, SendRequested)
    assert (replied.automatic, replied.author.kind, replied.author.id) == (True, AuthorKind.SYSTEM, "router")
    assert send.content.text == "We will call you back."
    assert await history(told_house, case_id) == [("in", "返金", False), ("out", "We will call you back.", True)]
    shown = (await told_house.api.get(f"/v1/cases/{case_id}")).json()
    assert (shown["status"], shown["pauses"]) == ("open", {})


async def test_customers_are_told_in_their_language(told_house) -> None:
    case_id = await told_house.open_case()
    customer_id = await told_house.customer_of("line-main", "U1")
    await told_house.api.patch(f"/v1/customers/{customer_id}", json={"language": "ja-JP"})
    await told_house.deliver(promised(case_id))
    assert (await history(told_house, case_id))[-1][1] == "のちほどご連絡いたします。"


async def test_a_promise_that_comes_again_is_made_once(told_house) -> None:
    case_id = await told_house.open_case()
    envelope = Envelope(uuid4(), "acme", "router", datetime.now(UTC), promised(case_id))
    await told_house.deliver_enveloped(envelope, envelope)
    await told_house.deliver_enveloped(envelope)
    assert len(await told_house.emitted(SendRequested)) == 1
    assert len(await history(told_house, case_id)) == 2


async def test_somebody_who_was_turned_away_is_told_and_the_case_is_shown_as_that(told_house) -> None:
    case_id = await told_house.open_case(told_house.line_message(text="助けて"))
    await told_house.emitted()
    away = Envelope(uuid4(), "acme", "router", datetime.now(UTC), turned_away(case_id))
    done = WorkDone(case_id=case_id, reason="turned_away", done_at=datetime.now(UTC))
    await told_house.deliver_enveloped(away, Envelope(uuid4(), "acme", "router", datetime.now(UTC), done))
    told = await told_house.emitted(SendRequested, CaseResolved, WorkClosed)
    assert [type(event) for event in told] == [SendRequested, CaseResolved, WorkClosed]
    assert (told[1].reason, told[1].by.id) == ("turned_away", "router")
    await told_house.deliver_enveloped(away)
    assert await told_house.emitted() == []
    shown = (await told_house.api.get(f"/v1/cases/{case_id}")).json()
    assert (shown["status"], shown["resolution"], shown["routing"]["work_state"]) == ("resolved", "turned_away", "done")
    assert (await history(told_house, case_id))[-1] == ("out", "We are closed.", True)


async def test_the_next_message_of_somebody_turned_away_asks_again_and_is_no_thanks(told_house) -> None:
    case_id = await told_house.open_case()
    await told_house.deliver(turned_away(case_id))
    await told_house.emitted()
    await told_house.deliver(told_house.line_message(text="もしもし"))
    (asked,) = await told_house.emitted(WorkRequested)
    assert (asked.case.id, asked.case.reopened, asked.asked_by_message) == (case_id, True, False)


async def test_who_cannot_be_reached_is_not_told_and_the_timeline_says_why(told_house) -> None:
    case_id = await told_house.open_case()
    asked = told_house.line_message()
    stated = asked.model_dump(include={"channel", "account", "conversation", "contact", "occurred_at", "received_at"})
    await told_house.deliver(ContactChanged(**stated, provider_event_id="b", change=ContactChange.UNFOLLOWED))
    await told_house.deliver(promised(case_id))
    assert (await last_entry(told_house, case_id, "CallbackPromised"))["not_told_because"] == "no_reply_path"
    await told_house.deliver(turned_away(case_id))
    assert (await told_house.api.get(f"/v1/cases/{case_id}")).json()["resolution"] == "turned_away"
    assert await told_house.emitted(SendRequested) == []


async def test_a_text_that_is_gone_from_the_configuration_stops_nothing(told_house) -> None:
    case_id = await told_house.open_case()
    await told_house.deliver(promised(case_id, "gone"))
    assert (await last_entry(told_house, case_id, "CallbackPromised"))["not_told_because"] == "unknown_text"


async def test_a_case_that_an_agent_resolved_meanwhile_is_told_nothing(told_house) -> None:
    case_id = await told_house.open_case()
    await told_house.api.post(f"/v1/cases/{case_id}/resolve", json={"reason": "refunded"})
    await told_house.emitted()
    await told_house.deliver(turned_away(case_id))
    assert await told_house.emitted() == []
    assert (await told_house.api.get(f"/v1/cases/{case_id}")).json()["resolution"] == "refunded"
