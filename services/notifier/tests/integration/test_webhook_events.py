"""What a policy tells a tenant's webhook: signed, once for its id, told as what became of it."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from house import WEBHOOK_SECRET, House, line, request
from provider_server import Answer
from standardwebhooks.webhooks import Webhook

from contracts.outbound import SlaNotice, WebhookDelivered, WebhookFailed, WebhookRequested

pytestmark = pytest.mark.integration


def breached(**changes: Any) -> WebhookRequested:
    case_id, now = uuid4(), datetime.now(UTC)
    notice = SlaNotice(
        case_id=case_id,
        customer_id=uuid4(),
        metric="first_response",
        policy="gold",
        policy_revision=3,
        trigger="breach",
        queue="main",
        due_at=now,
    )
    stated: dict[str, Any] = {
        "request_id": uuid4(),
        "case_id": case_id,
        "webhook": "erp",
        "type": "sla.breached",
        "data": notice,
        "requested_at": now,
        "expires_at": now + timedelta(hours=24),
    }
    return WebhookRequested(**stated | changes)


async def test_an_event_is_posted_signed_under_its_id_and_told(house: House) -> None:
    asked = breached()
    await house.hear(asked)
    await house.rounds()
    (seen,) = house.provider.seen
    assert seen.path == "/hooks"
    assert seen.headers["webhook-id"] == str(asked.request_id)
    told = Webhook(WEBHOOK_SECRET).verify(seen.body, dict(seen.headers))
    assert told["type"] == "sla.breached"
    assert told["data"] == asked.data.model_dump(mode="json", exclude_none=True)
    (result,) = house.told()
    assert isinstance(result, WebhookDelivered)
    assert (result.request_id, result.case_id, result.webhook, result.attempts) == (
        asked.request_id,
        asked.case_id,
        "erp",
        1,
    )
    assert house.producer.records[0].key == str(asked.case_id).encode()


async def test_an_event_asked_for_twice_is_posted_once(house: House) -> None:
    asked = breached()
    await house.hear(asked, asked)
    await house.rounds()
    await house.hear(asked)
    await house.rounds()
    assert len(house.provider.seen) == 1
    assert house.told_as() == ["WebhookDelivered"]


async def test_a_receiver_that_fails_gets_the_same_id_and_body_again(house: House) -> None:
    house.provider.script += [Answer(503, {}), Answer(204, None)]
    asked = breached()
    await house.hear(asked)
    await house.rounds()
    assert house.told() == []
    await house.later(timedelta(minutes=1))
    await house.rounds()
    first, second = house.provider.seen
    assert (first.headers["webhook-id"], first.body) == (second.headers["webhook-id"], second.body)
    (result,) = house.told()
    assert (type(result), result.attempts) == (WebhookDelivered, 2)


async def test_a_refusal_and_an_unknown_webhook_are_told_when_they_are_final(house: House) -> None:
    house.provider.script.append(Answer(404, {}))
    refused, nowhere = breached(), breached(webhook="pager")
    await house.hear(refused, nowhere)
    await house.rounds()
    (result,) = house.told()
    assert (type(result), result.request_id, result.code) == (
        WebhookFailed,
        refused.request_id,
        "permanent:webhook_404",
    )
    assert (await house.row(nowhere.request_id))["last_code"] == "channel_broken"
    await house.later(timedelta(hours=25))
    await house.rounds()
    assert (house.told()[-1].request_id, house.told()[-1].code) == (nowhere.request_id, "expired")


async def test_a_receiver_that_stays_silent_until_the_end_may_have_it(house: House) -> None:
    house.provider.script += [Answer(503, {})]
    asked = breached()
    await house.hear(asked)
    await house.rounds()
    await house.later(timedelta(hours=25))
    await house.rounds()
    (result,) = house.told()
    assert (type(result), result.code) == (WebhookFailed, "ambiguous")
    answer = await house.api.post(f"/v1/deliveries/{asked.request_id}/settle", json={"outcome": "accepted"})
    assert (answer.status_code, answer.json()["event"]) == (200, "sla.breached")
    assert type(house.told()[-1]) is WebhookDelivered


async def test_a_webhook_that_fails_holds_no_reply_back(house: House) -> None:
    house.provider.script.append(Answer(503, {}))
    asked = breached()
    await house.hear(asked)
    await house.rounds()
    reply = request(line()).model_copy(update={"case_id": asked.case_id})
    house.provider.script.append(Answer(200, {"sentMessages": [{"id": "501"}]}))
    await house.hear(reply)
    await house.rounds()
    assert house.told_as() == ["SendAccepted"]


async def test_a_webhook_never_leads_into_the_house(house: House) -> None:
    inside = breached(webhook="inside")
    await house.hear(inside)
    await house.rounds()
    row = await house.row(inside.request_id)
    assert (row["last_code"], "not on the public internet" in row["last_reason"]) == ("channel_broken", True)
    assert house.provider.seen == []
