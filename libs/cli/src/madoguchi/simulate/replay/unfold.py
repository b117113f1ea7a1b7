"""From a recording to the lives of its cases."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from contracts import routing
from contracts.base import Contract
from madoguchi.simulate.replay.lives import Act, Answer, Early, Life
from madoguchi.simulate.replay.recording import Moment, Recording
from router.domain.early import unnumbered
from router.handlers.read_command import read_command

TOLD_IF_DONE: Final = (
    routing.PickWork,
    routing.RequeueWork,
    routing.TransferWork,
    routing.ForceAssign,
    routing.StartConsult,
    routing.EndConsult,
)
"""Without an event these were refused."""
OF_AGENTS: Final = (
    routing.ConfigureAgent,
    routing.ChangeAgent,
    routing.RemoveAgent,
    routing.SetPresence,
    routing.HeartbeatReceived,
)
_ANSWERS: Final = (routing.AcceptOffer, routing.DeclineOffer, routing.EndWrapUp)


@dataclass(slots=True)
class Story:
    """`returns` is how long agents stayed away who had missed an offer. `left_out` says what the replay can't know."""

    lives: list[Life] = field(default_factory=list)
    agents: list[Moment] = field(default_factory=list)
    returns: list[int] = field(default_factory=list)
    left_out: Counter[str] = field(default_factory=Counter)
    unknown_cases: set[str] = field(default_factory=set)


def unfold(recording: Recording) -> Story:
    story, cases, away = Story(), dict[str, _Case](), dict[str, int]()
    for moment in recording.moments:
        data: Any = moment.data
        case_id = _case_of(data)
        if case_id is not None:
            cases.setdefault(case_id, _Case(case_id, story)).take(moment)
        elif isinstance(data, OF_AGENTS):
            story.agents.append(moment)
        elif isinstance(data, routing.PresenceChanged):
            _presence(story, away, data, moment.at)
    for case in cases.values():
        case.end(recording.until)
    story.lives.sort(key=lambda life: (life.asked_at, life.index))
    if story.unknown_cases:
        story.left_out["cases that were asked for before the recording begins"] = len(story.unknown_cases)
    return story


def _case_of(data: Any) -> str | None:
    if isinstance(data, routing.WorkRequested | routing.CaseFactsChanged):
        return str(data.case.id)
    found = getattr(data, "case_id", None)
    return None if found is None else str(found)


def _presence(story: Story, away: dict[str, int], data: routing.PresenceChanged, at: int) -> None:
    since = away.pop(data.agent_id, None)
    if data.source == "missed_offers":
        away[data.agent_id] = at
    elif since is not None and data.presence is routing.Presence.AVAILABLE:
        story.returns.append(at - since)


