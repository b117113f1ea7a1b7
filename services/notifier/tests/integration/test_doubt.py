"""Nobody knows whether the provider took it: repeated where that is safe, held where it is not, settled by receipts."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TypeVar

import pytest
from house import House, line, receipt, request, webhook, whatsapp
from provider_server import Answer
from test_sending import WA_OK, RetryKeys

from contracts.outbound import SendRequested
from contracts.values import MessageStatus
from notifier.adapters.store import PostgresDeliveries
from notifier.domain.delivery import Limits
from notifier.handlers.claim_deliveries import claim_deliveries
from notifier.handlers.match_receipt import match_receipt
from notifier.handlers.ports import Delivery, Leases
from runtime.postgres import SYSTEM_TENANT
from runtime.unit_of_work import UnitOfWork

T = TypeVar("T")

pytestmark = pytest.mark.integration


async def claim_and_die(house: House) -> None:
    """The process ends right after it committed `sending`."""
    async with house.transactions.begin(SYSTEM_TENANT) as work:
        claimed = await claim_deliveries(PostgresDeliveries(work), work, house.notifier.routes, Limits(), Leases(), 64)
    assert claimed


async def test_after_a_crash_the_same_process_does_not_wait_for_its_own_lease(house: House) -> None:
    house.provider.script.append(Answer(200, {"sentMessages": [{"id": "501"}]}))
    asked = request(line(token="rt-1"))
    await house.hear(asked)
    await claim_and_die(house)
    await house.rounds(house.others[0])
    assert (await house.row(asked.message_id))["state"] == "sending"
    await house.rounds()
    assert (await house.row(asked.message_id))["state"] == "ambiguous"
    await house.later(timedelta(seconds=7))
    await house.rounds()
    assert [seen.path.rpartition("/")[2] for seen in house.provider.seen] == ["reply"]
    assert house.told_as() == ["SendAccepted"]


async def after_restart(house: House) -> None:
    """Lease over; another sender finds it."""
    await house.later(timedelta(seconds=46))
    house.notifier.sender._kept_house_at = None
    await house.rounds()


@pytest.mark.parametrize("fault", ["reset", "hang", "half", "close"])
async def test_a_push_whose_answer_is_lost_is_repeated_with_its_key_and_seen_once(house: House, fault: str) -> None:
    line_memory = RetryKeys()

    def take_and_fail(seen: object) -> Answer:
        line_memory(seen)
        return Answer(200, {"sentMessages": [{"id": "1"}]}, fault=fault)

    house.provider.script += [take_and_fail, line_memory]
    asked = request(line())
    await house.hear(asked)
    await house.rounds()
    row = await house.row(asked.message_id)
    assert (row["state"], row["last_code"]) == ("ambiguous", "ambiguous")
    assert house.told() == []
    await house.later(timedelta(seconds=10))
    await house.rounds()
    assert len(line_memory.accepted) == 1
    (told,) = house.told()
    assert (told.provider_message_ids, told.attempts) == (("1",), 2)
    assert await house.attempts(asked.message_id) == [("ambiguous", None), ("accepted", 409)]


async def test_a_crash_after_the_request_costs_no_second_message(house: House) -> None:
    line_memory = RetryKeys()
    house.provider.otherwise = line_memory
    asked = request(line())
    await house.hear(asked)
    key = str((await house.row(asked.message_id))["idempotency_key"])
    await claim_and_die(house)
    line_memory.accepted[key] = "77"  # the request had arrived before the crash
    await after_restart(house)
    row = await house.row(asked.message_id)
    assert row["state"] == "ambiguous"
    await house.later(timedelta(seconds=10))
    await house.rounds()
    assert line_memory.accepted == {key: "77"}
    assert house.told()[0].provider_message_ids == ("77",)
    assert await house.attempts(asked.message_id) == [("ambiguous", None), ("accepted", 409)]


async def test_a_sending_delivery_is_left_alone_while_its_lease_runs(house: House) -> None:
    await house.rounds()
    await house.hear(request(line()))
    await claim_and_die(house)
    await house.later(timedelta(seconds=30))
    house.notifier.sender._kept_house_at = None
    await house.rounds()
    assert house.provider.seen == []
    assert await house.value("SELECT state FROM delivery") == "sending"


async def test_a_reply_in_doubt_tries_its_token_again_and_a_spent_token_counts_as_taken(house: House) -> None:
    house.provider.script += [Answer(fault="reset"), Answer(400, {"message": "Invalid reply token"})]
    asked = request(line(token="rt-1"))
    await house.hear(asked)
    await house.rounds()
    await house.later(timedelta(seconds=8))
    await house.rounds()
    assert [seen.path.rpartition("/")[2] for seen in house.provider.seen] == ["reply", "reply"]
    assert house.told_as() == ["SendAccepted"]
    assert house.told()[0].provider_message_ids == ()


async def test_a_reply_in_doubt_whose_token_has_died_is_held_and_never_pushed(house: House) -> None:
    asked = request(line(token="rt-1", seconds=20))
    await house.hear(asked)
    await claim_and_die(house)
    await house.database.system.execute(
        "UPDATE delivery SET paths = jsonb_set(paths, '{0,reply_handle,expires_at}', '\"2026-01-01T00:00:00Z\"')"
    )
    await after_restart(house)
    assert house.provider.seen == []
    assert house.told_as() == ["SendHeld"]
    assert (await house.row(asked.message_id))["state"] == "held"


async def test_a_webhook_in_doubt_is_repeated_with_the_same_id(house: House) -> None:
    house.provider.script += [Answer(503), Answer(204)]
    await house.hear(request(webhook()))
    await house.rounds()
    await house.later(timedelta(seconds=10))
    await house.rounds()
    first, second = house.provider.seen
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert house.told_as() == ["SendAccepted"]


async def test_a_connection_that_never_was_is_retried_even_without_a_key(house: House, unused_tcp_port: int) -> None:
    http = house.notifier.sender._carrier.http
    live = http._bases["whatsapp"]
    http._bases["whatsapp"] = f"http://127.0.0.1:{unused_tcp_port}"
    house.provider.script.append(WA_OK)
    asked = request(whatsapp())
    await house.hear(asked)
    await house.rounds()
    assert (await house.row(asked.message_id))["state"] == "retry"
    http._bases["whatsapp"] = live
    await house.later(timedelta(seconds=10))
    await house.rounds()
    assert house.told_as() == ["SendAccepted"]


async def held(house: House, **values: object) -> SendRequested:
    house.provider.script.append(Answer(fault="reset"))
    asked = request(whatsapp(), **values)
    await house.hear(asked)
    await house.rounds()
    assert (await house.row(asked.message_id))["state"] == "held"
    return asked


async def test_whatsapp_in_doubt_is_held_not_repeated(house: House) -> None:
    await held(house)
    await house.later(timedelta(hours=2))
    await house.rounds()
    assert len(house.provider.seen) == 1
    assert house.told_as() == ["SendHeld"]


@pytest.mark.parametrize("status", [MessageStatus.SENT, MessageStatus.DELIVERED, MessageStatus.READ])
async def test_a_receipt_settles_what_is_held(house: House, status: MessageStatus) -> None:
    asked = await held(house)
    await house.hear(receipt("wamid.9", status))
    assert house.told_as() == ["SendHeld", "SendAccepted"]
    assert house.told()[1].provider_message_ids == ("wamid.9",)
    assert (await house.row(asked.message_id))["state"] == "accepted"


async def test_a_receipt_of_failure_settles_it_the_other_way(house: House) -> None:
    await held(house)
    await house.hear(receipt("wamid.9", MessageStatus.FAILED, error_reason="undeliverable"))
    assert house.told()[1].code == "permanent:failed_by_receipt"
    assert "undeliverable" in house.told()[1].reason


async def test_a_receipt_that_came_before_the_hold_is_found_again(house: House) -> None:
    asked = request(whatsapp())
    await house.hear(asked)
    await claim_and_die(house)
    await house.hear(receipt("wamid.9"))
    assert await house.value("SELECT count(*) FROM parked_receipt") == 1
    await after_restart(house)
    assert house.told_as() == ["SendHeld", "SendAccepted"]
    assert await house.value("SELECT count(*) FROM parked_receipt") == 0


@pytest.mark.parametrize(
    "other",
    [
        {"conversation": "+810000000000"},
        {"account": "wa-other"},
        {"occurred_at": "2026-01-01T00:00:00Z"},
    ],
)
async def test_somebody_elses_receipt_settles_nothing(house: House, other: dict[str, str]) -> None:
    asked = await held(house)
    await house.hear(receipt("wamid.9").model_validate(receipt("wamid.9").model_dump() | other))
    assert (await house.row(asked.message_id))["state"] == "held"


async def test_a_receipt_of_a_known_message_settles_nothing_else(house: House) -> None:
    house.provider.script.append(WA_OK)
    await house.hear(request(whatsapp()))
    await house.rounds()
    asked = await held(house)
    await house.hear(receipt("wamid.1", MessageStatus.DELIVERED))
    assert (await house.row(asked.message_id))["state"] == "held"
    assert await house.value("SELECT count(*) FROM parked_receipt") == 0


async def test_of_two_in_doubt_a_receipt_settles_neither(house: House) -> None:
    """One may have been lost on its way and the other be the receipt's."""
    both = [await held(house), await held(house)]
    await house.hear(receipt("wamid.9"))
    assert {(await house.row(asked.message_id))["state"] for asked in both} == {"held"}
    assert house.told_as() == ["SendHeld", "SendHeld"]
    assert await house.value("SELECT count(*) FROM parked_receipt") == 1


