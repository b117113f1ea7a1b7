"""The invariants, as one pure function from what was sent and what is there to what is wrong."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from drills.facts import Entry, Facts, Held
from drills.ledger import Ledger, Outcome, Replied, Sent


class Wrong(StrEnum):
    LOST = "lost"
    DUPLICATED = "duplicated"
    REORDERED = "reordered"
    DOUBLE_ASSIGNED = "double_assigned"
    OVER_CAPACITY = "over_capacity"
    FORGED = "forged"
    MISDIRECTED = "misdirected"
    GAP = "gap"
    TIMER = "timer"
    UNTOLD = "untold"
    UNSETTLED = "unsettled"


@dataclass(frozen=True, slots=True)
class Breach:
    wrong: Wrong
    sentence: str


DELIVERED = frozenset({"accepted"})
KEYLESS = frozenset({"whatsapp"})
"""Channels whose provider has no idempotency key. The published policy: never sent twice; a reply whose fate is unknown is held."""
ENDED = frozenset({"SlaFulfilled", "SlaCancelled"})


def check(ledger: Ledger, facts: Facts) -> list[Breach]:
    rules: tuple[Callable[[Ledger, Facts], Iterable[Breach]], ...] = (
        _heard_once,
        _truthful,
        _one_person_a_case,
        _gapless,
        _in_order,
        _shown_as_kept,
        _replied_once,
        _delivered,
        _reached_whom_they_answer,
        _never_two_owners,
        _kept_its_word,
        _within_capacity,
        _timers,
        _promises_told,
        _accounted_for,
        _assignments_told,
        _at_rest,
    )
    return [breach for rule in rules for breach in rule(ledger, facts)]


def _heard_once(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    texts = Counter(entry.text for entry in facts.entries if entry.inbound)
    yield from _counted(ledger.sent, texts, "the history")


def _counted(asked: Iterable[Sent | Replied], found: Counter[str], where: str) -> Iterator[Breach]:
    for one in asked:
        times = found[one.text]
        if times > 1:
            yield Breach(Wrong.DUPLICATED, f"'{one.text}' is {times} times in {where}")
        if times == 0 and one.outcome is Outcome.OK:
            yield Breach(Wrong.LOST, f"'{one.text}' was accepted and is not in {where}")
        if times and one.outcome is Outcome.FAIL:
            yield Breach(Wrong.FORGED, f"'{one.text}' was refused ({one.why}) and is in {where}")


def _truthful(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """Under the id that its sender can compute stand its words and its tenant; nothing is there that nobody sent."""
    by_id = {one.event_id: one for one in ledger.sent}
    replies = {one.text: one for one in ledger.replied}
    for entry in facts.entries:
        sent = by_id.get(entry.event_id) if entry.inbound else replies.get(entry.text)
        if sent is None:
            yield Breach(Wrong.FORGED, f"'{entry.text}' of {entry.tenant} was never sent")
        elif (sent.text, sent.tenant) != (entry.text, entry.tenant):
            yield Breach(Wrong.FORGED, f"'{sent.text}' of {sent.tenant} became '{entry.text}' of {entry.tenant}")


def _one_person_a_case(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """Nobody in a drill is linked with another: a case that two people wrote to has shown one's words to the other."""
    for case, senders in _senders(ledger, facts).items():
        if len(names := {one.sender for one in senders}) > 1:
            yield Breach(Wrong.MISDIRECTED, f"case {case[1]} holds messages of {' and '.join(sorted(names))}")


def _senders(ledger: Ledger, facts: Facts) -> dict[tuple[str, UUID], list[Sent]]:
    """The messages of each case, as their senders wrote them."""
    by_id = {one.event_id: one for one in ledger.sent}
    heard = [entry for entry in facts.entries if entry.inbound and entry.event_id in by_id]
    cases = _grouped(heard, lambda entry: (entry.tenant, entry.case_id))
    return {case: [by_id[entry.event_id] for entry in entries] for case, entries in cases.items()}


