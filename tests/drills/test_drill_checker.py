"""The checker is checked: each fault that it must catch is planted in a day on which nothing went wrong."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid5

import pytest
from drills.checker import Wrong, check
from drills.facts import Arrived, Entry, Facts, Held, Seen, SlaEntry
from drills.ledger import Ledger, Outcome, Replied, Sent, Taken

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
SPACE = UUID(int=7)
CASE = uuid5(SPACE, "case")


def at(seconds: float) -> datetime:
    return NOON + timedelta(seconds=seconds)


def sent(number: int, outcome: Outcome = Outcome.OK) -> Sent:
    text = f"m{number}"
    return Sent(
        uuid5(SPACE, text), "acme", "line/U1", number, text, 2, outcome, channel="line", reached_at=frozenset({"U1"})
    )


def heard(one: Sent, seq: int) -> Entry:
    return Entry(one.tenant, CASE, NOON, seq, one.event_id, uuid5(SPACE, f"row {seq}"), True, one.text)


REPLY = Replied("key", "acme", CASE, "an answer", 2, Outcome.OK)
REPLY_ID = uuid5(SPACE, "reply")
SEEN = Seen(REPLY.text, "U1")
SAID = Entry("acme", CASE, NOON, 4, REPLY_ID, REPLY_ID, False, REPLY.text)
FIRST = Held("assignment", uuid5(SPACE, "a1"), "acme", CASE, "aiko", at(1), at(5))
SECOND = Held("assignment", uuid5(SPACE, "a2"), "acme", CASE, "ben", at(5), None)
OFFER = Held("offer", uuid5(SPACE, "o1"), "acme", CASE, "aiko", at(0), at(1))


TAKEN = Taken(OFFER.id, "acme", CASE, "aiko", Outcome.OK)


def clock(kind: str, when: float, due: float, warning: str = "") -> SlaEntry:
    return SlaEntry("acme", CASE, "first_response", kind, at(when), at(due), warning)


def ledger() -> Ledger:
    return Ledger([sent(1), sent(2), sent(3)], [REPLY], {"inbound.messages": 1}, [TAKEN])


def facts() -> Facts:
    messages = [sent(number) for number in (1, 2, 3)]
    return Facts(
        entries=(*(heard(one, one.number) for one in messages), SAID),
        held=(OFFER, FIRST, SECOND),
        capacity={("acme", "aiko"): 1, ("acme", "ben"): 1},
        deliveries={REPLY_ID: "accepted"},
        visible=(SEEN,),
        sla=(
            clock("SlaApplied", 0, 9),
            clock("SlaWarned", 8, 9, "80%"),
            clock("SlaBreached", 9, 9),
            clock("SlaFulfilled", 10, 9),
        ),
        arrived=tuple(Arrived("acme", one.event_id) for one in messages),
        dead_by_topic={"inbound.messages": 1},
        assigned_told=frozenset({FIRST.id, SECOND.id}),
        shown={("acme", CASE): ("m1", "m2", "m3", REPLY.text)},
    )


def wrongs(asked: Ledger, found: Facts) -> set[Wrong]:
    return {breach.wrong for breach in check(asked, found)}


def test_a_day_without_a_fault_is_clean() -> None:
    assert check(ledger(), facts()) == []


def test_an_unknown_message_may_be_there_or_not() -> None:
    asked = ledger()
    asked.sent[1] = sent(2, Outcome.UNKNOWN)
    assert check(asked, facts()) == []
    whole = facts()
    fewer = (heard(sent(1), 1), heard(sent(3), 2), replace(SAID, seq=3))
    assert check(asked, replace(whole, entries=fewer, arrived=(whole.arrived[0], whole.arrived[2]), shown={})) == []


def skip(found: Facts) -> Facts:
    return replace(found, entries=(heard(sent(1), 1), heard(sent(3), 2), replace(SAID, seq=3)))


def swap(found: Facts) -> Facts:
    one, two, *rest = found.entries
    return replace(found, entries=(replace(one, seq=2), replace(two, seq=1), *rest))


def duplicate(found: Facts) -> Facts:
    return replace(found, entries=(*found.entries, replace(found.entries[0], seq=5)))


def change_words(found: Facts) -> Facts:
    return replace(found, entries=(replace(found.entries[0], text="else"), *found.entries[1:]))


def change_tenant(found: Facts) -> Facts:
    return replace(found, entries=(replace(found.entries[0], tenant="other"), *found.entries[1:]))


def number_with_a_gap(found: Facts) -> Facts:
    return replace(found, entries=(*found.entries[:3], replace(SAID, seq=5)))


def assign_twice(found: Facts) -> Facts:
    return replace(found, held=(OFFER, replace(FIRST, until=at(6)), SECOND))


def assign_twice_without_end(found: Facts) -> Facts:
    return replace(found, held=(OFFER, replace(FIRST, until=None), replace(SECOND, until=at(9))))


def offer_beyond_capacity(found: Facts) -> Facts:
    return replace(found, held=(*found.held, replace(OFFER, since=at(2), until=at(3), case_id=uuid5(SPACE, "other"))))


def show_twice(found: Facts) -> Facts:
    return replace(found, visible=(SEEN, SEEN))


def never_show(found: Facts) -> Facts:
    return replace(found, visible=())


def fail_a_delivery(found: Facts) -> Facts:
    return replace(found, deliveries={REPLY_ID: "dead"})


def forget_a_delivery(found: Facts) -> Facts:
    return replace(found, deliveries={})


def breach_early(found: Facts) -> Facts:
    return replace(found, sla=(*found.sla[:2], clock("SlaBreached", 8.5, 9), clock("SlaFulfilled", 10, 9)))


def breach_twice(found: Facts) -> Facts:
    return replace(found, sla=(*found.sla, clock("SlaBreached", 10, 9)))


def warn_twice(found: Facts) -> Facts:
    return replace(found, sla=(*found.sla, clock("SlaWarned", 8.1, 9, "80%")))


def forget_a_breach(found: Facts) -> Facts:
    return replace(found, sla=tuple(line for line in found.sla if line.type != "SlaBreached"))


def forget_a_breach_after_the_reopening(found: Facts) -> Facts:
    return replace(found, sla=(*found.sla, clock("SlaApplied", 20, 29), clock("SlaFulfilled", 30, 29)))


def leave_a_clock_running(found: Facts) -> Facts:
    return replace(found, sla=found.sla[:3])


def show_to_a_stranger(found: Facts) -> Facts:
    return replace(found, visible=(Seen(REPLY.text, "U2"),))


def show_what_nobody_said(found: Facts) -> Facts:
    return replace(found, visible=(SEEN, Seen("a stray thought", "U1")))


def hold_what_can_be_sent_again(found: Facts) -> Facts:
    return replace(found, deliveries={REPLY_ID: "held"})


def forget_a_timer(found: Facts) -> Facts:
    return replace(found, overdue=("breach of first_response",))


def lose_what_arrived(found: Facts) -> Facts:
    return replace(found, arrived=(*found.arrived, Arrived("acme", UUID(int=1))))


def lose_a_dead_letter(found: Facts) -> Facts:
    return replace(found, dead_by_topic={})


def bury_what_is_sound(found: Facts) -> Facts:
    return replace(found, dead_by_topic={"inbound.messages": 2})


def keep_an_assignment_secret(found: Facts) -> Facts:
    return replace(found, assigned_told=frozenset({FIRST.id}))


def invent_an_assignment(found: Facts) -> Facts:
    return replace(found, assigned_told=found.assigned_told | {UUID(int=3)})


def hide_a_message(found: Facts) -> Facts:
    return replace(found, shown={("acme", CASE): ("m1", "m3", REPLY.text)})


def show_in_another_order(found: Facts) -> Facts:
    return replace(found, shown={("acme", CASE): ("m2", "m1", "m3", REPLY.text)})


def leave_work(found: Facts) -> Facts:
    return replace(found, left=("one case is open",))


PLANTED: dict[Callable[[Facts], Facts], Wrong] = {
    skip: Wrong.LOST,
    swap: Wrong.REORDERED,
    duplicate: Wrong.DUPLICATED,
    change_words: Wrong.FORGED,
    change_tenant: Wrong.FORGED,
    number_with_a_gap: Wrong.GAP,
    assign_twice: Wrong.DOUBLE_ASSIGNED,
    assign_twice_without_end: Wrong.DOUBLE_ASSIGNED,
    offer_beyond_capacity: Wrong.OVER_CAPACITY,
    show_twice: Wrong.DUPLICATED,
    never_show: Wrong.LOST,
    fail_a_delivery: Wrong.LOST,
    forget_a_delivery: Wrong.LOST,
    breach_early: Wrong.TIMER,
    breach_twice: Wrong.TIMER,
    warn_twice: Wrong.TIMER,
    forget_a_timer: Wrong.TIMER,
    forget_a_breach: Wrong.TIMER,
    forget_a_breach_after_the_reopening: Wrong.TIMER,
    leave_a_clock_running: Wrong.TIMER,
    show_to_a_stranger: Wrong.MISDIRECTED,
    show_what_nobody_said: Wrong.FORGED,
    hold_what_can_be_sent_again: Wrong.LOST,
    lose_what_arrived: Wrong.LOST,
    lose_a_dead_letter: Wrong.LOST,
    bury_what_is_sound: Wrong.FORGED,
    keep_an_assignment_secret: Wrong.UNTOLD,
    invent_an_assignment: Wrong.UNTOLD,
    hide_a_message: Wrong.UNTOLD,
    show_in_another_order: Wrong.UNTOLD,
    leave_work: Wrong.UNSETTLED,
}


@pytest.mark.parametrize(("plant", "wrong"), PLANTED.items(), ids=lambda one: getattr(one, "__name__", str(one)))
def test_a_planted_fault_is_caught(plant: Callable[[Facts], Facts], wrong: Wrong) -> None:
    assert wrong in wrongs(ledger(), plant(facts()))


def test_what_was_refused_must_not_be_there() -> None:
    asked = ledger()
    asked.sent[1] = sent(2, Outcome.FAIL)
    assert wrongs(asked, facts()) == {Wrong.FORGED}


def test_a_held_delivery_is_seen_at_most_once() -> None:
    held = replace(facts(), deliveries={REPLY_ID: "held"})
    asked = ledger()
    asked.sent = [replace(one, channel="whatsapp") for one in asked.sent]
    assert check(asked, held) == []
    assert check(asked, replace(held, visible=())) == []
    assert wrongs(asked, replace(held, visible=(SEEN, SEEN))) == {Wrong.DUPLICATED}


def test_a_message_in_a_stranger_s_case_is_caught() -> None:
    asked = ledger()
    asked.sent[2] = replace(asked.sent[2], sender="line/U2")
    assert wrongs(asked, facts()) == {Wrong.MISDIRECTED}


def test_a_clock_that_was_cancelled_or_ended_in_time_owes_no_breach() -> None:
    for line in (clock("SlaCancelled", 30, 9), clock("SlaFulfilled", 9, 9)):
        assert check(ledger(), replace(facts(), sla=(clock("SlaApplied", 0, 9), line))) == []


def test_who_was_told_to_have_a_case_has_it() -> None:
    asked = ledger()
    asked.taken.append(replace(TAKEN, offer_id=uuid5(SPACE, "o2"), agent="chihiro"))
    assert wrongs(asked, facts()) == {Wrong.LOST}
    asked.taken[-1] = replace(asked.taken[-1], outcome=Outcome.UNKNOWN)
    assert check(asked, facts()) == []


def test_two_who_were_told_to_have_the_same_offer_are_caught() -> None:
    asked = ledger()
    asked.taken.append(replace(TAKEN, agent="ben"))
    assert wrongs(asked, facts()) == {Wrong.DOUBLE_ASSIGNED}


def test_a_delivery_that_a_provider_turned_down_is_failed_and_not_seen() -> None:
    asked, failed = ledger(), replace(facts(), deliveries={REPLY_ID: "failed"}, visible=())
    assert wrongs(asked, failed) == {Wrong.LOST}
    asked.turned_down = 1
    assert check(asked, failed) == []
    assert wrongs(asked, replace(failed, visible=(SEEN,))) == {Wrong.LOST}