class Interrupted(PostgresDeliveries):
    """The sender's transaction commits right after the first question."""

    def __init__(self, work: UnitOfWork, meanwhile: Callable[[], Awaitable[object]]) -> None:
        super().__init__(work)
        self._meanwhile: Callable[[], Awaitable[object]] | None = meanwhile

    async def owns_provider_id(self, account: str, provider_message_id: str) -> bool:
        return await self._then(await super().owns_provider_id(account, provider_message_id))

    async def doubtful(self, account: str, recipient: str) -> list[Delivery]:
        return await self._then(await super().doubtful(account, recipient))

    async def _then(self, found: T) -> T:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile is not None:
            await meanwhile()
        return found


async def test_a_receipt_that_overtakes_its_own_answer_settles_nothing_else(house: House) -> None:
    doubted = await held(house)
    asked = request(whatsapp())
    await house.hear(asked)
    await claim_and_die(house)

    async def answer() -> None:
        await house.database.system.execute(
            """WITH saved AS (
                   UPDATE delivery SET state = 'accepted', provider_message_ids = '{wamid.9}', lease_until = NULL, finished_at = now()
                   WHERE id = $1 RETURNING tenant_id, account)
               INSERT INTO provider_message SELECT tenant_id, account, 'wamid.9' FROM saved""",
            asked.message_id,
        )

    async with house.transactions.begin("acme") as work:
        assert not await match_receipt(receipt("wamid.9"), Interrupted(work, answer), work)
    assert (await house.row(doubted.message_id))["state"] == "held"


async def test_a_receipt_for_one_part_lets_the_next_part_go(house: House) -> None:
    house.provider.script.append(Answer(fault="reset"))
    asked = request(whatsapp(), text="word " * 1000)
    await house.hear(asked)
    await house.rounds()
    house.provider.script.append(Answer(200, {"messages": [{"id": "wamid.10"}]}))
    await house.hear(receipt("wamid.9"))
    await house.rounds()
    assert len(house.provider.seen) == 2
    assert house.told()[-1].provider_message_ids == ("wamid.9", "wamid.10")
    assert (await house.row(asked.message_id))["state"] == "accepted"


async def test_an_answer_that_comes_after_its_lease_still_counts(house: House) -> None:
    house.provider.script.append(WA_OK)
    asked = request(whatsapp())
    await house.hear(asked)
    sender = house.notifier.sender
    (claimed,), _ = await sender._claim(10)
    attempted = await sender._attempt(claimed)
    await after_restart(house)
    assert (await house.row(asked.message_id))["state"] == "held"
    await sender._recorder.record(attempted)
    assert house.told_as() == ["SendHeld", "SendAccepted"]
    assert house.told()[1].provider_message_ids == ("wamid.1",)
