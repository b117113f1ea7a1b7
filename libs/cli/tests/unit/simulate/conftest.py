"""A past to replay: a day of a small contact centre, by chance, recorded as the topics would have it."""

from collections import Counter
from collections.abc import Callable
from functools import partial
from random import Random
from typing import Any
from uuid import UUID, uuid5

import pytest

from contracts import routing
from contracts.base import Contract
from contracts.envelope import Envelope
from contracts.values import Author, AuthorKind, CaseFacts, ContentKind, CustomerFacts, MessageFacts
from madoguchi.simulate.player import Player
from madoguchi.simulate.read import House
from madoguchi.simulate.replay.recording import Recording, recording_of
from router.domain import events
from router.domain.commands import ConfigureAgent
from router.domain.config import QueueConfig, RoutingConfig, Rule, SlaMetric, SlaPolicy
from router.domain.model import ChannelClass, MetricName, Presence
from router.domain.policies import Overflow, OverflowAction, OverflowAfter, WrapUp
from router.domain.requirements import SkillNeed
from router.handlers.instants import instant
from router.handlers.read_command import read_command
from router.handlers.tell_event import tell_event

NAMESPACE = UUID("6b1f0f4e-0000-4000-8000-000000000000")
BEGIN = 1_767_600_000_000
SECOND, MINUTE, HOUR = 1_000, 60_000, 3_600_000
AGENTS = ("aiko", "ben", "chihiro", "dai")


def is_about(word: str) -> Callable[[Any], bool]:
    return lambda context: word in str(context["message"].get("text"))


def config(**changes: Any) -> RoutingConfig:
    overflow = (OverflowAfter(6 * MINUTE, Overflow(OverflowAction.QUEUE, "general")),)
    queues = {
        "refunds": QueueConfig("refunds", 2, overflow_after=overflow, wrap_up_ms=20 * SECOND),
        "general": QueueConfig("general", presence_on_missed_offer=Presence.AWAY, wrap_up=WrapUp.UNTIL_ENDED),
    }
    english = (SkillNeed("english", 3),)
    metrics = (SlaMetric(MetricName.FIRST_RESPONSE, 3 * MINUTE), SlaMetric(MetricName.RESOLUTION, 20 * MINUTE))
    fields: dict[str, Any] = {
        "revision": 1,
        "queues": queues,
        "default_queue": "general",
        "rules": (Rule("english", is_about("refund"), queue="refunds", skills=english),),
        "sla_policies": (SlaPolicy("all", 1, metrics),),
    }
    return RoutingConfig(**(fields | changes))


def agents(**skilled: int) -> tuple[ConfigureAgent, ...]:
    english = {"aiko": 5, "ben": 4} | skilled
    return tuple(
        ConfigureAgent(
            name,
            name,
            ("refunds", "general"),
            {"english": english[name]} if name in english else {},
            {ChannelClass.MESSAGING: 2},
        )
        for name in (*AGENTS, *sorted(skilled.keys() - set(AGENTS)))
    )


def house(name: str = "in force", people: tuple[ConfigureAgent, ...] = (), **changes: Any) -> House:
    return House(name, config(**changes), people or agents(), "acme", {})