def _gapless(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    for key, entries in _grouped(facts.entries, lambda entry: (entry.tenant, entry.case_id)).items():
        numbers = sorted(entry.seq for entry in entries)
        if numbers != list(range(1, len(numbers) + 1)):
            yield Breach(Wrong.GAP, f"case {key[1]} is numbered {numbers}")


def _in_order(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    place = {entry.event_id: (entry.opened_at, entry.seq) for entry in facts.entries if entry.inbound}
    for sender, sent in _grouped(ledger.sent, lambda one: one.sender).items():
        certain = sorted((one for one in sent if one.outcome is Outcome.OK), key=lambda one: one.number)
        placed = [one for one in certain if one.event_id in place]
        for before, after in itertools.pairwise(placed):
            if place[before.event_id] > place[after.event_id]:
                yield Breach(Wrong.REORDERED, f"{sender}: message {after.number} stands before {before.number}")


def _shown_as_kept(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """Who asks the house for a case's history is told all of it, in order."""
    kept = _grouped(facts.entries, lambda entry: (entry.tenant, entry.case_id))
    for case, texts in facts.shown.items():
        expected = tuple(entry.text for entry in sorted(kept[case], key=lambda entry: entry.seq))
        if texts != expected:
            yield Breach(
                Wrong.UNTOLD, f"case {case[1]} keeps {len(expected)} messages and shows {len(texts)}, or others"
            )


def _replied_once(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    yield from _counted(ledger.replied, Counter(one.text for one in facts.entries if not one.inbound), "the history")


def _delivered(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """Every recorded reply reached its customer; one whose fate nobody can know is held, and seen at most once. One that a
    provider turned down for good is failed, and not seen."""
    seen, refusals = Counter(one.text for one in facts.visible), ledger.turned_down
    recorded = {entry.text: entry.message_id for entry in facts.entries if not entry.inbound}
    keyless = {case for case, senders in _senders(ledger, facts).items() if {one.channel for one in senders} <= KEYLESS}
    for one in ledger.replied:
        if seen[one.text] > 1:
            yield Breach(Wrong.DUPLICATED, f"the customer saw '{one.text}' {seen[one.text]} times")
        message_id = recorded.get(one.text)
        if message_id is None:
            if seen[one.text]:
                yield Breach(Wrong.FORGED, f"the customer saw '{one.text}', which is in no history")
            continue
        state = facts.deliveries.get(message_id, "nowhere")
        if state in DELIVERED and not seen[one.text]:
            yield Breach(Wrong.LOST, f"'{one.text}' counts as accepted and was never seen")
        elif state == "failed" and not seen[one.text] and refusals:
            refusals -= 1
        elif state not in DELIVERED and not (state == "held" and (one.tenant, one.case_id) in keyless):
            yield Breach(Wrong.LOST, f"the delivery of '{one.text}' ended {state}")


def _reached_whom_they_answer(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """What a customer sees was said by somebody, and to that customer."""
    case_of = {entry.text: (entry.tenant, entry.case_id) for entry in facts.entries if not entry.inbound}
    senders = _senders(ledger, facts)
    said = {one.text for one in ledger.replied}
    for seen in facts.visible:
        if seen.text not in said:
            yield Breach(Wrong.FORGED, f"{seen.recipient} saw '{seen.text}', which nobody said")
        elif (case := case_of.get(seen.text)) and seen.recipient not in _reached_at(senders.get(case, ())):
            yield Breach(Wrong.MISDIRECTED, f"'{seen.text}' of case {case[1]} was shown to {seen.recipient}")


def _reached_at(senders: Iterable[Sent]) -> set[str]:
    return {name for one in senders for name in one.reached_at}


def _never_two_owners(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    assignments = [held for held in facts.held if held.kind == "assignment"]
    for (_, case_id), held in _grouped(assignments, lambda one: (one.tenant, one.case_id)).items():
        ordered = sorted(held, key=lambda one: (one.since, one.until is None, one.until))
        for before, after in itertools.pairwise(ordered):
            if before.until is None or before.until > after.since:
                who = f"{before.agent_id} and {after.agent_id}"
                yield Breach(Wrong.DOUBLE_ASSIGNED, f"case {case_id} was assigned to {who} at {after.since}")


def _kept_its_word(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """Who was told that a case is theirs had it; nobody else was told so of the same offer."""
    told = [one for one in ledger.taken if one.outcome is Outcome.OK]
    had = {(one.tenant, one.case_id, one.agent_id) for one in facts.held if one.kind == "assignment"}
    for one in told:
        if (one.tenant, one.case_id, one.agent) not in had:
            yield Breach(Wrong.LOST, f"{one.agent} was told to have case {one.case_id} and never had it")
    for offer, winners in _grouped(told, lambda one: one.offer_id).items():
        if len(agents := {one.agent for one in winners}) > 1:
            yield Breach(Wrong.DOUBLE_ASSIGNED, f"offer {offer} was given to {' and '.join(sorted(agents))}")


def _within_capacity(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """An offer takes room as an assignment does. What ends at an instant makes room for what begins at it."""
    for key, held in _grouped(facts.held, lambda one: (one.tenant, one.agent_id)).items():
        most, at = _peak(held)
        if most > facts.capacity.get(key, 0):
            yield Breach(Wrong.OVER_CAPACITY, f"{key[1]} of {key[0]} held {most} at {at}")


def _peak(held: Iterable[Held]) -> tuple[int, datetime | None]:
    steps = [(one.since, 1) for one in held if one.until != one.since]
    steps += [(one.until, -1) for one in held if one.until is not None and one.until != one.since]
    now, most, at = 0, 0, None
    for instant, step in sorted(steps):
        now += step
        if now > most:
            most, at = now, instant
    return most, at


def _timers(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """Of one clock, each warning and the breach once; no breach before its time; nothing due left undone."""
    begun: Counter[Any] = Counter()
    told: set[Any] = set()
    for line in facts.sla:
        clock = (line.tenant, line.case_id, line.metric)
        if line.type in ("SlaApplied", "SlaRetargeted"):
            begun[clock] += 1
        if line.type not in ("SlaWarned", "SlaBreached"):
            continue
        which = (*clock, begun[clock], line.type, line.warning)
        if which in told:
            yield Breach(Wrong.TIMER, f"{line.type} {line.warning} twice for {line.metric} of case {line.case_id}")
        told.add(which)
        if line.type == "SlaBreached" and line.due_at is not None and line.at < line.due_at:
            yield Breach(Wrong.TIMER, f"{line.metric} of case {line.case_id} breached {line.due_at - line.at} early")
    for name in facts.overdue:
        yield Breach(Wrong.TIMER, f"{name} is due and was not done")


def _promises_told(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """All work is over, so every clock has ended; one that ended after its due instant was told as breached."""
    for (_, case_id, metric), lines in _grouped(facts.sla, lambda one: (one.tenant, one.case_id, one.metric)).items():
        due: datetime | None = None
        running = breached = False
        for line in lines:
            if line.type == "SlaApplied":
                running, breached = True, False
            breached = breached or line.type == "SlaBreached"
            if line.type in ENDED:
                running = False
                if line.type == "SlaFulfilled" and due is not None and line.at > due and not breached:
                    yield Breach(
                        Wrong.TIMER, f"{metric} of case {case_id} ended {line.at - due} late and no breach was told"
                    )
            due = line.due_at
        if running:
            yield Breach(Wrong.TIMER, f"{metric} of case {case_id} runs on, although its work is done")


def _accounted_for(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    """Accepted = history and dead letters; and every poisoned record is among the dead letters, none of them twice."""
    known = {entry.event_id for entry in facts.entries} | set(facts.dead)
    for arrived in facts.arrived:
        if arrived.event_id not in known:
            yield Breach(Wrong.LOST, f"event {arrived.event_id} of {arrived.tenant} arrived and is nowhere")
    for topic in sorted(facts.dead_by_topic.keys() | ledger.poison.keys()):
        dead, poison = facts.dead_by_topic.get(topic, 0), ledger.poison.get(topic, 0)
        if dead < poison:
            yield Breach(Wrong.LOST, f"{topic}: {poison} records were poisoned, {dead} are dead letters")
        if dead > poison:
            yield Breach(Wrong.FORGED, f"{topic}: {dead} dead letters, {poison} records were poisoned")


def _assignments_told(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    kept = {held.id for held in facts.held if held.kind == "assignment"}
    for missing in sorted(kept - facts.assigned_told):
        yield Breach(Wrong.UNTOLD, f"assignment {missing} is on no event")
    for invented in sorted(facts.assigned_told - kept):
        yield Breach(Wrong.UNTOLD, f"assignment {invented} was told and is not in the store")


def _at_rest(ledger: Ledger, facts: Facts) -> Iterator[Breach]:
    for what in facts.left:
        yield Breach(Wrong.UNSETTLED, what)


def _grouped(items: Iterable[Any], key: Callable[[Any], Any]) -> dict[Any, list[Any]]:
    found: dict[Any, list[Any]] = defaultdict(list)
    for item in items:
        found[key(item)].append(item)
    return found


__all__ = ["Breach", "Entry", "Wrong", "check"]
