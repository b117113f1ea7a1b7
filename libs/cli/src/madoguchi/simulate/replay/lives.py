"""What became of each case, read off a recording: when it asked, who was offered it, what was done while somebody had it."""

from dataclasses import dataclass, field
from typing import Literal

from contracts.routing import WorkRequested
from router.domain import commands

AnswerKind = Literal["accepted", "declined", "missed", "unknown"]


@dataclass(frozen=True, slots=True)
class Answer:
    """What an agent did with an offer, so long after it. Of a withdrawn offer only how long it went unanswered is known."""

    agent_id: str
    kind: AnswerKind
    after_ms: int
    reason: str = ""
    index: int | None = None


@dataclass(frozen=True, slots=True)
class Act:
    """Something that happened to work once it was handled for `handled_ms`, all who had it together.

    `later_ms` None: while somebody had it. Otherwise so long after it was let go, while it waited again.
    `lag_ms` is how old the command was when the router dealt with it; `index` its place among all commands.
    """

    handled_ms: int
    later_ms: int | None
    command: commands.Command
    lag_ms: int
    index: int | None


@dataclass(frozen=True, slots=True)
class Early:
    """Something that happened before anybody had the work, so long after it was asked for."""

    after_ms: int
    command: commands.Command
    lag_ms: int
    index: int


@dataclass(slots=True)
class Life:
    """One time that a case asked for an agent; a reopened case lives again.

    `waited_ms` ends with the first agent, with `gave_up`, or with an overflow that ended it; None = it waited to the end.
    `wrap_ups` are their lengths (None = not over at the end) and whether the agent ended them.
    """

    case_id: str
    number: int
    asked_at: int
    index: int
    request: WorkRequested
    queue: str = ""
    waited_ms: int | None = None
    was_answered: bool = False
    gave_up: bool = False
    is_over: bool = False
    early: list[Early] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    wrap_ups: list[tuple[int | None, bool]] = field(default_factory=list)
    handled_ms: int = 0

    @property
    def was_finished(self) -> bool:
        """All that was done to it is known."""
        return any(isinstance(act.command, commands.WorkClosed | commands.WorkMerged) for act in self.acts)

    @property
    def was_closed(self) -> bool:
        """By whoever had it."""
        return any(isinstance(act.command, commands.WorkClosed) for act in self.acts)
