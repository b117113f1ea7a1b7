"""How people were recorded to behave: what agents answer, how long customers wait, how work goes that nobody had."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from random import Random
from typing import Any

from madoguchi.simulate.replay.lives import Act, Answer, Life
from madoguchi.simulate.replay.unfold import Story
from router.domain import commands

NOBODY_ANSWERED = Answer("", "accepted", 3_000)
_OF_THAT_CASE_ALONE = (commands.WorkMerged, commands.FactsChanged, commands.ForceAssign)


class Patience:
    """Kaplan and Meier's estimate: who was answered would have waited longer, nobody knows how long."""

    def __init__(self, lives: Iterable[Life]) -> None:
        waits = [(life.waited_ms, life.gave_up) for life in lives if life.waited_ms is not None]
        there, gone = len(waits), Counter(wait for wait, gave_up in waits if gave_up)
        all_of = Counter(wait for wait, _ in waits)
        self._ends: list[int] = []
        self._stay: list[float] = []
        for wait in sorted(all_of):
            if gone[wait]:
                self._ends.append(wait)
                self._stay.append(1 - gone[wait] / there)
            there -= all_of[wait]

    def ends_after(self, waited_ms: int, chance: float) -> int | None:
        """When a customer gives up who has waited so long; None = not within any time that was seen."""
        left = 1.0
        for place in range(bisect_right(self._ends, waited_ms), len(self._ends)):
            left *= self._stay[place]
            if left <= chance:
                return self._ends[place]
        return None


class Habits:
    """Draws depend on the seed, the case and the occasion alone, so that all configurations meet the same chance."""

    def __init__(self, story: Story, seed: int) -> None:
        self._seed = seed
        self._answers: dict[str, list[Answer]] = defaultdict(list)
        finished: dict[str, list[Life]] = defaultdict(list)
        by_queue: dict[str, list[Life]] = defaultdict(list)
        for life in story.lives:
            for answer in (each for each in life.answers if each.kind != "unknown"):
                self._answers[answer.agent_id].append(answer)
            by_queue[life.queue].append(life)
            if life.was_closed:
                finished[life.queue].append(life)
        self._everybodys = [answer for agent_id in sorted(self._answers) for answer in self._answers[agent_id]]
        self._finished = finished
        self._any_finished = [life for queue in sorted(finished) for life in finished[queue]]
        self._patience = {queue: Patience(lives) for queue, lives in by_queue.items()}
        self._wrap_ups = [length for life in story.lives for length, _ in life.wrap_ups if length is not None]
        self._returns = story.returns

    def answer(self, life: Life, agent_id: str, occasion: int) -> Answer:
        """As this agent answers; as everybody does when no answer of this agent is known."""
        known = self._answers.get(agent_id) or self._everybodys or [NOBODY_ANSWERED]
        return self._dice(life, f"answer {occasion}").choice(known)

    def gives_up_after(self, life: Life, waited_ms: int) -> int | None:
        return self._patience[life.queue].ends_after(waited_ms, self._dice(life, "patience").random())

    def acts(self, life: Life) -> list[Act]:
        """What is done to this work: what was recorded, and from where that ends as with other work of its queue."""
        if life.was_finished:
            return life.acts
        others = self._finished.get(life.queue) or self._any_finished
        longer = [other for other in others if _length(other) > life.handled_ms] or others
        if not longer:
            return life.acts
        return [*life.acts, *_lent(self._dice(life, "handling").choice(longer).acts, life)]

    def wrap_up_ms(self, life: Life) -> int | None:
        return self._dice(life, "wrap-up").choice(self._wrap_ups) if self._wrap_ups else None

    def away_ms(self, life: Life, without: int) -> int:
        return self._dice(life, "away").choice(self._returns) if self._returns else without

    def _dice(self, life: Life, occasion: str) -> Random:
        return Random(f"{self._seed}/{life.case_id}/{life.number}/{occasion}")  # noqa: S311 (repeatable on purpose)


def _length(life: Life) -> int:
    return max(act.handled_ms for act in life.acts)


def _lent(acts: Sequence[Act], life: Life) -> list[Act]:
    """The rest, or at least the end, of somebody else's handling."""
    fit = [act for act in acts if not isinstance(act.command, _OF_THAT_CASE_ALONE)]
    rest = [act for act in fit if act.handled_ms > life.handled_ms]
    rest = rest or [act for act in fit if isinstance(act.command, commands.WorkClosed)]
    return [Act(max(act.handled_ms, life.handled_ms), act.later_ms, act.command, act.lag_ms, None) for act in rest]


def restated(command: Any, case_id: str, now: int, lag_ms: int, holder: str | None) -> dict[str, Any]:
    """The fields in which a command differs when it is given at another instant and by whoever has the work now."""
    changes: dict[str, Any] = {"case_id": case_id}
    if hasattr(command, "at"):
        changes["at"] = now - lag_ms
    said_by = {commands.AgentReplied: "agent_id", commands.RequeueWork: "agent_id", commands.TransferWork: "by"}
    name = said_by.get(type(command))
    if name is not None and getattr(command, name) is not None and holder is not None:
        changes[name] = holder
    return changes
