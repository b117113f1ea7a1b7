from collections.abc import Mapping
from typing import Any, TypeVar

import pytest

from router.domain.commands import AcceptOffer, Command, ConfigureAgent, DeclineOffer, SetPresence, WorkRequested
from router.domain.config import QueueConfig, RoutingConfig
from router.domain.engine import Engine
from router.domain.events import Decision, Event, WorkAssigned, WorkOffered
from router.domain.invariants import check
from router.domain.model import ChannelClass, SkillNeed
from router.domain.state import State

E = TypeVar("E")


class Desk:
    """An engine with a hand-moved clock; keeps all events and checks the invariants after every command."""

    def __init__(self, *queues: QueueConfig, **changes: Any) -> None:
        self.config = self.configured(*queues, **changes)
        self.engine = Engine(self.config, State())
        self.now = 1_790_000_000_000
        self.events: list[Event] = []

    @staticmethod
    def configured(*queues: QueueConfig, **changes: Any) -> RoutingConfig:
        named = {queue.name: queue for queue in queues or (QueueConfig("support"),)}
        return RoutingConfig(**{"revision": 1, "queues": named, "default_queue": next(iter(named)), **changes})

    def do(self, command: Command) -> Decision:
        decision = self.engine.decide(command, self.now)
        self.events += decision.events
        assert check(self.engine, self.now) == []
        return decision

    def after(self, ms: int) -> tuple[Event, ...]:
        self.now += ms
        events = self.engine.advance(self.now)
        self.events += events
        assert check(self.engine, self.now) == []
        return events

    def agent(
        self,
        agent_id: str,
        queues: tuple[str, ...] = ("support",),
        skills: Mapping[str, int] | None = None,
        room: int = 1,
        presence: str = "available",
    ) -> None:
        self.do(ConfigureAgent(agent_id, agent_id.title(), queues, skills or {}, {ChannelClass.MESSAGING: room}))
        if presence != "offline":
            self.do(SetPresence(agent_id, presence))

    def work(self, case_id: str, *needs: tuple[str, int], **changes: Any) -> Decision:
        skills = tuple(SkillNeed(name, level) for name, level in needs) if needs else None
        fields = {"requested_at": self.now, "channel": "line", "channel_class": ChannelClass.MESSAGING, **changes}
        return self.do(WorkRequested(case_id, skills=skills, **fields))

    def presence(self, agent_id: str, presence: str) -> Decision:
        return self.do(SetPresence(agent_id, presence))

    def offer_of(self, case_id: str) -> WorkOffered:
        return [offer for offer in self.seen(WorkOffered) if offer.case_id == case_id][-1]

    def accept(self, case_id: str) -> Decision:
        offer = self.offer_of(case_id)
        return self.do(AcceptOffer(case_id, offer.offer_id, offer.agent_id))

    def decline(self, case_id: str) -> Decision:
        offer = self.offer_of(case_id)
        return self.do(DeclineOffer(case_id, offer.offer_id, offer.agent_id))

    def seen(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def holder(self, case_id: str) -> str | None:
        return self.engine.state.work[case_id].agent_id

    def offered(self) -> list[tuple[str, str]]:
        return [(event.case_id, event.agent_id) for event in self.seen(WorkOffered)]

    def assigned(self) -> list[tuple[str, str]]:
        return [(event.case_id, event.agent_id) for event in self.seen(WorkAssigned)]


@pytest.fixture
def open_desk() -> type[Desk]:
    return Desk
