"""channels.md, bot hand-off: a bot of forty lines serves a channel account, people take over, and it gets its turn again."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

import httpx
from local_house import ROOT

from centre.desk import hire
from centre.house import Centre
from centre.tenant import Tenant
from centre.tenant_file import queue
from centre.waiting import until
from madoguchi.house.tokens import Wanted, bot_scopes, make_token

SAMPLE = ROOT / "docs" / "samples" / "bot" / "bot.py"
HOURS, PERSON = "営業時間を教えてください", "担当者をお願いします"


async def a_bot_answers_people_take_over_and_its_late_words_are_refused(centre: Centre) -> None:
    tenant = await _served_by_a_bot(centre, "bot")
    token = make_token(Wanted(tenant.name, bot_scopes("faq"), bot="faq"), tenant.doors, tenant.state)
    async with _running(tenant, token):
        sender = await tenant.write(HOURS, account="line")
        case = await tenant.case_of(sender, "line")
        await _history(tenant, case, [HOURS, "自動応答です。", "9時から18時まで営業しております。"])
        await _arrived(tenant, case, 2)
        assert await tenant.look_at(f"/v1/work/{case}") is None
        seen = (await _handling(tenant, case, "bot"))["version"]
        await tenant.write(PERSON, sender, "line")
        await tenant.work(case, state="queued", queue="people")
        stale = await _reply(tenant, token, case, seen, "ほかにご質問は？")
        assert (stale.status_code, stale.json()["code"]) == (409, "conversation_moved_on")
        aiko = await hire(tenant, "aiko", "people", skills={"japanese": 5})
        await aiko.accept(case)
        assert (await _handling(tenant, case, "agent"))["agent_id"] == "aiko"
        await aiko.replies(case, "承ります。")
        await aiko.replies(case, "ほかには？")
        given = await tenant.done("POST", f"/v1/cases/{case}/handling/give-back", agent="aiko", service="case-store")
        assert given["state"] == "bot"
        await tenant.work(case, state="done")
        await tenant.write(HOURS, sender, "line")
        answered = ["自動応答です。", "9時から18時まで営業しております。"]
        await _history(
            tenant, case, [HOURS, *answered, PERSON, "おつなぎします。", "承ります。", "ほかには？", HOURS, *answered]
        )
        assert (await _handling(tenant, case, "bot"))["unanswered_since"] is None
        await tenant.write("A-1001 が壊れています", sender, "line")
        await aiko.offered(case)
        assert (await _handling(tenant, case, "queued"))["handover"]["summary"] == "「A-1001 が壊れています」"


async def a_bot_that_answers_nobody_loses_the_conversation_to_people(centre: Centre) -> None:
    tenant = await _served_by_a_bot(centre, "dumb", lease="PT1S")
    sender = await tenant.write(HOURS, account="line")
    case = await tenant.case_of(sender, "line")
    await tenant.work(case, state="queued", queue="people")
    assert (await _handling(tenant, case, "queued"))["reason"] == "lease_expired"
    await _history(tenant, case, [HOURS, "おつなぎします。"])


async def _served_by_a_bot(centre: Centre, name: str, **said: Any) -> Tenant:
    bot = {
        "id": "faq",
        "name": "案内係",
        "channels": ["line"],
        "disclosure": {"ja": "自動応答です。"},
        "triggers": {"words": ["担当者"]},
        "handover": {"queue": "people", "text": {"ja": "おつなぎします。"}},
        **said,
    }
    queues = [queue("front"), queue("people")]
    return await centre.tenant(name, queues=queues, skills=["japanese"], bots=[bot], language="ja")


@asynccontextmanager
async def _running(tenant: Tenant, token: str) -> AsyncIterator[None]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        str(SAMPLE),
        tenant.doors.url("case-store"),
        "faq",
        env=os.environ | {"BOT_TOKEN": token},
        stdin=asyncio.subprocess.DEVNULL,
    )
    try:
        yield
        assert process.returncode is None
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def _reply(tenant: Tenant, token: str, case: str, version: int, text: str) -> httpx.Response:
    return await tenant.http.post(
        f"{tenant.doors.url('case-store')}/v1/cases/{case}/bot/replies",
        json={"version": version, "text": text},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": uuid4().hex},
    )


async def _handling(tenant: Tenant, case: str, state: str) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        shown = await tenant.look("case-store", f"/v1/cases/{case}/handling")
        return shown if shown is not None and shown["state"] == state else None

    return await until(look, f"{case} is {state}")


async def _history(tenant: Tenant, case: str, expected: list[str]) -> None:
    said: list[str] = []

    async def look() -> bool:
        page = await tenant.look("case-store", f"/v1/cases/{case}/messages", limit=100)
        said[:] = [one["content"]["text"] for one in page["items"]] if page is not None else []
        return said == expected

    try:
        await until(look, f"the history of {case}")
    except AssertionError as error:
        raise AssertionError(f"{error}; it is {said}") from None


async def _arrived(tenant: Tenant, case: str, count: int) -> None:
    """What the bot said went out as an agent's words do, with the status that the provider gave."""

    async def look() -> bool:
        page = await tenant.look("case-store", f"/v1/cases/{case}/messages", limit=100)
        items = page["items"] if page is not None else []
        sent = [one for one in items if one["author"] == {"kind": "bot", "id": "faq"}]
        return len([one for one in sent if one["status"] in ("accepted", "sent", "delivered", "read")]) == count

    await until(look, f"{count} words of the bot arrived")


SCENARIOS = (
    a_bot_answers_people_take_over_and_its_late_words_are_refused,
    a_bot_that_answers_nobody_loses_the_conversation_to_people,
)