class _Case:
    """Follows one case through all its lives."""

    def __init__(self, case_id: str, story: Story) -> None:
        self._case_id = case_id
        self._story = story
        self._life: Life | None = None
        self._count = 0
        self._held_since: int | None = None
        self._free_since = 0
        self._wrapping_since: int | None = None
        self._offer: tuple[str, int] | None = None
        self._ended_wrap_up = False

    def take(self, moment: Moment) -> None:
        if isinstance(moment.data, routing.WorkRequested):
            self._asked(moment.data, moment)
        elif self._life is None:
            self._story.unknown_cases.add(self._case_id)
        elif moment.is_event:
            hear = _HEAR.get(type(moment.data))
            if hear is not None:
                hear(self, self._life, moment.data, moment)
        else:
            self._told(self._life, moment)

    def end(self, at: int) -> None:
        """What goes on is known so far."""
        if self._life is not None:
            self._life.handled_ms = self._handled_ms(self._life, at)
            if self._offer is not None:
                self._life.answers.append(Answer(self._offer[0], "unknown", at - self._offer[1]))

    def _asked(self, request: routing.WorkRequested, moment: Moment) -> None:
        """A request for work that is open is a repetition."""
        if self._life is not None and not self._life.is_over and self._wrapping_since is None:
            self._story.left_out["requests for work that was open already"] += 1
            return
        self._count += 1
        self._held_since = self._wrapping_since = self._offer = None
        self._life = Life(self._case_id, self._count, moment.at, moment.place, request)
        self._story.lives.append(self._life)

    def _told(self, life: Life, moment: Moment) -> None:
        """A command that is not an answer to an offer: those are read off the events."""
        if isinstance(moment.data, routing.EndWrapUp):
            self._ended_wrap_up = moment.has_effect
        if isinstance(moment.data, _ANSWERS):
            return
        if isinstance(moment.data, TOLD_IF_DONE) and not moment.has_effect:
            self._story.left_out["commands that the router had refused"] += 1
            return
        command = unnumbered(read_command(moment.data, {}))
        if command is not None and not life.is_over:
            self._keep(life, command, moment)

    def _keep(self, life: Life, command: Any, moment: Moment) -> None:
        lag_ms = moment.at - getattr(command, "at", moment.at)
        if not life.was_answered:
            life.early.append(Early(moment.at - life.asked_at, command, lag_ms, moment.place))
            return
        later_ms = None
        if self._held_since is None and self._wrapping_since is None:
            later_ms = moment.at - self._free_since
        life.acts.append(Act(self._handled_ms(life, moment.at), later_ms, command, lag_ms, moment.place))

    def _handled_ms(self, life: Life, at: int) -> int:
        return life.handled_ms + (at - self._held_since if self._held_since is not None else 0)

    def queued(self, life: Life, data: Any, _: Moment) -> None:
        if not life.was_answered:
            life.queue = getattr(data, "to_queue", None) or data.queue

    def offered(self, _: Life, data: routing.WorkOffered, moment: Moment) -> None:
        self._offer = (data.agent_id, moment.at)

    def offer_ended(self, life: Life, data: routing.OfferEnded, moment: Moment) -> None:
        if self._offer is not None:
            kind = _ENDS.get(data.how, "unknown")
            index = moment.place if kind == "declined" else None
            life.answers.append(Answer(data.agent_id, kind, moment.at - self._offer[1], data.reason, index))
        self._offer = None

    def assigned(self, life: Life, data: routing.WorkAssigned, moment: Moment) -> None:
        if self._offer is not None and self._offer[0] == data.agent_id:
            life.answers.append(Answer(data.agent_id, "accepted", moment.at - self._offer[1], "", moment.place))
        self._offer, self._held_since = None, moment.at
        if not life.was_answered:
            life.was_answered, life.waited_ms, life.queue = True, moment.at - life.asked_at, data.queue

    def let_go(self, life: Life, _: Any, moment: Moment) -> None:
        if self._wrapping_since is not None and life.wrap_ups:
            life.wrap_ups[-1] = (moment.at - self._wrapping_since, self._ended_wrap_up)
        life.handled_ms = self._handled_ms(life, moment.at)
        self._held_since = self._wrapping_since = None
        self._free_since, self._ended_wrap_up = moment.at, False

    def wrapping(self, life: Life, _: Any, moment: Moment) -> None:
        life.handled_ms = self._handled_ms(life, moment.at)
        self._held_since, self._wrapping_since = None, moment.at
        life.wrap_ups.append((None, False))

    def done(self, life: Life, data: routing.WorkDone, moment: Moment) -> None:
        """A request that reopens work in wrap-up ends the work before."""
        if not life.queue:
            return
        life.is_over = True
        if not life.was_answered:
            life.waited_ms = moment.at - life.asked_at
            life.gave_up = data.reason not in ("turned_away", "merged")


_ENDS: Final[Mapping[routing.OfferEnd, Any]] = {
    routing.OfferEnd.DECLINED: "declined",
    routing.OfferEnd.TIMED_OUT: "missed",
}
_HEAR: Final[Mapping[type[Contract], Callable[[_Case, Life, Any, Moment], None]]] = {
    routing.WorkQueued: _Case.queued,
    routing.WorkOverflowed: _Case.queued,
    routing.WorkTurnedAway: _Case.queued,
    routing.WorkOffered: _Case.offered,
    routing.OfferEnded: _Case.offer_ended,
    routing.WorkAssigned: _Case.assigned,
    routing.AssignmentEnded: _Case.let_go,
    routing.WrapUpStarted: _Case.wrapping,
    routing.WorkDone: _Case.done,
}