class Past:
    """People behave by chance, but only as they see the router's events, like real ones."""

    def __init__(self, seed: int, hours: float = 4, per_hour: int = 45, overtaking: bool = False) -> None:
        self._overtaking = overtaking
        self._said: Counter[UUID] = Counter()
        self._overtaken: dict[UUID, Contract] = {}
        self.dice = Random(seed)
        self.envelopes: list[Envelope] = []
        self.house = house()
        self.end = BEGIN + round(hours * HOUR)
        self._player = Player(self.house.config, BEGIN, self._hear)
        self._cause: UUID | None = None
        self._count = 0
        for agent in self.house.agents:
            self._player.do(agent)
        for name in AGENTS:
            self._soon(self.dice.randrange(MINUTE), partial(self._presence, name, "available"))
        self._soon(0, partial(self._arrives, HOUR // per_hour))
        self._soon(2 * HOUR, partial(self._presence, "dai", "offline"))
        self._player.until(self.end)

    def recording(self, counted_from: int | None = None) -> Recording:
        return recording_of(self.envelopes, "acme", counted_from, self.end)

    def _id(self) -> UUID:
        self._count += 1
        return uuid5(NAMESPACE, str(self._count))

    def _soon(self, after: int, step: Callable[[], object]) -> None:
        self._player.at(self._player.now + after, step)

    def _some(self, mean: int) -> int:
        return 1 + round(self.dice.expovariate(1 / mean))

    def do(self, data: Contract) -> None:
        """What the case store says may be overtaken by what it says next about the case."""
        if not isinstance(data, routing.CaseCommand):
            self._log(data)
            return
        case_id = data.case.id if isinstance(data, routing.WorkRequested) else data.case_id
        self._said[case_id] += 1
        said = data.model_copy(update={"sequence": self._said[case_id]})
        if self._overtaking and case_id not in self._overtaken and self.dice.random() < 0.3:
            self._overtaken[case_id] = said
            self._soon(15 * SECOND, partial(self._comes, case_id))
            return
        self._log(said)
        self._comes(case_id)

    def _comes(self, case_id: UUID) -> None:
        late = self._overtaken.pop(case_id, None)
        if late is not None:
            self._log(late)

    def _log(self, data: Contract) -> None:
        """A little older than when the router deals with it."""
        self._cause = self._id()
        self.envelopes.append(
            Envelope(self._cause, "acme", "past", instant(self._player.now - self.dice.randrange(40)), data)
        )
        command = read_command(data, {})
        assert command is not None
        self._player.do(command)
        self._cause = None

    def _hear(self, event: events.Event) -> None:
        telling = tell_event(event)
        if telling is not None:
            told = telling.kind.model_validate(telling.data)
            self.envelopes.append(
                Envelope(self._id(), "acme", "router", instant(self._player.now), told, causation_id=self._cause)
            )
        match event:
            case events.WorkOffered():
                self._answers(event)
            case events.WorkAssigned():
                self._handles(event)
            case events.WrapUpStarted():
                self._wraps_up(event)
            case events.PresenceChanged(source="missed_offers"):
                self._soon(self._some(MINUTE), partial(self._presence, event.agent_id, "available"))

    def _presence(self, name: str, presence: str) -> None:
        self.do(routing.SetPresence(agent_id=name, presence=routing.Presence(presence)))

    def _arrives(self, mean: int) -> None:
        self._soon(self._some(mean), partial(self._arrives, mean))
        case_id = self._id()
        self._asks(case_id, reopened=False)
        if self.dice.random() < 0.3:
            self._soon(self._some(20 * SECOND), partial(self._writes, case_id))
        self._soon(self._some(12 * MINUTE), partial(self._gives_up, str(case_id)))

    def _asks(self, case_id: UUID, reopened: bool) -> None:
        now = instant(self._player.now)
        said = self._message(self.dice.choice(("hello", "refund please")))
        case = CaseFacts(id=case_id, opened_at=now, reopened=reopened)
        self.do(routing.WorkRequested(case=case, customer=CustomerFacts(id=self._id()), message=said, requested_at=now))

    def _message(self, text: str) -> MessageFacts:
        return MessageFacts(id=self._id(), channel="line", account="line-main", kind=ContentKind.TEXT, text=text)

    def _writes(self, case_id: UUID) -> None:
        self.do(routing.CustomerWrote(case_id=case_id, message=self._message("?"), wrote_at=instant(self._player.now)))

    def _gives_up(self, case_id: str) -> None:
        item = self._player.engine.state.work.get(case_id)
        if item is not None and item.assignments_made == 0:
            self._closes(case_id, AuthorKind.CUSTOMER)

    def _closes(self, case_id: str, by: AuthorKind) -> None:
        now = instant(self._player.now)
        self.do(routing.WorkClosed(case_id=UUID(case_id), reason="over", by=Author(kind=by, id="x"), closed_at=now))

    def _answers(self, event: events.WorkOffered) -> None:
        case_id, offer_id = UUID(event.case_id), UUID(event.offer_id)
        fields = {"case_id": case_id, "offer_id": offer_id, "agent_id": event.agent_id}
        kind = self.dice.choices(("accept", "decline", "miss"), (80, 12, 8))[0]
        after = self._some(8 * SECOND)
        if kind == "accept":
            self._soon(after, lambda: self.do(routing.AcceptOffer(**fields)))
        elif kind == "decline":
            self._soon(after, lambda: self.do(routing.DeclineOffer(**fields, reason="busy")))

    def _handles(self, event: events.WorkAssigned) -> None:
        case_id = UUID(event.case_id)
        self._soon(self._some(40 * SECOND), partial(self._while_assigned, event, partial(self._replies, event)))
        if self.dice.random() < 0.4:
            self._soon(self._some(MINUTE), partial(self._while_assigned, event, partial(self._writes, case_id)))
        self._soon(self._some(5 * MINUTE), partial(self._while_assigned, event, partial(self._ends, event)))

    def _while_assigned(self, event: events.WorkAssigned, step: Callable[[], None]) -> None:
        item = self._player.engine.state.work.get(event.case_id)
        if item is not None and item.assignment is not None and item.assignment.assignment_id == event.assignment_id:
            step()

    def _replies(self, event: events.WorkAssigned) -> None:
        author = Author(kind=AuthorKind.AGENT, id=event.agent_id)
        now, id = instant(self._player.now), self._id()
        self.do(routing.AgentReplied(case_id=UUID(event.case_id), message_id=id, author=author, replied_at=now))

    def _ends(self, event: events.WorkAssigned) -> None:
        case_id, chance = UUID(event.case_id), self.dice.random()
        if chance < 0.08:
            to = "general" if event.queue == "refunds" else "refunds"
            self.do(routing.TransferWork(case_id=case_id, by=event.agent_id, to_queue=to))
        elif chance < 0.14:
            self.do(routing.RequeueWork(case_id=case_id, agent_id=event.agent_id))
        else:
            self._closes(event.case_id, AuthorKind.AGENT)
            if chance > 0.9:
                self._soon(self._some(10 * MINUTE), lambda: self._asks(case_id, reopened=True))

    def _wraps_up(self, event: events.WrapUpStarted) -> None:
        if self.dice.random() < 0.9:
            ended = routing.EndWrapUp(case_id=UUID(event.case_id), agent_id=event.agent_id)
            self._soon(self._some(15 * SECOND), lambda: self.do(ended))


@pytest.fixture
def past() -> type[Past]:
    return Past


@pytest.fixture
def in_force() -> Callable[..., House]:
    """The past's configuration, or one that differs in what is named."""
    return house


@pytest.fixture
def staff() -> Callable[..., tuple[ConfigureAgent, ...]]:
    return agents
