"""An agent's frontend on a real house, written from the published OpenAPI documents alone."""

import hashlib
import hmac
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from local_house import House, command, line_text, open_house
from published_api import PublishedApi, soon

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(400), pytest.mark.asyncio(loop_scope="module")]
AGENT, LINE_USER, PHONE = "aiko", "U7a1c0de5f00d4b1e8c3d2a190b6e5f44", "819055501234"
DAY = 86_400
SENT = ("accepted", "sent", "delivered", "read")
"""The stand-in of the provider reports by itself, so a message may be further than we look."""


@dataclass
class Desk:
    house: House
    cases: PublishedApi
    routing: PublishedApi
    webhooks: PublishedApi

    async def writes_on_line(self, number: int, **message: Any) -> None:
        body = json.loads(line_text(LINE_USER, number, "返金したいです"))
        body["events"][0]["timestamp"] = int(time.time() * 1000)
        body["events"][0]["message"] |= message
        assert (await self.house.post_line(json.dumps(body).encode())).status_code == 200

    async def posts_whatsapp(self, value: dict[str, Any]) -> None:
        metadata = {"display_phone_number": "81300000000", "phone_number_id": "106540352242922"}
        change = {"field": "messages", "value": {"messaging_product": "whatsapp", "metadata": metadata} | value}
        body = json.dumps({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [change]}]}).encode()
        digest = hmac.new(self.house.secrets["ACME_WHATSAPP_APP_SECRET"].encode(), body, hashlib.sha256).hexdigest()
        headers = {"content-type": "application/json", "x-hub-signature-256": f"sha256={digest}"}
        url = f"{self.house.url('ingest')}/webhooks/whatsapp/acme-whatsapp"
        assert (await self.house.http.post(url, content=body, headers=headers)).status_code == 200

    async def writes_on_whatsapp(self, id: str, at: int, phone: str = PHONE) -> None:
        message = {"from": phone, "id": id, "timestamp": str(at), "type": "text", "text": {"body": "返金の件です"}}
        contact = {"wa_id": phone, "profile": {"name": "Kenji"}}
        await self.posts_whatsapp({"contacts": [contact], "messages": [message]})

    async def case_at(self, account: str, address: str) -> str:
        async def found() -> str | None:
            page = await self.cases.ask("find_contact_points", account=account, address=address)
            return next((one["open_case_id"] for one in page["items"] if one["open_case_id"]), None)

        return await soon(found, f"a case of {address}")

    async def message(self, message_id: str, *states: str) -> dict[str, Any]:
        async def there() -> dict[str, Any] | None:
            shown: dict[str, Any] = await self.cases.ask("show_message", message_id=message_id)
            return shown if shown["status"] in states else None

        return await soon(there, f"a message that is {' or '.join(states)}")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def desk(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Desk]:
    state: Path = tmp_path_factory.mktemp("frontend") / "state"
    async with open_house(state) as house:
        token = (await command(state, "token", "--agent", AGENT)).strip()
        cases = await PublishedApi.open(house.http, house.url("case-store"), token)
        routing = await PublishedApi.open(house.http, house.url("router"), token)
        webhooks = await PublishedApi.open(house.http, house.url("notifier"), token)
        yield Desk(house, cases, routing, webhooks)


async def accepted(desk: Desk) -> str:
    """Presence, the live queues, the offer: the case is the agent's."""
    queues = await desk.routing.ask("list_queues")
    assert (queues["live"], {one["queue"] for one in queues["queues"]}) == (True, {"refunds", "orders", "general"})
    await desk.writes_on_line(1)
    await desk.routing.ask("set_presence", {"presence": "available"}, agent_id=AGENT)
    me = await desk.routing.ask("show_one_agent", agent_id=AGENT)
    assert (me["agent_id"], me["presence"]) == (AGENT, "available")

    async def offered() -> dict[str, Any] | None:
        listed = await desk.routing.ask("list_offers", agent_id=AGENT)
        return next((one for one in listed["items"] if one["outcome"] == "open"), None)

    offer = await soon(offered, "an offer")
    work = await desk.routing.ask("accept_offer", offer_id=offer["offer_id"])
    assert (work["case_id"], work["agent_id"]) == (offer["case_id"], AGENT)
    return str(work["case_id"])


async def read_all(desk: Desk, case_id: str) -> list[dict[str, Any]]:
    return [one async for one in desk.cases.pages("list_messages", case_id=case_id, limit=1)]


