"""What the agent is told before writing: where a reply may leave now, and why not elsewhere; and afterwards, why one failed."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from contracts.config import ChannelAccount, Replies
from contracts.inbound import ContactChange, ContactChanged
from contracts.outbound import SendFailed
from contracts.values import Address, AddressKind, Contact

pytestmark = pytest.mark.integration


def ago(**by: float) -> datetime:
    return datetime.now(UTC) - timedelta(**by)


async def paths(house: Any, case_id: UUID, **headers: str) -> list[dict[str, Any]]:
    answer = await house.api.get(f"/v1/cases/{case_id}/reply-paths", headers=headers)
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


async def test_an_open_window_and_a_channel_without_one_need_no_words(house) -> None:
    case_id = await house.open_case(house.line_message("U1"))
    (line,) = await paths(house, case_id)
    assert (line["channel"], line["state"], line["why"], line["window_closes_at"]) == ("line", "open", None, None)
    assert line["address"] == {"kind": "line_user", "value": "U1"}
    other = await house.open_case(house.whatsapp_message())
    (whatsapp,) = await paths(house, other)
    assert (whatsapp["state"], whatsapp["why"]) == ("open", None)


async def test_a_closed_window_says_since_when_and_what_opens_it(house) -> None:
    closed = ago(hours=1)
    case_id = await house.open_case(house.whatsapp_message(window_closes_at=closed))
    (path,) = await paths(house, case_id)
    assert (path["state"], path["template"]) == ("closed", None)
    assert f"closed at {closed:%Y-%m-%d %H:%M} UTC" in path["why"]
    assert "opens again when the customer writes" in path["why"]


async def test_a_template_is_named_where_one_would_leave(house) -> None:
    house.configs.accept(
        house.tenant_config("acme", revision=2, replies=Replies(templates={"whatsapp": "still_here:ja"}))
    )
    case_id = await house.open_case(house.whatsapp_message(window_closes_at=ago(hours=1)))
    (path,) = await paths(house, case_id)
    assert (path["state"], path["template"]) == ("template_only", "still_here:ja")


@pytest.mark.parametrize(("days", "state"), [(2, "agents_only"), (8, "closed")])
async def test_agents_may_answer_on_messenger_for_seven_days(house, days: int, state: str) -> None:
    accounts = (ChannelAccount(id="page", channel="messenger"),)
    house.configs.accept(house.tenant_config("acme", revision=2, channel_accounts=accounts))
    wrote = ago(days=days)
    asked = house.line_message(
        "PSID-1",
        channel="messenger",
        account="page",
        contact=Contact(address=Address(kind=AddressKind.MESSENGER_USER, value="PSID-1")),
        reply_handle=None,
        occurred_at=wrote.replace(microsecond=0),
        window_closes_at=wrote + timedelta(hours=24),
    )
    (path,) = await paths(house, await house.open_case(asked))
    assert path["state"] == state
    assert ("agents, but no bots" in path["why"]) == (state == "agents_only")


async def test_blocked_and_disabled_come_last_and_say_so(house) -> None:
    case_id = await house.open_case(house.line_message("U1"))
    customer = await house.customer_of("line-main", "U1")
    await house.link(customer, "+819012345678")
    await house.deliver(house.whatsapp_message("+819012345678"))
    gone = ContactChanged(
        channel="line",
        account="line-main",
        conversation="U1",
        provider_event_id=uuid4().hex,
        occurred_at=datetime.now(UTC),
        received_at=datetime.now(UTC),
        contact=Contact(address=Address(kind=AddressKind.LINE_USER, value="U1")),
        change=ContactChange.UNFOLLOWED,
    )
    await house.deliver(gone)
    first, last = await paths(house, case_id)
    assert (first["channel"], first["state"]) == ("whatsapp", "open")
    assert (last["state"], last["why"]) == ("unusable", "The customer blocked us on line.")
    house.configs.accept(
        house.tenant_config("acme", revision=2, channel_accounts=(ChannelAccount(id="line-main", channel="line"),))
    )
    why = [one["why"] for one in await paths(house, case_id)]
    assert "The whatsapp account 'wa-main' is not configured or not enabled." in why


async def test_the_first_path_is_where_a_reply_leaves(house) -> None:
    case_id = await house.open_case(house.line_message("U1"))
    await house.link(await house.customer_of("line-main", "U1"), "+819012345678")
    await house.deliver(house.whatsapp_message("+819012345678", occurred_at=datetime.now(UTC) + timedelta(seconds=2)))
    first = (await paths(house, case_id))[0]
    said = (await house.reply(case_id)).json()
    assert (
        (said["conversation_id"], said["channel"])
        == (first["conversation_id"], first["channel"])
        == (
            first["conversation_id"],
            "whatsapp",
        )
    )


async def test_an_unknown_case_and_another_tenants_are_404(house) -> None:
    case_id = await house.open_case()
    for place, headers in ((uuid4(), {}), (case_id, {"x-tenant": "beta"})):
        answer = await house.api.get(f"/v1/cases/{place}/reply-paths", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "case_not_found")


async def test_a_failed_reply_keeps_the_reason_beside_the_code(house) -> None:
    case_id = await house.open_case()
    said = (await house.reply(case_id)).json()
    failed = SendFailed(
        message_id=said["message_id"],
        case_id=case_id,
        conversation_id=said["conversation_id"],
        channel="line",
        account="line-main",
        code="window_closed",
        reason="the customer's reply window on whatsapp closed at 2026-11-21 09:30 UTC",
        attempts=1,
        failed_at=datetime.now(UTC),
    )
    await house.deliver(failed)
    shown = (await house.api.get(f"/v1/messages/{said['message_id']}")).json()
    assert (shown["status"], shown["error_code"], shown["error_reason"]) == ("failed", failed.code, failed.reason)
