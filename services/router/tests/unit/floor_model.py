"""Short ways to say what the domain tests say often."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from router.domain.commands import AcceptOffer, Command, ConfigureAgent, SetPresence, WorkRequested
from router.domain.config import QueueConfig, RoutingConfig
from router.domain.engine import Engine
from router.domain.events import Decision, Event, WorkAssigned, WorkOffered
from router.domain.model import ChannelClass, QueueMode, SkillNeed
from router.domain.state import State

T0 = 1_790_000_000_000
SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE

E = TypeVar("E")


def queue(name: str = "support", mode: QueueMode = QueueMode.OFFER, **changes: Any) -> QueueConfig:
    return QueueConfig(name, mode=mode, **changes)


def config(*queues: QueueConfig, **changes: Any) -> RoutingConfig:
    named = {q.name: q for q in queues or (queue(),)}
    return RoutingConfig(**{"revision": 1, "queues": named, "default_queue": next(iter(named)), **changes})


def of_type(events: Iterable[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


class Desk:
    """An engine with a hand-moved clock that keeps all events."""

    def __init__(self, *queues: QueueConfig, **changes: Any) -> None:
        self.engine = Engine(config(*queues, **changes), State())
        self.now = T0
        self.events: list[Event] = []

    def do(self, command: Command) -> Decision:
        decision = self.engine.decide(command, self.now)
        self.events += decision.events
        return decision

    def after(self, ms: int) -> tuple[Event, ...]:
        self.now += ms
        events = self.engine.advance(self.now)
        self.events += events
        return events

    def agent(
        self,
        agent_id: str,
        queues: tuple[str, ...] = ("support",),
        skills: Mapping[str, int] | None = None,
        room: int = 1,
        presence: str = "available",
    ) -> None:
        capacity = {ChannelClass.MESSAGING: room}
        self.do(ConfigureAgent(agent_id, agent_id.title(), queues, skills or {}, capacity))
        if presence != "offline":
            self.do(SetPresence(agent_id, presence))

    def work(self, case_id: str, *needs: tuple[str, int], **changes: Any) -> Decision:
        skills = tuple(SkillNeed(name, level) for name, level in needs) if needs else None
        fields = {"requested_at": self.now, "channel": "line", "channel_class": ChannelClass.MESSAGING, **changes}
        return self.do(WorkRequested(case_id, skills=skills, **fields))

    def offer_of(self, case_id: str) -> WorkOffered:
        return [event for event in of_type(self.events, WorkOffered) if event.case_id == case_id][-1]

    def accept(self, case_id: str) -> Decision:
        offer = self.offer_of(case_id)
        return self.do(AcceptOffer(case_id, offer.offer_id, offer.agent_id))

    def holder(self, case_id: str) -> str | None:
        return self.engine.state.work[case_id].agent_id

    def assigned(self) -> list[tuple[str, str]]:
        return [(event.case_id, event.agent_id) for event in of_type(self.events, WorkAssigned)]
