"""The state machine of a conversation, played by chance: one owner, no version answered twice, no word lost."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from uuid import UUID

from hypothesis import given, settings
from hypothesis import strategies as st

from case_store.domain import handling as h
from case_store.domain.bot_triggers import Limits, Signals, asks_for_person, gives_up
from case_store.domain.handling import Handling, HandlingState, Patience, Why

START = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
CASE, ANSWER = UUID(int=1), UUID(int=2)
PATIENCE = Patience(timedelta(seconds=30), timedelta(minutes=2))
IDLE = timedelta(minutes=10)


@dataclass
class Play:
    """`waiting`: the customer's oldest words that nobody answered; `seen` are versions that slow bots still hold."""

    held: Handling
    now: datetime = START
    waiting: datetime | None = None
    seen: list[int] = field(default_factory=list)
    accepted: list[int] = field(default_factory=list)

    def step(self, does: str, pick: int) -> None:
        self.now += timedelta(seconds=pick % 47)
        before = self.held
        getattr(self, does)(pick)
        self.check(before)

    def customer(self, _: int) -> None:
        if self.held.state is HandlingState.CLOSED:
            self.held = h.given_back(self.held, "faq", PATIENCE, Why.REOPENED, self.now)
        speaks = h.asked(self.held, PATIENCE, self.now) if self.held.is_bots else h.wrote_to_people(self.held, self.now)
        self.held = speaks
        self.waiting = self.waiting or self.now

    def look(self, _: int) -> None:
        self.seen.append(self.held.version)

    def bot(self, pick: int) -> None:
        """Some worker of the bot answers what it saw, however long ago."""
        if not self.seen:
            return
        version = self.seen[pick % len(self.seen)]
        if self.held.is_bots and version == self.held.version:
            self.held = h.answered(self.held, ANSWER, self.now, failed=pick % 5 == 0)
            self.accepted.append(version)
            self.waiting = None

    def renew(self, _: int) -> None:
        if self.held.is_bots:
            self.held = h.renewed(self.held, PATIENCE, self.now)
            if self.held.lease_until is not None and self.waiting is not None:
                assert self.held.lease_until <= self.waiting + PATIENCE.answer_within

    def hand_over(self, _: int) -> None:
        if self.held.is_bots:
            self.held = h.queued(self.held, Why.BOT_ASKED, self.now)

    def agent(self, pick: int) -> None:
        if self.held.state is not HandlingState.CLOSED:
            spoken = h.taken(self.held, f"agent-{pick % 3}", Why.AGENT_WROTE, self.now)
            self.held = h.answered_by_people(spoken, self.now, IDLE)
            self.waiting = None

    def back(self, _: int) -> None:
        if self.held.state is HandlingState.AGENT:
            self.held = h.given_back(self.held, "faq", PATIENCE, Why.TAKEN_BACK, self.now)

    def clock(self, _: int) -> None:
        if self.held.is_bots and self.held.lease_until is not None and self.held.lease_until <= self.now:
            self.held = h.queued(self.held, Why.LEASE_EXPIRED, self.now)

    def end(self, _: int) -> None:
        if self.held.state is not HandlingState.CLOSED:
            self.held = h.closed(self.held, Why.RESOLVED, self.now)
            self.waiting = None

    def check(self, before: Handling) -> None:
        held = self.held
        changed_hands = held.state is not before.state
        assert held.version >= before.version
        assert held.version > before.version or not changed_hands
        assert (held.agent_id is not None) == (held.state is HandlingState.AGENT)
        assert held.unanswered_since == self.waiting
        assert (held.lease_until is not None) == (held.is_bots and self.waiting is not None)
        assert held.idle_at is None or (held.state is HandlingState.AGENT and self.waiting is None)
        assert len(self.accepted) == len(set(self.accepted))


STEPS = ("customer", "look", "bot", "bot", "renew", "hand_over", "agent", "back", "clock", "end")


@given(st.lists(st.tuples(st.sampled_from(STEPS), st.integers(0, 10_000)), max_size=60))
@settings(max_examples=400, deadline=None)
def test_one_owner_no_word_lost_and_no_version_answered_twice(script: list[tuple[str, int]]) -> None:
    play = Play(h.begun(CASE, "faq", START))
    for does, pick in script:
        play.step(does, pick)


def test_the_lease_is_of_the_oldest_words_without_an_answer() -> None:
    first = h.asked(h.begun(CASE, "faq", START), PATIENCE, START)
    second = h.asked(first, PATIENCE, START + timedelta(seconds=20))
    assert (second.lease_until, second.version) == (START + timedelta(seconds=30), first.version + 1)


def test_a_bot_that_gets_a_conversation_back_says_anew_what_it_is() -> None:
    told = h.disclosed(h.begun(CASE, "faq", START), UUID(int=7))
    spoken = h.taken(told, "aiko", Why.AGENT_WROTE, START)
    assert h.given_back(spoken, "faq", PATIENCE, Why.TAKEN_BACK, START).disclosed == ()


def test_words_that_ask_for_a_person_end_where_words_end() -> None:
    words = ("担当者", "agent", "live person")
    for text in ("担当者につないで", "AGENT!", "ａｇｅｎｔ", "agentお願い", "a live person please"):
        assert asks_for_person((text, None), words), text
    for text in ("agenda", "reagent", "担当", "", "alive personally"):
        assert not asks_for_person((text, None), words), text
    assert asks_for_person((None, "agent"), words)
    assert not asks_for_person(("agent",), ())


def test_what_a_bot_tells_of_itself_is_measured_in_one_order() -> None:
    limits = Limits(failures=2, confidence_below=0.5, sentiment_below=-0.5)
    assert gives_up(Signals(0.5, -0.5), limits, 0) is None
    assert gives_up(Signals(0.49), limits, 0) is Why.LOW_CONFIDENCE
    assert gives_up(Signals(0.1, -0.6), limits, 0) is Why.SENTIMENT
    assert gives_up(Signals(failed=True), limits, 0) is None
    assert gives_up(Signals(failed=True), limits, 1) is Why.FAILURES
    assert gives_up(Signals(0.0, -1.0, failed=True), Limits(), 99) is None
