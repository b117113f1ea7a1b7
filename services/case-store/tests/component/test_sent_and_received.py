"""What becomes of a reply: send results and receipts, in any order."""

import asyncio
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.cases import MessageStatusChanged
from contracts.inbound import ReceiptReceived
from contracts.outbound import SendAccepted, SendFailed, SendHeld, SendMethod
from contracts.values import MessageStatus
from runtime.errors import NotFound

pytestmark = pytest.mark.integration
NOW = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


def receipt(status: str, provider_message_id: str = "p-1", seconds: int = 0, **fields: Any) -> ReceiptReceived:
    at = NOW + timedelta(seconds=seconds)
    return ReceiptReceived(
        channel="line",
        account="line-main",
        conversation="U1",
        provider_event_id=uuid4().hex,
        occurred_at=at,
        received_at=at,
        provider_message_id=provider_message_id,
        status=MessageStatus(status),
        **fields,
    )


def result(kind: Any, queued: dict[str, Any], **fields: Any) -> Any:
    shared = {
        "message_id": UUID(queued["message_id"]),
        "case_id": UUID(queued["case_id"]),
        "conversation_id": UUID(queued["conversation_id"]),
        "channel": queued["channel"],
        "account": queued["account"],
    }
    return kind(**shared | fields)


def accepted(queued: dict[str, Any], *names: str) -> SendAccepted:
    stated = {"method": SendMethod.PUSH, "provider_message_ids": names or ("p-1",), "attempts": 2, "accepted_at": NOW}
    made: SendAccepted = result(SendAccepted, queued, **stated)
    return made


@pytest.fixture
async def queued(house) -> dict[str, Any]:
    case_id = await house.open_case()
    reply = (await house.reply(case_id)).json()
    await house.emitted()
    return dict(reply)


async def shown(house, queued: dict[str, Any]) -> dict[str, Any]:
    return dict((await house.api.get(f"/v1/messages/{queued['message_id']}")).json())


async def test_results_and_receipts_in_any_order_end_the_same(house) -> None:
    case_id = await house.open_case()
    for number, order in enumerate(permutations(("accepted", "sent", "delivered", "read"))):
        queued, name = (await house.reply(case_id)).json(), f"p-{number}"
        await house.emitted()
        for step, word in enumerate(order):
            await house.deliver(accepted(queued, name) if word == "accepted" else receipt(word, name, step))
        message = await shown(house, queued)
        assert (message["status"], message["provider_message_ids"]) == ("read", [name]), order
        words = [event.status.value for event in await house.emitted(MessageStatusChanged)]
        assert words == sorted(set(words), key=["accepted", "sent", "delivered", "read"].index), order
    assert await house.value("SELECT count(*) FROM parked_receipt") == 0


async def test_repeated_receipts_are_told_once(house, queued) -> None:
    await house.deliver(accepted(queued, "p-1", "p-2"))
    await house.deliver(receipt("delivered", "p-2"), receipt("delivered", "p-1"), receipt("sent"))
    told = [event.status.value for event in await house.emitted(MessageStatusChanged)]
    assert told == ["accepted", "delivered"]
    assert (await shown(house, queued))["attempts"] == 2


async def test_a_receipt_waits_for_its_message(house, queued) -> None:
    await house.deliver(receipt("delivered"))
    assert await house.value("SELECT count(*) FROM parked_receipt") == 1
    assert (await shown(house, queued))["status"] == "queued"
    await house.deliver(accepted(queued))
    assert (await shown(house, queued))["status"] == "delivered"


async def test_a_receipt_and_its_message_at_the_same_moment_do_not_miss_each_other(house, queued) -> None:
    names = [f"p-{number}" for number in range(8)]
    async with asyncio.TaskGroup() as group:
        group.create_task(house.deliver(accepted(queued, *names)))
        for name in names:
            group.create_task(house.deliver(receipt("delivered", name)))
    assert await house.value("SELECT count(*) FROM parked_receipt") == 0
    assert (await shown(house, queued))["status"] == "delivered"


async def test_a_failure_is_final_unless_the_device_answers(house, queued) -> None:
    failed = result(SendFailed, queued, code="window_closed", reason="24 h", attempts=1, failed_at=NOW)
    await house.deliver(accepted(queued), failed)
    message = await shown(house, queued)
    assert (message["status"], message["error_code"]) == ("failed", "window_closed")
    await house.deliver(receipt("sent"))
    assert (await shown(house, queued))["status"] == "failed"
    await house.deliver(receipt("delivered"))
    message = await shown(house, queued)
    assert (message["status"], message["error_code"]) == ("delivered", None)


async def test_a_failed_receipt_says_why(house, queued) -> None:
    await house.deliver(accepted(queued), receipt("sent"))
    await house.deliver(receipt("failed", error_code="131026", error_reason="undeliverable"))
    message = await shown(house, queued)
    assert (message["status"], message["error_code"]) == ("failed", "131026")


async def test_a_held_message_shows_its_reason_until_it_is_known_to_have_left(house, queued) -> None:
    await house.deliver(result(SendHeld, queued, reason="the provider hung up", held_at=NOW))
    message = await shown(house, queued)
    assert (message["status"], message["held_reason"]) == ("queued", "the provider hung up")
    await house.deliver(accepted(queued))
    message = await shown(house, queued)
    assert (message["status"], message["held_reason"]) == ("accepted", None)


async def test_results_are_lines_of_the_timeline(house, queued) -> None:
    await house.deliver(accepted(queued))
    timeline = (await house.api.get(f"/v1/cases/{queued['case_id']}/timeline")).json()["items"]
    types = [entry["type"] for entry in timeline]
    assert types == ["CaseOpened", "MessageAdded", "MessageAdded", "SendAccepted", "MessageStatusChanged"]
    assert [entry["position"] for entry in timeline] == [1, 2, 3, 4, 5]


async def test_a_fallback_channel_is_where_the_message_went(house, queued) -> None:
    await house.open_case(house.whatsapp_message("+8170"))
    other = await house.value("SELECT id FROM conversation WHERE channel = 'whatsapp'")
    left = accepted(queued).model_copy(update={"conversation_id": other, "channel": "whatsapp", "account": "wa-main"})
    await house.deliver(left)
    message = await shown(house, queued)
    assert (message["conversation_id"], message["channel"]) == (str(other), "whatsapp")


async def test_a_result_for_a_message_that_is_not_ours_is_refused(house, queued) -> None:
    with pytest.raises(NotFound):
        await house.deliver(accepted({**queued, "message_id": str(uuid4())}))
    with pytest.raises(NotFound):
        await house.deliver(accepted(queued), tenant="beta")
