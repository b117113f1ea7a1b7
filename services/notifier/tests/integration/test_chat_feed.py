"""The web chat's way out: a message is accepted when it is in the visitor's feed, once, and the feed can be read on from anywhere."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import house as made
import pytest
from house import House

from contracts.chat import ChatSignal, VisitorSignalled, VisitorTold
from contracts.inbound import ChatResumed
from contracts.outbound import SendAccepted, SendFailed, SignalRequested
from contracts.values import Author, AuthorKind, Content, ContentKind, MessageStatus

pytestmark = pytest.mark.integration


def resumed(after: int, visitor: str = "anon:1") -> ChatResumed:
    now = datetime.now(UTC)
    return ChatResumed(
        channel="webchat",
        account="shop-chat",
        conversation=visitor,
        provider_event_id=str(uuid4()),
        occurred_at=now,
        received_at=now,
        after=after,
    )


def told(house: House) -> list[VisitorTold]:
    return [event for event in house.told() if isinstance(event, VisitorTold)]


async def test_an_accepted_message_is_the_next_line_of_its_visitor(house: House) -> None:
    path = made.webchat()
    first, second = made.request(path, text="こんにちは"), made.request(path, text="お待たせしました")
    other = made.request(made.webchat("anon:2"))
    await house.hear(first, second, other)
    await house.rounds()
    mine = [event for event in told(house) if event.visitor == "anon:1"]
    assert [(event.after, event.through, event.last) for event in mine] == [(0, 1, 1), (1, 2, 2)]
    assert [line.content.text for event in mine for line in event.lines] == ["こんにちは", "お待たせしました"]
    accepted = [event for event in house.told() if isinstance(event, SendAccepted)]
    assert {event.message_id: event.provider_message_ids for event in accepted} == {
        first.message_id: ("anon:1/1",),
        second.message_id: ("anon:1/2",),
        other.message_id: ("anon:2/1",),
    }


async def test_a_lost_sender_makes_no_second_line(house: House) -> None:
    """The line was kept, the lease ran out before the acceptance was: the repetition finds the line."""
    request = made.request(made.webchat())
    await house.hear(request)
    await house.rounds()
    await house.database.system.execute(
        "UPDATE delivery SET state = 'ambiguous', finished_at = NULL, next_attempt_at = now() WHERE id = $1",
        request.message_id,
    )
    await house.rounds()
    assert (await house.row(request.message_id))["state"] == "accepted"
    assert await house.value("SELECT count(*) FROM chat_line") == 1
    assert len(told(house)) == 1


async def test_a_page_reads_on_from_where_it_was(house: House) -> None:
    path = made.webchat()
    await house.hear(*[made.request(path, text=f"{n}") for n in range(1, 6)])
    await house.rounds()
    house.producer.records.clear()
    await house.hear(resumed(3), resumed(5), resumed(99), resumed(0, "anon:new"))
    answers = told(house)
    assert [(one.after, one.through, one.last) for one in answers] == [(3, 5, 5), (5, 5, 5), (5, 5, 5), (0, 0, 0)]
    assert [[line.content.text for line in one.lines] for one in answers] == [["4", "5"], [], [], []]


async def test_a_long_feed_is_read_in_portions(house: House) -> None:
    path = made.webchat()
    long = "長" * 60_000
    await house.hear(*[made.request(path, text=long) for _ in range(4)])
    await house.rounds()
    house.producer.records.clear()
    await house.hear(resumed(0))
    (first,) = told(house)
    assert (first.after, first.last) == (0, 4)
    assert 0 < first.through < 4
    assert first.through == first.lines[-1].position


async def test_forgotten_lines_leave_no_gap_to_wait_for(house: House) -> None:
    path = made.webchat()
    await house.hear(*[made.request(path, text=f"{n}") for n in range(3)])
    await house.rounds()
    await house.database.system.execute("DELETE FROM chat_line WHERE position <= 2")
    house.producer.records.clear()
    await house.hear(resumed(0))
    (answer,) = told(house)
    assert (answer.after, answer.through, answer.last, [line.position for line in answer.lines]) == (0, 3, 3, [3])


async def test_the_visitors_receipt_names_the_position(house: House) -> None:
    request = made.request(made.webchat())
    await house.hear(request)
    await house.rounds()
    receipt = made.receipt(
        "anon:1/1", MessageStatus.READ, channel="webchat", account="shop-chat", conversation="anon:1"
    )
    await house.hear(receipt)
    assert await house.value("SELECT count(*) FROM parked_receipt") == 0


async def test_what_no_page_can_show_fails(house: House) -> None:
    empty = made.request(made.webchat()).model_copy(update={"content": Content(kind=ContentKind.TEXT)})
    await house.hear(empty)
    await house.rounds()
    (failed,) = [event for event in house.told() if isinstance(event, SendFailed)]
    assert failed.code.startswith("permanent")
    assert told(house) == []


async def test_typing_reaches_the_visitor_while_it_is_new(house: House) -> None:
    now = datetime.now(UTC)
    signals = [
        SignalRequested(
            case_id=uuid4(),
            author=Author(kind=AuthorKind.AGENT, id="sato"),
            signal=signal,
            path=path,
            requested_at=at,
        )
        for signal, path, at in (
            (ChatSignal.TYPING, made.webchat(), now),
            (ChatSignal.TYPING, made.webchat(), now - timedelta(minutes=1)),
            (ChatSignal.READ, made.webchat(), now - timedelta(minutes=1)),
            (ChatSignal.TYPING, made.line(), now),
        )
    ]
    await house.hear(*signals)
    shown = [event for event in house.told() if isinstance(event, VisitorSignalled)]
    assert [event.signal for event in shown] == [ChatSignal.TYPING, ChatSignal.READ]


async def test_feeds_of_another_tenant_are_not_seen(house: House) -> None:
    await house.hear(made.request(made.webchat()))
    await house.rounds()
    house.producer.records.clear()
    await house.hear(resumed(0), tenant="globex")
    (answer,) = told(house)
    assert (answer.last, answer.lines) == (0, ())
