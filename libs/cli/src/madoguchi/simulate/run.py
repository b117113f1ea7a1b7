"""Drives the router's engine through a load: what happens next happens at once, nothing sleeps."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from heapq import heappop, heappush

from madoguchi.simulate.arrivals import HOUR_MS, MILLISECONDS, Arrival, draw
from madoguchi.simulate.load import Load
from madoguchi.simulate.tally import Tally
from router.domain import commands, events
from router.domain.config import RoutingConfig
from router.domain.engine import Engine
from router.domain.model import ChannelClass
from router.domain.state import State

START = 1_767_571_200_000  # Monday, 5 January 2026, 00:00 UTC
LONGEST_DRAIN_MS = 30 * 24 * HOUR_MS

Step = Callable[[], None]


def simulate(config: RoutingConfig, agents: Sequence[commands.ConfigureAgent], load: Load, seed: int) -> Tally:
    """Ends when all work is done, or when only work is left that nobody can take."""
    start = START
    people = list(agents) if not load.teams else list(team_agents(load))
    run = _Run(config, load, start, people)
    run.open(people, draw(load, seed, start))
    run.until(start + round(load.lasts.total_seconds() * MILLISECONDS) + LONGEST_DRAIN_MS)
    return run.tally


def team_agents(load: Load) -> Iterable[commands.ConfigureAgent]:
    for team in load.teams:
        capacity = {ChannelClass(name): units for name, units in team.capacity.items()}
        for number in range(1, team.count + 1):
            name = f"{team.name}-{number:04}"
            yield commands.ConfigureAgent(name, name, team.queues, dict(team.skills), capacity)


class _Run:
    def __init__(
        self, config: RoutingConfig, load: Load, start: int, people: Sequence[commands.ConfigureAgent]
    ) -> None:
        counted_from = start + round(load.warm_up.total_seconds() * MILLISECONDS)
        until = start + round(load.lasts.total_seconds() * MILLISECONDS)
        self.tally = Tally(config, people, counted_from, until)
        self._engine = Engine(config, State())
        self._now = start
        self._agenda: list[tuple[int, int, Step]] = []
        self._count = 0
        self._arrivals: dict[str, Arrival] = {}
        self._accept_ms = round(load.accept_after.total_seconds() * MILLISECONDS)
        self._reply_ms = round(load.first_reply_after.total_seconds() * MILLISECONDS)

    def open(self, people: Sequence[commands.ConfigureAgent], arrivals: Sequence[Arrival]) -> None:
        for agent in people:
            self._do(agent)
            self._do(commands.SetPresence(agent.agent_id, "available"))
        for arrival in arrivals:
            self._arrivals[arrival.case_id] = arrival
            self._at(arrival.at, partial(self._arrive, arrival))

    def until(self, end: int) -> None:
        while (due := self._next()) is not None and due <= end:
            self._now = max(self._now, due)
            if self._agenda and self._agenda[0][0] <= due:
                heappop(self._agenda)[2]()
            else:
                self._follow(self._engine.advance(self._now))

    def _next(self) -> int | None:
        """A recurring timer, as a calendar's opening, must not keep a finished run alive."""
        due = self._engine.next_due() if self._engine.state.work else None
        agenda = self._agenda[0][0] if self._agenda else None
        return min((each for each in (due, agenda) if each is not None), default=None)

    def _at(self, at: int, step: Step) -> None:
        self._count += 1
        heappush(self._agenda, (at, self._count, step))

    def _do(self, command: commands.Command) -> None:
        self._follow(self._engine.decide(command, self._now).events)

    def _follow(self, told: Iterable[events.Event]) -> None:
        for event in told:
            self.tally.note(event)
            if isinstance(event, events.WorkOffered):
                accept = commands.AcceptOffer(event.case_id, event.offer_id, event.agent_id)
                self._at(self._now + self._accept_ms, partial(self._do, accept))
            elif isinstance(event, events.WorkAssigned):
                self._handle(event)
        for timer in self._engine.take_changes().timers_armed:
            due = commands.SlaTimerDue(timer.case_id, timer.metric, timer.kind, timer.version)
            self._at(timer.due_at, partial(self._do, due))

    def _arrive(self, arrival: Arrival) -> None:
        stream = arrival.stream
        self.tally.arrived(arrival)
        self._do(
            commands.WorkRequested(
                arrival.case_id,
                arrival.at,
                stream.channel,
                ChannelClass(stream.channel_class),
                {"message": {}, "customer": {}, "case": {}, **stream.attributes},
                priority=stream.priority,
                queue=stream.queue,
            )
        )
        if arrival.patience_ms is not None:
            self._at(arrival.at + arrival.patience_ms, partial(self._abandon, arrival.case_id))

    def _abandon(self, case_id: str) -> None:
        """Who is with an agent has patience."""
        item = self._engine.state.work.get(case_id)
        if item is not None and item.assignments_made == 0:
            self.tally.abandoned(case_id, self._now)
            self._do(commands.WorkClosed(case_id, "abandoned", self._now))

    def _handle(self, assigned: events.WorkAssigned) -> None:
        handle_ms = self._arrivals[assigned.case_id].handle_ms
        reply_at = self._now + min(self._reply_ms, handle_ms)
        if self._engine.config.sla_policies:
            reply = commands.AgentReplied(assigned.case_id, "reply", reply_at, assigned.agent_id)
            self._at(reply_at, partial(self._do, reply))
        self._at(self._now + handle_ms, partial(self._finish, assigned))

    def _finish(self, assigned: events.WorkAssigned) -> None:
        """Work that left the agent meanwhile is finished by the next one."""
        item = self._engine.state.work.get(assigned.case_id)
        if item is not None and item.assignment is not None and item.assignment.assignment_id == assigned.assignment_id:
            self._do(commands.WorkClosed(assigned.case_id, "resolved", self._now))
