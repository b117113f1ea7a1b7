import base64
import json
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from standardwebhooks import Webhook

SECRET = "whsec_" + base64.b64encode(b"0123456789abcdef01234567").decode()
OTHER = "whsec_" + base64.b64encode(b"another-secret-another-s").decode()
BODY = json.dumps({"type": "message.sent", "data": {"text": "返金しました"}}, ensure_ascii=False)


def signed(webhook_id: str, when: datetime, *secrets: str, body: str = BODY) -> dict[str, str]:
    return {
        "webhook-id": webhook_id,
        "webhook-timestamp": str(int(when.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(webhook_id, when, body) for secret in secrets),
        "content-type": "application/json",
    }


async def post(client: httpx.AsyncClient, headers: dict[str, str], body: str = BODY) -> httpx.Response:
    return await client.post("/webhooks/erp", content=body.encode(), headers=headers)


@pytest.fixture
async def receiver(client: httpx.AsyncClient) -> httpx.AsyncClient:
    answer = await client.post("/_control/webhooks", json={"name": "erp", "secrets": [SECRET]})
    assert answer.json() == {"name": "erp", "secrets": 1}
    return client


async def test_a_signed_webhook_is_shown_once_per_id(receiver: httpx.AsyncClient, clock: Any) -> None:
    headers = signed("msg_1", clock.now(), SECRET)
    assert [(await post(receiver, headers)).status_code for _ in range(2)] == [204, 204]
    [shown] = (await receiver.get("/_control/visible", params={"recipient": "erp"})).json()["items"]
    assert (shown["provider_id"], shown["retry_key"], shown["text"]) == ("msg_1", "msg_1", "返金しました")
    counts = (await receiver.get("/_control/counts")).json()
    assert (counts["visible"], counts["duplicates"]) == ({"webhooks": 1}, {"webhooks": 1})


async def test_one_right_signature_among_several_is_enough(receiver: httpx.AsyncClient, clock: Any) -> None:
    assert (await post(receiver, signed("msg_1", clock.now(), OTHER, SECRET))).status_code == 204


async def test_a_rotated_secret_is_accepted_beside_the_old_one(receiver: httpx.AsyncClient, clock: Any) -> None:
    await receiver.post("/_control/webhooks", json={"name": "erp", "secrets": [OTHER, SECRET]})
    for number, secret in enumerate((SECRET, OTHER)):
        assert (await post(receiver, signed(f"msg_{number}", clock.now(), secret))).status_code == 204


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"webhook-signature": "v1,AAAA"}, "signature_mismatch"),
        ({"webhook-signature": "v1,\u00e9 garbage v2,AAAA"}, "signature_mismatch"),
        ({"webhook-id": "msg_2"}, "signature_mismatch"),
        ({"webhook-signature": ""}, "headers_missing"),
        ({"webhook-timestamp": "soon"}, "timestamp_out_of_tolerance"),
        ({"webhook-timestamp": "9" * 30}, "timestamp_out_of_tolerance"),
    ],
)
async def test_what_is_not_signed_is_refused(
    receiver: httpx.AsyncClient, clock: Any, change: dict[str, str], code: str
) -> None:
    headers = {**signed("msg_1", clock.now(), SECRET), **change}
    answer = await receiver.post(
        "/webhooks/erp", content=BODY.encode(), headers={name: value.encode() for name, value in headers.items()}
    )
    assert (answer.status_code, answer.json()["error"]) == (401, code)
    assert (await receiver.get("/_control/visible")).json()["items"] == []


@pytest.mark.parametrize(("seconds", "status"), [(-301, 401), (-300, 204), (300, 204), (301, 401)])
async def test_the_tolerance_is_five_minutes(
    receiver: httpx.AsyncClient, clock: Any, seconds: int, status: int
) -> None:
    headers = signed("msg_1", clock.now() + timedelta(seconds=seconds), SECRET)
    assert (await post(receiver, headers)).status_code == status


async def test_a_changed_body_is_refused(receiver: httpx.AsyncClient, clock: Any) -> None:
    assert (await post(receiver, signed("msg_1", clock.now(), SECRET), BODY + " ")).status_code == 401


async def test_an_unknown_receiver_is_404(client: httpx.AsyncClient, clock: Any) -> None:
    assert (await post(client, signed("msg_1", clock.now(), SECRET))).json()["error"] == "unknown_receiver"


@pytest.mark.parametrize(("status", "retry_after"), [(410, None), (500, None), (429, 7)])
async def test_it_answers_as_commanded_and_takes_nothing(
    receiver: httpx.AsyncClient, clock: Any, status: int, retry_after: int | None
) -> None:
    fault = {"provider": "webhooks", "kind": "status", "status": status, "retry_after": retry_after}
    await receiver.post("/_control/faults", json={**fault, "match": {"recipient": "erp"}})
    headers = signed("msg_1", clock.now(), SECRET)
    answer = await post(receiver, headers)
    assert (answer.status_code, answer.headers.get("retry-after")) == (status, retry_after and str(retry_after))
    assert (await post(receiver, headers)).status_code == 204
    assert len((await receiver.get("/_control/visible")).json()["items"]) == 1


@pytest.mark.parametrize("secret", ["whsec_", "whsec_***", ""])
async def test_a_secret_that_is_no_base64_is_refused(client: httpx.AsyncClient, secret: str) -> None:
    answer = await client.post("/_control/webhooks", json={"name": "erp", "secrets": [secret]})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == "/body/secrets"
