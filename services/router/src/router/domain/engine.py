"""The router of one routing group: commands and due timers in, events and changed rows out."""

from collections.abc import Callable
from typing import Any

from router.domain import (
    absence,
    agents,
    answers,
    commands,
    conversation,
    facts,
    merging,
    offers,
    reconfiguring,
    sequence,
    supervision,
    transfers,
    work,
)
from router.domain.config import RoutingConfig, require_valid
from router.domain.early import Gap
from router.domain.estimates import WaitView, view_wait
from router.domain.events import Decision, Event, Refusal
from router.domain.explain import ClockView, Explanation, explain, view_clocks
from router.domain.floor import Floor
from router.domain.live import QueueView, view_queues
from router.domain.matching import match
from router.domain.sla_actions import take_actions
from router.domain.state import Changes, State
from router.domain.timers import ShortTimer

Handler = Callable[[Floor, Any], Refusal | None]


HANDLERS: dict[type, Handler] = {
    commands.WorkRequested: work.work_requested,
    commands.CustomerWrote: conversation.customer_wrote,
    commands.AgentReplied: conversation.agent_replied,
    commands.WorkClosed: work.work_closed,
    commands.WorkPaused: answers.work_paused,
    commands.WorkResumed: answers.work_resumed,
    commands.FactsChanged: facts.facts_changed,
    commands.WorkMerged: merging.work_merged,
    commands.ConfigureAgent: agents.configure_agent,
    commands.ChangeAgent: agents.change_agent,
    commands.RemoveAgent: agents.remove_agent,
    commands.SetPresence: agents.set_presence,
    commands.AcceptOffer: offers.accept_offer,
    commands.DeclineOffer: offers.decline_offer,
    commands.EndWrapUp: work.end_wrap_up,
    commands.PickWork: work.pick_work,
    commands.RequeueWork: work.requeue_work,
    commands.TransferWork: transfers.transfer_work,
    commands.ForceAssign: supervision.force_assign,
    commands.StartConsult: supervision.start_consult,
    commands.EndConsult: supervision.end_consult,
    commands.HeartbeatReceived: absence.heartbeat_received,
    commands.SlaTimerDue: answers.sla_timer_due,
    commands.ConfigChanged: reconfiguring.config_changed,
}


def carry_out(floor: Floor, command: Any) -> Refusal | None:
    return HANDLERS[type(command)](floor, command)


TIMERS: dict[ShortTimer, Callable[[Floor, str], None]] = {
    ShortTimer.OFFER: lambda floor, case_id: agents.miss_offer(floor, floor.state.work[case_id]),
    ShortTimer.WRAP_UP: lambda floor, case_id: work.end_wrap_up_of(floor, floor.state.work[case_id]),
    ShortTimer.STEP: lambda floor, case_id: floor.reorder(floor.state.work[case_id]),
    ShortTimer.OVERFLOW: work.overflow_due,
    ShortTimer.PARK: conversation.park,
    ShortTimer.LEASE: absence.lease_ended,
    ShortTimer.GRACE: agents.heartbeat_gone,
    ShortTimer.ABANDON: lambda floor, agent_id: absence.abandoned(floor, agent_id, real_time=True),
    ShortTimer.RETURN: lambda floor, agent_id: absence.abandoned(floor, agent_id, real_time=False),
    ShortTimer.CALENDAR: reconfiguring.calendar_changed,
    ShortTimer.GAP: lambda floor, case_id: sequence.give_up(floor, case_id, carry_out),
}


class Engine:
    """Single-threaded. `now` is milliseconds since the epoch; nothing here knows the time otherwise.

    Time never goes back: while a clock shows less than was decided by already, it stands still.
    """

    def __init__(self, config: RoutingConfig, state: State) -> None:
        require_valid(config)
        self.floor = Floor(config, state)
        self._decided_at = state.latest()
        self._is_new = True

    @property
    def config(self) -> RoutingConfig:
        return self.floor.config

    @property
    def state(self) -> State:
        return self.floor.state

    @property
    def rule_errors(self) -> dict[str, int]:
        """How often each rule or policy condition failed since the start."""
        return self.floor.rule_errors

    def decide(self, command: commands.Command, now: int) -> Decision:
        """Fires what is due, carries out the command, then matches. A refused command changes nothing.

        One whose turn in its case hasn't come waits, and is carried out after the one that it waits for.
        """
        self._begin(now)
        told: Any = commands.not_after(command, self.floor.now)
        is_numbered = getattr(told, "sequence", None) is not None
        refused = sequence.take(self.floor, told, carry_out) if is_numbered else carry_out(self.floor, told)
        return Decision(self._end(), refused)

    def advance(self, now: int) -> tuple[Event, ...]:
        """Does what time alone has made due."""
        self._begin(now)
        return self._end()

    def reconfigure(self, config: RoutingConfig, now: int) -> Decision:
        """Raises RoutingConfigError, and then nothing has changed, time neither."""
        require_valid(config)
        return self.decide(commands.ConfigChanged(config), now)

    def next_due(self) -> int | None:
        """When `advance` should be called next; SLA timers are not among these."""
        return self.floor.next_due()

    def take_changes(self, counters: bool = True) -> Changes:
        """The rows changed since the last call. Counters are few and change with nearly every decision: they may wait."""
        return self.floor.changes.take(self.state, counters)

    def take_gaps(self) -> list[Gap]:
        """What was given up since the last call."""
        gaps, self.floor.gaps = self.floor.gaps, []
        return gaps

    def explain(self, case_id: str, now: int) -> Explanation | Refusal:
        self._look_at(now)
        return explain(self.floor, case_id)

    def queue_view(self, now: int) -> list[QueueView]:
        self._look_at(now)
        return view_queues(self.floor)

    def wait_view(self, case_id: str, now: int) -> WaitView | Refusal:
        self._look_at(now)
        return view_wait(self.floor, case_id)

    def clock_view(self, case_id: str, now: int) -> tuple[ClockView, ...] | Refusal:
        self._look_at(now)
        return view_clocks(self.floor, case_id)

    def state_hash(self) -> str:
        return self.state.hash()

    def _look_at(self, now: int) -> None:
        """A reader's clock may be ahead of the one by which is decided, and must not move that."""
        self.floor.now = max(now, self._decided_at)

    def _begin(self, now: int) -> None:
        floor = self.floor
        if now > self._decided_at:
            self._decided_at = now
        floor.now, floor.events = self._decided_at, []
        if self._is_new:
            reconfiguring.apply_configuration(floor, floor.config)
            self._is_new = False
        if floor.timers.first <= floor.now:
            self._fire_due()

    def _fire_due(self) -> None:
        floor = self.floor
        while (due := floor.timers.pop_due(floor.now)) is not None:
            kind, name = due
            TIMERS[kind](floor, name)

    def _end(self) -> tuple[Event, ...]:
        """A new configuration may have made something due at once."""
        floor = self.floor
        if floor.sla_reached:
            take_actions(floor)
        if floor.timers.first <= floor.now:
            self._fire_due()
        match(floor)
        return tuple(floor.events)
