"""The acts. Each does what a person does, then waits until the house shows what must follow."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from contracts.config import TenantConfig
from madoguchi.house.saved import House
from madoguchi.story.desk import Desk, StoryBroken, eventually
from madoguchi.story.record import Record, Replied, Written
from madoguchi.story.teller import Teller, clock
from madoguchi.writers.identity import event_ids
from madoguchi.writers.post import post_webhook
from madoguchi.writers.table import account_on, said_now, write
from runtime.clock import SystemClock
from runtime.ids import SystemIds

POSTS = 3
LINE_USER = "U7a1c0de5f00d4b1e8c3d2a190b6e5f43"
PHONE = "+819012345678"
SHIPPED = "Where is my order #77? It should have been delivered yesterday."


@dataclass(frozen=True)
class Stage:
    """What every act needs. `desks` by the agent's id; `secrets` sign the webhooks."""

    house: House
    config: TenantConfig
    secrets: Mapping[str, str]
    state: Path
    desks: Mapping[str, Desk]
    sandbox: httpx.AsyncClient
    tell: Teller
    record: Record


async def play(stage: Stage) -> None:
    """Raises StoryBroken."""
    await agents_arrive(stage)
    stage.tell.chapter("一 · A customer writes on LINE")
    case = await _refund_case(stage)
    stage.tell.chapter("二 · The same customer goes on in WhatsApp")
    await _second_channel(stage, case)
    stage.tell.chapter("三 · Another system, by signed webhooks")
    await _third_door(stage)


async def agents_arrive(stage: Stage) -> None:
    stage.tell.chapter("〇 · The agents sit down")
    hana = {"name": "鈴木 花", "queues": ["orders"], "skills": {"english": 8}, "capacity": {"messaging": 2}}
    await stage.desks["hana"].do("PUT", "router", "/v1/agents/hana", hana)
    stage.tell.says("configured", "鈴木 花 by the API; 田中 愛子 came with the configuration")
    for agent, desk in stage.desks.items():
        shown = await desk.do("PUT", "router", f"/v1/agents/{agent}/presence", {"presence": "available"})
        stage.tell.says("present", f"{shown['name']} · queues {', '.join(shown['queues'])}")


async def _refund_case(stage: Stage) -> str:
    text = "先週買った傘が壊れていました。返金したいです。注文番号は A-1042 です。"
    written = await customer_writes(stage, "line", text, LINE_USER)
    case = await case_of(stage, "acme-line", LINE_USER)
    await _in_queue(stage, case, "refunds")
    await _offer_accepted(stage, case, "aiko")
    reply = "ご不便をおかけして申し訳ございません。すぐに返金の手続きをいたします。"
    await agent_replies(stage, case, "aiko", reply, "line", after=written)
    await _first_response_met(stage, case)
    return case


async def _second_channel(stage: Stage, case: str) -> None:
    desk = stage.desks["aiko"]
    customer = (await desk.get("case-store", f"/v1/cases/{case}"))["customer_id"]
    point = {"channel": "whatsapp", "account": "acme-whatsapp", "address": {"kind": "phone", "value": PHONE}}
    await desk.do("POST", "case-store", f"/v1/customers/{customer}/contact-points", point)
    stage.tell.says("linked", f"{PHONE} is the same customer")
    written = await customer_writes(stage, "whatsapp", "返金はいつ届きますか？ レシートも必要ですか？", PHONE)
    await _joined(stage, case, written)
    reply = "本日中にお手続きいたします。レシートは不要です。"
    replied = await agent_replies(stage, case, "aiko", reply, "whatsapp", after=written)
    await _read_by_customer(stage, replied)


async def _third_door(stage: Stage) -> None:
    written = await customer_writes(stage, "webhook", SHIPPED, "app-user-88", name="Dana Reyes")
    case = await case_of(stage, "acme-webhook", "app-user-88")
    await _in_queue(stage, case, "orders")
    await _offer_accepted(stage, case, "hana")
    await agent_replies(
        stage, case, "hana", "It left our warehouse today; it arrives tomorrow.", "webhook", after=written
    )


async def customer_writes(stage: Stage, channel: str, text: str, sender: str, name: str | None = None) -> Written:
    """The same bytes three times, as a provider posts that saw no answer."""
    said = said_now(channel, text, SystemClock().now(), sender, name)
    signed = write(channel, said, stage.config, stage.secrets)
    await post_webhook(signed, said, stage.house, POSTS)
    (event_id,) = event_ids(signed, stage.config.tenant, account_on(channel, stage.config), said.at)
    written = Written(channel, signed.account, said.id, str(event_id), text, POSTS)
    stage.record.written.append(written)
    stage.tell.says("message in", f"{channel}: 「{text}」 (signed, posted {POSTS} times, answered 2xx)")
    return written


