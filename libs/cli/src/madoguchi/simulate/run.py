"""Made-up work under a configuration: customers arrive, wait as long as they have patience, and are served."""

from collections.abc import Iterable, Sequence
from functools import partial

from madoguchi.simulate.arrivals import HOUR_MS, MILLISECONDS, Arrival, draw
from madoguchi.simulate.load import Load
from madoguchi.simulate.player import Player
from madoguchi.simulate.tally import Tally
from router.domain import commands, events
from router.domain.config import RoutingConfig
from router.domain.model import ChannelClass

START = 1_767_571_200_000  # Monday, 5 January 2026, 00:00 UTC
LONGEST_DRAIN_MS = 30 * 24 * HOUR_MS


def simulate(config: RoutingConfig, agents: Sequence[commands.ConfigureAgent], load: Load, seed: int) -> Tally:
    """Ends when all work is done, or when only work is left that nobody can take."""
    run = _Run(config, load)
    run.open(list(agents) if not load.teams else list(team_agents(load)), draw(load, seed, START))
    run.player.until(run.tally.until + LONGEST_DRAIN_MS, only_while_work=True)
    run.tally.rule_errors = run.player.engine.rule_errors
    return run.tally


def team_agents(load: Load) -> Iterable[commands.ConfigureAgent]:
    for team in load.teams:
        capacity = {ChannelClass(name): units for name, units in team.capacity.items()}
        for number in range(1, team.count + 1):
            name = f"{team.name}-{number:04}"
            yield commands.ConfigureAgent(name, name, team.queues, dict(team.skills), capacity)


class _Run:
    def __init__(self, config: RoutingConfig, load: Load) -> None:
        counted_from = START + round(load.warm_up.total_seconds() * MILLISECONDS)
        self.tally = Tally(config, counted_from, START + round(load.lasts.total_seconds() * MILLISECONDS))
        self.player = Player(config, START, self._hear)
        self._arrivals: dict[str, Arrival] = {}
        self._accept_ms = round(load.accept_after.total_seconds() * MILLISECONDS)
        self._reply_ms = round(load.first_reply_after.total_seconds() * MILLISECONDS)

    def open(self, people: Sequence[commands.ConfigureAgent], arrivals: Sequence[Arrival]) -> None:
        for agent in people:
            self.player.do(agent)
            self.player.do(commands.SetPresence(agent.agent_id, "available"))
        for arrival in arrivals:
            self._arrivals[arrival.case_id] = arrival
            self.player.at(arrival.at, partial(self._arrive, arrival))

    def _hear(self, event: events.Event) -> None:
        self.tally.note(event, event.at)
        if isinstance(event, events.WorkOffered):
            accept = commands.AcceptOffer(event.case_id, event.offer_id, event.agent_id)
            self.player.at(event.at + self._accept_ms, partial(self.player.do, accept))
        elif isinstance(event, events.WorkAssigned):
            self._handle(event)

    def _arrive(self, arrival: Arrival) -> None:
        stream = arrival.stream
        self.tally.asked(arrival.case_id, arrival.at)
        self.player.do(
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
            self.player.at(arrival.at + arrival.patience_ms, partial(self._abandon, arrival.case_id))

    def _abandon(self, case_id: str) -> None:
        """Who is with an agent has patience."""
        item = self.player.engine.state.work.get(case_id)
        if item is not None and item.assignments_made == 0:
            self.player.do(commands.WorkClosed(case_id, "abandoned", self.player.now))

    def _handle(self, assigned: events.WorkAssigned) -> None:
        handle_ms = self._arrivals[assigned.case_id].handle_ms
        reply_at = assigned.at + min(self._reply_ms, handle_ms)
        if self.player.engine.config.sla_policies:
            reply = commands.AgentReplied(assigned.case_id, "reply", reply_at, assigned.agent_id)
            self.player.at(reply_at, partial(self.player.do, reply))
        self.player.at(assigned.at + handle_ms, partial(self._finish, assigned))

    def _finish(self, assigned: events.WorkAssigned) -> None:
        """Work that left the agent meanwhile is finished by the next one."""
        item = self.player.engine.state.work.get(assigned.case_id)
        if item is not None and item.assignment is not None and item.assignment.assignment_id == assigned.assignment_id:
            self.player.do(commands.WorkClosed(assigned.case_id, "resolved", self.player.now))
