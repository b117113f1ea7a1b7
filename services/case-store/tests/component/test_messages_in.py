"""What customers do, from an event to the history."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from contracts.cases import CaseOpened, CaseReopened, HistoryAmended, HistoryAmendment, MessageAdded
from contracts.envelope import Envelope
from contracts.inbound import (
    ContactChange,
    ContactChanged,
    MessageEdited,
    MessageUnsent,
    ReactionReceived,
    UnrecognisedReceived,
)
from contracts.routing import CustomerWrote, WorkRequested
from contracts.values import Address, AddressKind, Contact, Content, ContentKind, ReplyHandle
from runtime.errors import Refused

pytestmark = pytest.mark.integration
MINUTE = timedelta(minutes=1)


def amended(kind: Any, original: Any, **fields: Any) -> Any:
    shared = {
        name: getattr(original, name) for name in ("channel", "account", "conversation", "contact", "received_at")
    }
    stated = {
        "provider_event_id": uuid4().hex,
        "occurred_at": original.occurred_at + MINUTE,
        "provider_message_id": original.provider_message_id,
    }
    return kind(**shared | stated | fields)


async def test_a_first_message_makes_a_customer_a_case_and_work(house) -> None:
    await house.deliver(house.line_message(text="返金"))
    opened, added, asked = await house.emitted()
    assert (type(opened), type(added), type(asked)) == (CaseOpened, MessageAdded, WorkRequested)
    assert added.seq == 1
    assert (asked.case.id, asked.customer.id) == (opened.case_id, opened.customer_id)
    assert asked.message.text == "返金"
    case = (await house.api.get(f"/v1/cases/{opened.case_id}")).json()
    assert (case["status"], case["messages"]) == ("open", 1)
    customer = (await house.api.get(f"/v1/customers/{opened.customer_id}")).json()
    assert (customer["display_name"], customer["open_case_id"]) == ("花子", str(opened.case_id))


async def test_a_second_message_joins_the_open_case(house) -> None:
    case_id = await house.open_case()
    await house.emitted()
    await house.deliver(house.line_message(text="もしもし"))
    added, wrote = await house.emitted()
    assert (added.case_id, added.seq) == (case_id, 2)
    assert isinstance(wrote, CustomerWrote)
    timeline = (await house.api.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert [entry["position"] for entry in timeline] == [1, 2, 3]
    assert [entry["type"] for entry in timeline] == ["CaseOpened", "MessageAdded", "MessageAdded"]
    assert "もしもし" not in str(timeline)


async def test_the_same_event_twice_is_one_message(house) -> None:
    envelope = Envelope(uuid4(), "acme", "test", datetime.now(UTC), house.line_message())
    await house.deliver_enveloped(envelope)
    await house.deliver_enveloped(envelope)
    assert await house.value("SELECT count(*) FROM message") == 1
    assert await house.value("SELECT last_seq FROM customer_case") == 1
    assert len(await house.emitted(MessageAdded)) == 1


async def test_a_batch_of_many_people_keeps_every_conversation_in_order(house) -> None:
    people = [f"U{number}" for number in range(5)]
    await house.deliver(*(house.line_message(people[i % 5], str(i)) for i in range(40)))
    rows = await house.fetch("SELECT case_id, seq, content->>'text' AS text FROM message ORDER BY case_id, seq")
    by_case: dict[Any, list[tuple[int, int]]] = {}
    for row in rows:
        by_case.setdefault(row["case_id"], []).append((row["seq"], int(row["text"])))
    assert len(by_case) == 5
    for found in by_case.values():
        assert [seq for seq, _ in found] == list(range(1, 9))
        assert [text for _, text in found] == sorted(text for _, text in found)


async def test_a_late_message_reopens_the_resolved_case_and_a_very_late_one_opens_another(house) -> None:
    case_id = await house.open_case()
    assert (await house.api.post(f"/v1/cases/{case_id}/resolve")).status_code == 200
    await house.emitted()
    await house.deliver(house.line_message(text="まだです"))
    reopened, added, asked = await house.emitted()
    assert isinstance(reopened, CaseReopened)
    assert (added.case_id, added.seq, asked.case.reopened) == (case_id, 2, True)

    assert (await house.api.post(f"/v1/cases/{case_id}/resolve")).status_code == 200
    await house.deliver(house.line_message(received_at=datetime.now(UTC) + timedelta(days=8)))
    assert len(await house.emitted(CaseOpened)) == 1
    assert await house.value("SELECT count(*) FROM customer_case") == 2


async def test_the_tenants_own_reopen_period_counts(house) -> None:
    house.configs.accept(house.tenant_config("acme", revision=2, reopen_within=timedelta(seconds=0)))
    case_id = await house.open_case()
    await house.api.post(f"/v1/cases/{case_id}/resolve")
    later = await house.open_case(house.line_message(received_at=datetime.now(UTC) + MINUTE))
    assert later != case_id


async def test_standby_messages_are_filed_and_ask_for_nobody_until_the_customer_writes_to_us(house) -> None:
    case_id = await house.open_case(house.line_message(standby=True))
    assert not await house.emitted(WorkRequested, CustomerWrote)
    await house.deliver(house.line_message())
    asked = await house.emitted(WorkRequested, CustomerWrote)
    assert [type(event) for event in asked] == [WorkRequested]
    assert asked[0].case.id == case_id
    assert not asked[0].case.reopened


async def test_a_group_is_a_customer_of_its_own(house) -> None:
    group = Address(kind=AddressKind.LINE_GROUP, value="C1")
    member = Address(kind=AddressKind.LINE_USER, value="U1")
    contact = Contact(address=group, alternates=(member,), display_name="花子")
    personal = await house.open_case()
    shared = await house.open_case(house.line_message(conversation="C1", contact=contact))
    assert shared != personal
    assert await house.value("SELECT count(*) FROM contact_point") == 2
    kinds = await house.fetch("SELECT kind, display_name FROM customer ORDER BY kind")
    assert [tuple(row) for row in kinds] == [("group", None), ("person", "花子")]
    assert await house.value("SELECT author_name FROM message WHERE case_id = $1", shared) == "花子"


@pytest.mark.parametrize(("thread", "kind"), [("Cabc", "line_group"), ("Rabc", "line_room")])
async def test_what_members_say_in_a_thread_is_the_threads_and_stays_out_of_their_own_cases(
    house, thread, kind
) -> None:
    personal = await house.open_case(house.line_message("U1"))
    of_one, of_another = (Contact(address=Address(kind=AddressKind.LINE_USER, value=user)) for user in ("U1", "U2"))
    shared = await house.open_case(house.line_message(conversation=thread, contact=of_one))
    assert shared != personal
    assert await house.open_case(house.line_message(conversation=thread, contact=of_another)) == shared
    speakers = await house.fetch("SELECT author_name FROM message WHERE case_id = $1 ORDER BY seq", shared)
    assert [row["author_name"] for row in speakers] == ["U1", "U2"]
    left = ContactChanged(
        channel="line",
        account="line-main",
        conversation=thread,
        provider_event_id="left",
        occurred_at=datetime.now(UTC) + MINUTE,
        received_at=datetime.now(UTC),
        contact=of_one,
        change=ContactChange.LEFT,
    )
    await house.deliver(left)
    states = await house.fetch("SELECT address_kind, state FROM contact_point ORDER BY address_kind DESC")
    assert [tuple(row) for row in states] == [("line_user", "active"), (kind, "active")]
    await house.deliver(left.model_copy(update={"contact": Contact(address=Address(kind=kind, value=thread))}))
    assert await house.value("SELECT state FROM contact_point WHERE address = $1", thread) == "blocked"
    refused = await house.reply(shared)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_reply_path")


async def test_a_new_stable_address_of_a_known_phone_is_the_same_customer(house) -> None:
    case_id = await house.open_case(house.whatsapp_message("+8190"))
    phone = Address(kind=AddressKind.PHONE, value="+8190")
    contact = Contact(address=Address(kind=AddressKind.WHATSAPP_BSUID, value="B1"), alternates=(phone,))
    assert await house.open_case(house.whatsapp_message("+8190", contact=contact)) == case_id
    known_only = Contact(address=contact.address)
    assert await house.open_case(house.whatsapp_message("B1", contact=known_only)) == case_id
    assert await house.value("SELECT count(*) FROM customer") == 1
    assert await house.value("SELECT count(*) FROM contact_point") == 2


async def test_an_older_message_that_comes_late_refreshes_nothing_of_the_conversation(house) -> None:
    now = datetime.now(UTC)
    newer = ReplyHandle(token="newer", expires_at=now + MINUTE)
    older = ReplyHandle(token="older", expires_at=now + MINUTE)
    await house.deliver(house.line_message(occurred_at=now, reply_handle=newer, window_closes_at=now + MINUTE))
    late = now - MINUTE
    await house.deliver(house.line_message(occurred_at=late, reply_handle=older, window_closes_at=now))
    (row,) = await house.fetch("SELECT reply_token, window_closes_at, last_inbound_at FROM conversation")
    assert tuple(row) == ("newer", now + MINUTE, now)


@pytest.mark.parametrize("original_first", [True, False])
async def test_an_edit_a_reaction_and_a_take_back_find_the_original_whenever_they_come(house, original_first) -> None:
    original = house.line_message(text="口座は 1234567")
    later = [
        amended(MessageEdited, original, content=Content(kind=ContentKind.TEXT, text="口座は 7654321")),
        amended(ReactionReceived, original, emoji="👍"),
        amended(MessageUnsent, original, occurred_at=original.occurred_at + 2 * MINUTE),
    ]
    for event in [original, *later] if original_first else [*later, original]:
        await house.deliver(event)
    told = await house.emitted(HistoryAmended)
    assert [event.amendment for event in told] == [
        HistoryAmendment.EDITED,
        HistoryAmendment.REACTED,
        HistoryAmendment.UNSENT,
    ]
    (row,) = await house.fetch("SELECT id, content::text AS content, unsent_at, edited_at FROM message")
    assert (row["unsent_at"], row["edited_at"]) == (later[2].occurred_at, later[0].occurred_at)
    message = (await house.api.get(f"/v1/messages/{row['id']}")).json()
    assert message["content"]["text"] is None
    assert [reaction["emoji"] for reaction in message["reactions"]] == ["👍"]
    assert await house.value("SELECT count(*) FROM parked_amendment") == 0
    whole = await house.fetch("SELECT data::text FROM timeline_entry UNION ALL SELECT content::text FROM message")
    assert not [row for row in whole if "1234567" in row[0] or "7654321" in row[0]]


async def test_the_newest_edit_wins_and_a_reaction_can_be_taken_back(house) -> None:
    original = house.line_message()
    newer, older = (
        amended(
            MessageEdited,
            original,
            content=Content(kind=ContentKind.TEXT, text=f"{minutes} 分後"),
            occurred_at=original.occurred_at + minutes * MINUTE,
        )
        for minutes in (5, 2)
    )
    back = amended(ReactionReceived, original, emoji="", occurred_at=original.occurred_at + 3 * MINUTE)
    given = amended(ReactionReceived, original, emoji="😀")
    await house.deliver(original, newer, older, back, given)
    message_id = await house.value("SELECT id FROM message")
    message = (await house.api.get(f"/v1/messages/{message_id}")).json()
    assert (message["content"]["text"], message["reactions"]) == ("5 分後", [])


async def test_an_edit_that_changes_nothing_is_not_told(house) -> None:
    """A poller of reviews that has just started tells every review as changed."""
    original = house.line_message(text="同じ")
    await house.deliver(original, amended(MessageEdited, original, content=original.content))
    assert await house.emitted(HistoryAmended) == []
    assert await house.value("SELECT edited_at FROM message") is None


async def test_a_customer_cannot_edit_what_we_sent(house) -> None:
    case_id = await house.open_case()
    message_id = (await house.reply(case_id)).json()["message_id"]
    async with house.transactions.begin("acme") as work:
        await work.connection.execute(
            "INSERT INTO provider_message VALUES ('acme', 'line-main', 'sent-1', $1::text::uuid)", message_id
        )
    forged = amended(
        MessageEdited,
        house.line_message(),
        provider_message_id="sent-1",
        content=Content(kind=ContentKind.TEXT, text="全額返金します"),
    )
    with pytest.raises(Refused, match="can't change a message that we sent"):
        await house.deliver(forged)
    assert (await house.api.get(f"/v1/messages/{message_id}")).json()["content"]["text"] == "はい"


async def test_somebody_who_unfollows_is_blocked_until_they_come_back(house) -> None:
    case_id = await house.open_case()
    event = house.line_message()

    def changed(change: ContactChange, minutes: int) -> ContactChanged:
        return ContactChanged(
            channel="line",
            account="line-main",
            conversation="U1",
            provider_event_id=uuid4().hex,
            occurred_at=datetime.now(UTC) + minutes * MINUTE,
            received_at=datetime.now(UTC),
            contact=event.contact,
            change=change,
        )

    await house.deliver(changed(ContactChange.UNFOLLOWED, 2))
    await house.deliver(changed(ContactChange.FOLLOWED, 1))
    assert await house.value("SELECT state FROM contact_point") == "blocked"
    refused = await house.reply(case_id)
    assert (refused.status_code, refused.json()["code"]) == (409, "no_reply_path")
    await house.deliver(house.line_message(occurred_at=datetime.now(UTC) + 3 * MINUTE))
    assert await house.value("SELECT state FROM contact_point") == "active"
    timeline = (await house.api.get(f"/v1/cases/{case_id}/timeline")).json()["items"]
    assert [entry["type"] for entry in timeline].count("ContactChanged") == 2


async def test_what_nobody_can_read_is_kept_whole(house) -> None:
    raw = '{"type": "new", "text": "\\u0000"}'
    event = UnrecognisedReceived(
        channel="line",
        account="line-main",
        conversation="U1",
        provider_event_id="e1",
        occurred_at=datetime.now(UTC),
        received_at=datetime.now(UTC),
        reason="unknown type",
        raw=raw,
    )
    (event_id,) = await house.deliver(event)
    assert await house.value("SELECT raw FROM unrecognised WHERE id = $1", event_id) == raw


async def test_two_first_messages_at_once_open_one_case(house) -> None:
    await asyncio.wait_for(_all_at_once(house.deliver(house.line_message()) for _ in range(6)), 20)
    assert await house.value("SELECT count(*) FROM customer") == 1
    assert await house.value("SELECT count(*) FROM customer_case") == 1
    seqs = [row["seq"] for row in await house.fetch("SELECT seq FROM message ORDER BY seq")]
    assert seqs == [1, 2, 3, 4, 5, 6]


async def test_seq_has_no_gap_under_concurrent_writers(house) -> None:
    case_id = await house.open_case()
    writers = [house.deliver(*(house.line_message() for _ in range(5))) for _ in range(4)]
    repliers = [house.reply(case_id) for _ in range(6)]
    await asyncio.wait_for(_all_at_once([*writers, *repliers]), 30)
    rows = await house.fetch("SELECT seq FROM message WHERE case_id = $1 ORDER BY seq", case_id)
    assert [row["seq"] for row in rows] == list(range(1, 28))
    positions = await house.fetch("SELECT position FROM timeline_entry WHERE case_id = $1 ORDER BY position", case_id)
    assert [row["position"] for row in positions] == list(range(1, len(positions) + 1))


async def _all_at_once(jobs: Any) -> None:
    async with asyncio.TaskGroup() as group:
        for job in jobs:
            group.create_task(job)


async def test_a_batch_is_filed_with_the_same_statements_whatever_it_holds(house, statements) -> None:
    """The messages of known people: neither their number nor who they are of adds a statement."""
    people = [f"U{number}" for number in range(10)]
    await house.deliver(*(house.line_message(person) for person in people))
    counts = []
    for each in (1, 4):
        statements.clear()
        await house.deliver(*(house.line_message(person) for person in people for _ in range(each)))
        counts.append(len(statements))
    assert counts[0] == counts[1]
    assert {row["last_seq"] for row in await house.fetch("SELECT last_seq FROM customer_case")} == {6}
