"""An answer that needs approval leaves when somebody has approved it, and not before."""

from datetime import timedelta

import pytest
from house import House, receipt, request, whatsapp
from provider_server import Answer

from contracts.outbound import SendHeld, SendRequested

pytestmark = pytest.mark.integration
APPROVER = {"x-scopes": "deliveries:read deliveries:approve"}
ACCEPTED = Answer(200, {"messages": [{"id": "wamid.1"}]})


async def waiting(house: House) -> SendRequested:
    asked = request(whatsapp(account="wa-careful"))
    await house.hear(asked)
    await house.rounds()
    return asked


async def test_it_is_held_and_the_agent_is_told_why(house: House) -> None:
    asked = await waiting(house)
    assert house.provider.seen == []
    (told,) = house.told()
    assert isinstance(told, SendHeld)
    assert (told.message_id, told.reason) == (asked.message_id, "it waits for somebody to approve it")
    shown = (await house.api.get(f"/v1/deliveries/{asked.message_id}")).json()
    assert (shown["state"], shown["code"], shown["attempts_made"]) == ("held", "waiting_for_approval", 0)


async def test_it_leaves_once_when_it_is_approved_however_late(house: House) -> None:
    asked = await waiting(house)
    await house.later(timedelta(days=2))
    house.provider.script.append(ACCEPTED)
    path = f"/v1/deliveries/{asked.message_id}/approve"
    first = await house.api.post(path, headers=APPROVER | {"idempotency-key": "k"})
    again = await house.api.post(path, headers=APPROVER | {"idempotency-key": "k"})
    assert (first.status_code, first.json()["approved_by"]) == (200, "user-1")
    assert again.json() == first.json()


async def test_approved_it_is_sent(house: House) -> None:
    asked = await waiting(house)
    house.provider.script.append(ACCEPTED)
    assert (await house.api.post(f"/v1/deliveries/{asked.message_id}/approve", headers=APPROVER)).status_code == 200
    await house.rounds()
    assert house.told_as() == ["SendHeld", "SendAccepted"]
    assert len(house.provider.seen) == 1
    twice = await house.api.post(f"/v1/deliveries/{asked.message_id}/approve", headers=APPROVER)
    assert (twice.status_code, twice.json()["code"]) == (409, "delivery_not_waiting")


async def test_refused_it_fails(house: House) -> None:
    asked = await waiting(house)
    settled = await house.api.post(f"/v1/deliveries/{asked.message_id}/settle", json={"outcome": "failed"})
    assert (settled.status_code, settled.json()["state"]) == (200, "failed")
    assert house.told_as() == ["SendHeld", "SendFailed"]
    assert house.provider.seen == []


async def test_who_may_only_write_may_not_approve_and_sending_again_is_no_way_round(house: House) -> None:
    asked = await waiting(house)
    path = f"/v1/deliveries/{asked.message_id}"
    assert (await house.api.post(f"{path}/approve")).status_code == 403
    assert (await house.api.post(f"{path}/redrive")).status_code == 200
    await house.rounds()
    assert house.provider.seen == []
    assert (await house.api.get(path)).json()["code"] == "waiting_for_approval"


async def test_a_receipt_of_another_message_to_that_person_approves_nothing(house: House) -> None:
    asked = await waiting(house)
    await house.hear(receipt("wamid.other", account="wa-careful"))
    assert (await house.row(asked.message_id))["state"] == "held"


async def test_other_accounts_wait_for_nobody(house: House) -> None:
    house.provider.script.append(ACCEPTED)
    await house.hear(request(whatsapp()))
    await house.rounds()
    assert house.told_as() == ["SendAccepted"]