async def test_from_the_offer_to_the_receipt_and_the_closed_window(desk: Desk) -> None:
    case_id = await accepted(desk)
    await desk.writes_on_line(2, id="46878957789826", type="image", contentProvider={"type": "line"})

    async def case_of_the_agent() -> dict[str, Any] | None:
        case: dict[str, Any] = await desk.cases.ask("show_case", case_id=case_id)
        return case if case["routing"]["agent_id"] == AGENT else None

    assert (await soon(case_of_the_agent, "a case that knows its agent"))["status"] == "open"

    async def picture() -> dict[str, Any] | None:
        shown = await read_all(desk, case_id)
        return next((one for one in shown for file in one["content"]["attachments"] if file["sha256"]), None)

    shown = await soon(picture, "a picture that is fetched")
    (file,) = shown["content"]["attachments"]
    content = await desk.cases.ask("download", message_id=shown["id"], index=0)
    assert hashlib.sha256(content).hexdigest() == file["sha256"]

    (path,) = (await desk.cases.ask("list_reply_paths", case_id=case_id))["items"]
    assert (path["channel"], path["state"], path["why"]) == ("line", "open", None)
    said = await desk.cases.ask("reply", {"text": "ご返金いたします。"}, expect=201, case_id=case_id)
    assert said["conversation_id"] == path["conversation_id"]
    assert (await desk.message(said["message_id"], *SENT))["provider_message_ids"]
    timeline = [one["type"] async for one in desk.cases.pages("list_timeline", case_id=case_id, limit=3)]
    assert {"WorkQueued", "WorkOffered", "WorkAssigned", "SendAccepted"} <= set(timeline)


async def test_a_receipt_is_seen(desk: Desk) -> None:
    await desk.writes_on_whatsapp("wamid.A", int(time.time()))
    case_id = await desk.case_at("acme-whatsapp", f"+{PHONE}")
    said = await desk.cases.ask("reply", {"text": "はい"}, expect=201, case_id=case_id)
    sent = await desk.message(said["message_id"], *SENT)
    (name,) = sent["provider_message_ids"]
    status = {"id": name, "status": "read", "timestamp": str(int(time.time())), "recipient_id": PHONE}
    await desk.posts_whatsapp({"statuses": [status]})
    assert (await desk.message(said["message_id"], "read"))["error_code"] is None


async def test_a_closed_window_is_told_before_and_after(desk: Desk) -> None:
    phone = "819055509999"
    await desk.writes_on_whatsapp("wamid.OLD", int(time.time()) - 2 * DAY, phone)
    case_id = await desk.case_at("acme-whatsapp", f"+{phone}")
    (path,) = (await desk.cases.ask("list_reply_paths", case_id=case_id))["items"]
    assert (path["state"], path["template"]) == ("closed", None)
    assert "opens again when the customer writes" in path["why"]
    said = await desk.cases.ask("reply", {"text": "まだいらっしゃいますか"}, expect=201, case_id=case_id)
    failed = await desk.message(said["message_id"], "failed")
    assert failed["error_code"] == "window_closed"
    assert "template" in failed["error_reason"] or "window" in failed["error_reason"]


async def test_refusals_are_problems_with_a_code_and_a_place(desk: Desk) -> None:
    nobody = "01993d1c-7c5e-7c1b-9a53-0f6d2b8a4e10"
    problem = await desk.cases.ask("show_case", expect=404, case_id=nobody)
    assert problem["code"] == "case_not_found"
    missing = await desk.routing.ask("accept_offer", expect=404, offer_id=nobody)
    assert missing["code"] == "unknown_offer"
    bad = await desk.cases.ask("list_messages", expect=400, case_id=nobody, cursor="x")
    assert (bad["code"], bad["pointer"]) == ("bad_cursor", "/cursor")


async def test_an_integrators_system_hears_of_a_case_and_can_ask_again(desk: Desk) -> None:
    url = f"{desk.house.url('sandbox')}/webhooks/integrator"
    made = await desk.webhooks.ask("register_webhook_endpoint", {"url": url, "events": ["CaseOpened"]}, expect=201)
    receiver = {"name": "integrator", "secrets": [made["secret"]]}
    control = f"{desk.house.url('sandbox')}/_control"
    assert (await desk.house.http.post(f"{control}/webhooks", json=receiver)).status_code == 200
    ping = await desk.webhooks.ask("ping_webhook_endpoint", endpoint_id=made["id"])
    assert (ping["delivered"], ping["code"]) == (True, "accepted")
    phone = "819055508888"
    await desk.writes_on_whatsapp("wamid.NEW", int(time.time()), phone)
    case_id = await desk.case_at("acme-whatsapp", f"+{phone}")

    async def delivered() -> dict[str, Any] | None:
        listed = desk.webhooks.pages("list_webhook_deliveries", endpoint_id=made["id"], status="delivered", limit=1)
        return next(iter([one async for one in listed]), None)

    delivery = await soon(delivered, "a delivery to the integrator")
    seen = (await desk.house.http.get(f"{control}/visible", params={"provider": "webhooks"})).json()["items"]
    assert {"webhook.ping", "CaseOpened"} <= {one["kind"] for one in seen}
    named = {"endpoint_id": made["id"], "event_id": delivery["event_id"]}
    await desk.webhooks.ask("replay_webhook_delivery", **named)

    async def twice() -> dict[str, Any] | None:
        shown: dict[str, Any] = await desk.webhooks.ask("get_webhook_delivery", **named)
        return shown if shown["attempts_made"] == 2 else None

    assert [one["delivered"] for one in (await soon(twice, "a replay"))["attempts"]] == [True, True]
    await desk.webhooks.ask("remove_webhook_endpoint", expect=204, endpoint_id=made["id"])
    assert case_id
