"""A recording under a configuration.

What came from outside comes as it came: requests, customers' words before anybody answered, agents' presence. What people
did in answer to the router follows what the router does now: offers are answered, and work is handled, as it was recorded
from the offer or the assignment on.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Final

from madoguchi.simulate.player import FIRST, LAST, Player
from madoguchi.simulate.read import House
from madoguchi.simulate.replay.habits import Habits, restated
from madoguchi.simulate.replay.lives import Act, Answer, Early, Life
from madoguchi.simulate.replay.picks import Picks
from madoguchi.simulate.replay.recording import Moment, Recording
from madoguchi.simulate.replay.unfold import Story
from madoguchi.simulate.tally import Tally
from router.domain import commands, events
from router.domain.config import QueueConfig
from router.domain.early import unnumbered
from router.domain.model import OfferOutcome, Presence, QueueMode
from router.domain.policies import WrapUp
from router.handlers.read_command import read_command

AWAY_MS: Final = 60_000
MISSED_OFFERS: Final = "missed_offers"
_BY_STAFF: Final = (commands.WorkClosed, commands.ForceAssign, commands.TransferWork, commands.RequeueWork)
"""Before anybody has the work; they have no reason when somebody has it sooner."""


@dataclass(slots=True)
class Handling:
    """A life as it goes now. `turn` tells what was planned for an assignment that ended meanwhile."""

    life: Life
    acts: list[Act]
    answers: dict[str, deque[Answer]]
    asked_at: int
    next: int = 0
    handled_ms: int = 0
    since: int | None = None
    holder: str | None = None
    was_held: bool = False
    turn: int = 0
    occasions: int = 0
    wrap_ups: int = 0
    later: list[Life] = field(default_factory=list)

    def handled_by(self, now: int) -> int:
        return self.handled_ms + (now - self.since if self.since is not None else 0)

    def let_go(self, now: int) -> None:
        self.handled_ms, self.since = self.handled_by(now), None
        self.turn += 1


def replay(house: House, recording: Recording, story: Story, people: Iterable[Moment], seed: int) -> Tally:
    """`people` is what the agents do whoever they are, see `staff`."""
    run = _Replay(house, recording, Habits(story, seed))
    run.open(story.lives, people)
    run.player.until(recording.until - 1)
    run.tally.rule_errors = run.player.engine.rule_errors
    return run.tally


class _Replay:
    def __init__(self, house: House, recording: Recording, habits: Habits) -> None:
        self.tally = Tally(house.config, recording.counted_from, recording.until)
        self.player = Player(house.config, recording.begins, self._hear)
        self._house = house
        self._habits = habits
        self._open: dict[str, Handling] = {}
        self._picks = Picks(self.player)
        self._as_recorded: set[str] = set()

    def open(self, lives: Iterable[Life], people: Iterable[Moment]) -> None:
        for agent in self._house.agents:
            self.player.at(self.player.now, partial(self.player.do, agent), FIRST)
        for moment in people:
            command = read_command(moment.data, self._house.channel_classes)
            if command is not None:
                self.player.at(moment.at, partial(self.player.do, command), moment.place)
        for life in lives:
            self.player.at(life.asked_at, partial(self._ask, life), life.index)

    def _ask(self, life: Life) -> None:
        """Who asks again while the work is still open, because it takes longer now, does so when it is done."""
        earlier = self._open.get(life.case_id)
        if earlier is not None and life.case_id in self.player.engine.state.work and not self._wraps_up(life.case_id):
            earlier.later.append(life)
            return
        answers: dict[str, deque[Answer]] = defaultdict(deque)
        for answer in life.answers:
            answers[answer.agent_id].append(answer)
        now = self.player.now
        handling = Handling(life, self._habits.acts(life), answers, now)
        self._open[life.case_id] = handling
        self.tally.asked(life.case_id, now)
        request = unnumbered(read_command(life.request, self._house.channel_classes))
        if request is not None:
            self.player.do(request)
        self._expect(handling)

    def _expect(self, handling: Handling) -> None:
        """What happens to it however long it waits."""
        life = handling.life
        for early in life.early:
            self.player.at(handling.asked_at + early.after_ms, partial(self._early, handling, early), early.index)
        if life.waited_ms is not None and not life.gave_up:
            self.player.at(handling.asked_at + life.waited_ms, partial(self._try_patience, handling))

    def _early(self, handling: Handling, early: Early) -> None:
        command = early.command
        if self._open.get(handling.life.case_id) is not handling:
            return
        if handling.was_held and isinstance(command, _BY_STAFF):
            return
        now = self._restated(handling, command, early.lag_ms)
        if isinstance(now, commands.PickWork):
            self._picks.wanted(now)
        else:
            self.player.do(now)

    def _try_patience(self, handling: Handling) -> None:
        """The recorded wait is over, and this customer waits on: nobody knows how long he would have."""
        life = handling.life
        ends_ms = self._habits.gives_up_after(life, life.waited_ms or 0)
        if ends_ms is not None:
            closed = commands.WorkClosed(life.case_id, "gave_up", 0)
            early = Early(ends_ms, closed, 0, LAST)
            self.player.at(handling.asked_at + ends_ms, partial(self._early, handling, early))

    def _hear(self, event: events.Event) -> None:
        self.tally.note(event, event.at)
        follow = _FOLLOW.get(type(event))
        if follow is not None:
            follow(self, event)

    def _offered(self, event: events.WorkOffered) -> None:
        handling = self._open.get(event.case_id)
        if handling is None:
            return
        handling.occasions += 1
        answer, index, after_ms = self._answer(handling, event)
        command: commands.Command
        if answer.kind == "missed":
            return
        if answer.kind == "declined":
            command = commands.DeclineOffer(event.case_id, event.offer_id, event.agent_id, answer.reason)
        else:
            command = commands.AcceptOffer(event.case_id, event.offer_id, event.agent_id)
        self.player.at(event.at + after_ms, partial(self.player.do, command), index)

    def _answer(self, handling: Handling, event: events.WorkOffered) -> tuple[Answer, int, int]:
        """As recorded of this offer; one that was withdrawn before would have been answered later."""
        known = handling.answers[event.agent_id]
        said = known.popleft() if known else None
        if said is not None and said.kind != "unknown":
            if said.kind == "missed":
                self._as_recorded.add(event.offer_id)
            return said, LAST if said.index is None else said.index, said.after_ms
        drawn = self._habits.answer(handling.life, event.agent_id, handling.occasions)
        return drawn, LAST, drawn.after_ms + (said.after_ms if said is not None else 0)

    def _offer_ended(self, event: events.OfferEnded) -> None:
        """Who was set away by an offer missed only now has nobody recorded to bring them back."""
        handling = self._open.get(event.case_id)
        if handling is None or event.how is not OfferOutcome.TIMED_OUT or event.offer_id in self._as_recorded:
            return
        if (queue := self._queue_of(event.case_id)) is not None and queue.presence_on_missed_offer is not None:
            away_ms = self._habits.away_ms(handling.life, AWAY_MS)
            self.player.at(event.at + away_ms, partial(self._return, event.agent_id))

    def _return(self, agent_id: str) -> None:
        agent = self.player.engine.state.agents.get(agent_id)
        if agent is not None and agent.presence_source == MISSED_OFFERS:
            self.player.do(commands.SetPresence(agent_id, Presence.AVAILABLE.value))

    def _assigned(self, event: events.WorkAssigned) -> None:
        handling = self._open.get(event.case_id)
        self._picks.taken(event.case_id)
        if handling is not None:
            handling.since, handling.holder, handling.was_held = event.at, event.agent_id, True
            self._go_on(handling)

    def _go_on(self, handling: Handling) -> None:
        """Plans the next act."""
        while handling.next < len(handling.acts):
            act = handling.acts[handling.next]
            left_ms = act.handled_ms - handling.handled_by(self.player.now)
            if handling.since is None and (left_ms > 0 or act.later_ms is None):
                return
            rank = LAST if act.index is None else act.index
            if act.later_ms is None:
                step = partial(self._act, handling, act, handling.turn)
                self.player.at(self.player.now + max(0, left_ms), step, rank)
                return
            if left_ms > 0:
                return
            handling.next += 1
            self.player.at(self.player.now + act.later_ms, partial(self._say, handling, act), rank)

    def _act(self, handling: Handling, act: Act, turn: int) -> None:
        """What ends the assignment has planned already what comes after it."""
        if handling.turn == turn:
            handling.next += 1
            self._say(handling, act)
        if handling.turn == turn:
            self._go_on(handling)

    def _say(self, handling: Handling, act: Act) -> None:
        if self._open.get(handling.life.case_id) is handling:
            self.player.do(self._restated(handling, act.command, act.lag_ms))

    def _restated(self, handling: Handling, command: Any, lag_ms: int) -> commands.Command:
        changes = restated(command, handling.life.case_id, self.player.now, lag_ms, handling.holder)
        said: commands.Command = replace(command, **changes)
        return said

    def _let_go(self, event: events.AssignmentEnded) -> None:
        handling = self._open.get(event.case_id)
        self._picks.freed(event.agent_id)
        if handling is not None and handling.since is not None:
            handling.let_go(event.at)
            self._go_on(handling)

    def _wrapping(self, event: events.WrapUpStarted) -> None:
        handling = self._open.get(event.case_id)
        if handling is None:
            return
        handling.let_go(event.at)
        wraps, count = handling.life.wrap_ups, handling.wrap_ups
        length, by_agent = wraps[count] if count < len(wraps) else (self._habits.wrap_up_ms(handling.life), False)
        handling.wrap_ups += 1
        queue = self._queue_of(event.case_id)
        asks = queue is not None and queue.wrap_up is WrapUp.UNTIL_ENDED
        if length is not None and (by_agent or asks):
            ended = commands.EndWrapUp(event.case_id, event.agent_id)
            self.player.at(event.at + length, partial(self.player.do, ended))

    def _done(self, event: events.WorkDone) -> None:
        self._picks.taken(event.case_id)
        handling = self._open.get(event.case_id)
        if handling is not None and event.case_id not in self.player.engine.state.work:
            del self._open[event.case_id]
            for life in handling.later:
                self.player.at(event.at, partial(self._ask, life), life.index)

    def _waits(self, event: events.WorkQueued) -> None:
        """In a queue that agents pick from: whoever is recorded to pick it, else whoever has room."""
        handling, queue = self._open.get(event.case_id), self._house.config.queues.get(event.queue)
        if handling is None or queue is None or queue.mode is not QueueMode.PICK:
            return
        if not any(isinstance(early.command, commands.PickWork) for early in handling.life.early):
            answer = self._habits.answer(handling.life, "", 0)
            self.player.at(event.at + answer.after_ms, partial(self._picks.by_anybody, event.case_id))

    def _there(self, event: events.PresenceChanged) -> None:
        self._picks.freed(event.agent_id)

    def _queue_of(self, case_id: str) -> QueueConfig | None:
        item = self.player.engine.state.work.get(case_id)
        return None if item is None else self._house.config.queues.get(item.queue)

    def _wraps_up(self, case_id: str) -> bool:
        return self.player.engine.state.work[case_id].closed_at is not None


_FOLLOW: Final[Mapping[type[Any], Callable[[_Replay, Any], None]]] = {
    events.WorkQueued: _Replay._waits,
    events.WorkOffered: _Replay._offered,
    events.OfferEnded: _Replay._offer_ended,
    events.WorkAssigned: _Replay._assigned,
    events.AssignmentEnded: _Replay._let_go,
    events.WrapUpStarted: _Replay._wrapping,
    events.WorkDone: _Replay._done,
    events.PresenceChanged: _Replay._there,
}