async def case_of(stage: Stage, account: str, address: str) -> str:
    desk = next(iter(stage.desks.values()))

    async def ask() -> str | None:
        found = await desk.get("case-store", "/v1/contact-points", account=account, address=address)
        return next((str(point["open_case_id"]) for point in found["items"] if point["open_case_id"]), None)

    case = await eventually(ask, f"a case for {address}")
    stage.record.cases.append(case)
    stage.tell.says("case", case)
    return case


async def _in_queue(stage: Stage, case: str, queue: str) -> None:
    desk = next(iter(stage.desks.values()))

    async def ask() -> Any:
        routing = (await desk.get("case-store", f"/v1/cases/{case}"))["routing"]
        return routing if routing["queue"] and "first_response" in routing["sla"] else None

    routing = await eventually(ask, f"a queue and a deadline for case {case}")
    if routing["queue"] != queue:
        raise StoryBroken(f"case {case} is in queue {routing['queue']}, not in {queue}")
    explained = await desk.get("router", f"/v1/work/{case}/explain")
    stage.tell.says("queue", f"{queue}, by rule {explained['work']['rule']}")
    due = routing["sla"]["first_response"]["due_at"]
    stage.tell.says("SLA", f"first response due {clock(due)} (policy {routing['sla']['first_response']['policy']})")


async def _offer_accepted(stage: Stage, case: str, agent: str) -> None:
    desk = stage.desks[agent]

    async def ask() -> Any:
        offers = (await desk.get("router", f"/v1/agents/{agent}/offers"))["items"]
        return next((offer for offer in offers if offer["case_id"] == case), None)

    offer = await eventually(ask, f"an offer of case {case} to {agent}")
    stage.tell.says("offered", f"to {agent}, open until {clock(offer['expires_at'])}")
    work = await desk.do("POST", "router", f"/v1/offers/{offer['offer_id']}/accept", {"case_id": case})
    if (work["state"], work["agent_id"]) != ("assigned", agent):
        raise StoryBroken(f"case {case} is {work['state']} after {agent} accepted it")
    stage.tell.says("accepted", f"{agent} has the case")


async def agent_replies(stage: Stage, case: str, agent: str, text: str, channel: str, *, after: Written) -> Replied:
    """Sent twice with one Idempotency-Key, as a desktop does whose first answer was lost."""
    desk, key = stage.desks[agent], str(SystemIds().new())
    path = f"/v1/cases/{case}/messages"
    first = await desk.do("POST", "case-store", path, {"text": text}, key=key)
    again = await desk.do("POST", "case-store", path, {"text": text}, key=key)
    if first["message_id"] != again["message_id"] or first["channel"] != channel:
        raise StoryBroken(f"the reply became {first['message_id']} on {first['channel']} and {again['message_id']}")
    replied = Replied(channel, str(UUID(first["message_id"])), text, answers=after)
    stage.record.replied.append(replied)
    stage.tell.says("reply out", f"{agent}: 「{text}」")
    shown = await eventually(lambda: _visible(stage, replied), f"the reply on {channel}")
    stage.tell.says("visible", f"on {channel} for {shown['recipient']}")
    return replied


async def _visible(stage: Stage, replied: Replied) -> Any:
    provider = {"webhook": "webhooks"}.get(replied.channel, replied.channel)
    answer = await stage.sandbox.get("/_control/visible", params={"provider": provider})
    items = answer.raise_for_status().json()["items"]
    return next((item for item in items if item["text"] == replied.text), None)


async def _first_response_met(stage: Stage, case: str) -> None:
    async def ask() -> Any:
        clocks = (await stage.desks["aiko"].get("router", f"/v1/work/{case}"))["sla"]
        return next((one for one in clocks if one["metric"] == "first_response" and one["ended_at"]), None)

    met = await eventually(ask, f"the end of the first-response clock of case {case}")
    if met["late"] or met["status"] != "fulfilled":
        raise StoryBroken(f"the first response of case {case} is {met['status']}, late: {met['late']}")
    stage.tell.says("SLA met", f"first response at {clock(met['ended_at'])}")


async def _joined(stage: Stage, case: str, written: Written) -> None:
    desk = stage.desks["aiko"]

    async def ask() -> Any:
        history = await desk.all("case-store", f"/v1/cases/{case}/messages")
        return history if any(written.provider_message_id in one["provider_message_ids"] for one in history) else None

    history = await eventually(ask, f"the WhatsApp message in case {case}")
    stage.tell.says("same case", f"{case}; its whole history:")
    for one in history:
        who = "お客様" if one["direction"] == "in" else one["author"]["id"]
        stage.tell.says("", f"  {one['seq']}. {one['channel']:<8} {who}: {one['content']['text']}")


async def _read_by_customer(stage: Stage, replied: Replied) -> None:
    desk, seen = stage.desks["aiko"], list[str]()

    async def ask() -> str | None:
        status = (await desk.get("case-store", f"/v1/messages/{replied.message_id}"))["status"]
        if status not in seen:
            seen.append(status)
        return status if status == "read" else None

    await eventually(ask, "the receipt that the customer read the reply")
    stage.tell.says("receipts", f"the reply is read (seen: {' → '.join(seen)})")
