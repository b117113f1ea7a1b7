"""kill -9 of each service in the middle of 2,000 messages: what was answered 2xx is in the history, once and in order."""

import asyncio
import hashlib
from typing import Any

import httpx
import pytest
from local_house import House, line_text, open_house

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(600)]

USERS, EACH, REPLIES = 100, 20, 60
SERVICES = ("ingest", "case-store", "router", "notifier")


def user(number: int) -> str:
    return "U" + hashlib.sha256(str(number).encode()).hexdigest()[:32]


async def insist(send: Any) -> httpx.Response:
    """A provider's patience: the same request again until it is answered 2xx."""
    while True:
        try:
            answer = await send()
        except httpx.TransportError:
            answer = None
        if answer is not None and answer.is_success:
            return answer
        assert answer is None or answer.status_code in (409, 429, 500, 502, 503), answer.text
        await asyncio.sleep(0.1)


class Story:
    """Who wrote what, and what was answered; kept outside the system."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.accepted = 0
        self.replied: dict[str, str] = {}

    async def customer(self, number: int) -> None:
        for message in range(EACH):
            body = line_text(user(number), message, f"{message:02d} 返金したいです")
            await insist(lambda body=body: self.house.post_line(body))
            self.accepted += 1

    async def agent(self, numbers: range) -> None:
        for number in numbers:
            case_id = await self._open_case(number)
            body = {"text": f"reply to {number}"}
            headers = self.house.bearer | {"Idempotency-Key": f"reply-{number}"}
            url = f"{self.house.url('case-store')}/v1/cases/{case_id}/messages"
            answer = await insist(lambda: self.house.http.post(url, json=body, headers=headers))  # noqa: B023
            self.replied[answer.json()["message_id"]] = f"reply to {number}"

    async def _open_case(self, number: int) -> str:
        url = f"{self.house.url('case-store')}/v1/contact-points"
        query = {"account": "acme-line", "address": user(number)}
        while True:
            try:
                found = await self.house.http.get(url, params=query, headers=self.house.bearer)
            except httpx.TransportError:
                found = None
            if found is not None and found.is_success and (case_id := _case_of(found.json())):
                return case_id
            await asyncio.sleep(0.1)

    async def killer(self) -> None:
        for turn, service in enumerate(SERVICES, start=1):
            while self.accepted < USERS * EACH * turn * 0.18:
                await asyncio.sleep(0.02)
            self.house.kill(service)
            await self.house.mend()


def _case_of(found: Any) -> str | None:
    items = found.get("items", [found])
    return next((item["open_case_id"] for item in items if item.get("open_case_id")), None)


async def test_kill_each_service_in_the_middle_of_two_thousand_messages(tmp_path) -> None:
    async with open_house(tmp_path / "state") as house:
        story = Story(house)
        async with asyncio.TaskGroup() as group:
            for number in range(USERS):
                group.create_task(story.customer(number))
            group.create_task(story.agent(range(REPLIES)))
            group.create_task(story.killer())
        assert story.accepted == USERS * EACH
        for number in range(USERS):
            await check_history(house, await story._open_case(number))
        await check_replies(house, story.replied)


async def check_history(house: House, case_id: str) -> None:
    async with asyncio.timeout(240):
        while True:
            history = await house.history(case_id)
            inbound = [entry for entry in history if entry["author"]["kind"] == "customer"]
            if len(inbound) >= EACH:
                break
            await asyncio.sleep(0.2)
    assert [entry["content"]["text"][:2] for entry in inbound] == [f"{number:02d}" for number in range(EACH)]
    assert [entry["seq"] for entry in history] == list(range(1, len(history) + 1))


async def check_replies(house: House, replied: dict[str, str]) -> None:
    """Every reply is accepted by the provider and visible once; one whose outcome nobody can know is held, and visible at most once."""
    settled = {"accepted", "held"}
    async with asyncio.timeout(240):
        for message_id in replied:
            while (state := await delivery_state(house, message_id)) not in settled:
                await asyncio.sleep(0.2)
            visible = await visible_texts(house, replied[message_id])
            assert len(visible) == 1 if state == "accepted" else len(visible) <= 1, (state, visible)


async def delivery_state(house: House, message_id: str) -> str | None:
    answer = await house.http.get(f"{house.url('notifier')}/v1/deliveries/{message_id}", headers=house.bearer)
    return answer.json()["state"] if answer.is_success else None


async def visible_texts(house: House, text: str) -> list[str]:
    page = (await house.http.get(f"{house.url('sandbox')}/_control/visible")).json()
    return [item["text"] for item in page["items"] if item["text"] == text]
