"""The way from the case store: what it says about a case is numbered, and may come later than what it says next, or twice."""

from collections import Counter
from dataclasses import replace
from random import Random

from router.domain import commands as c

OVERTAKEN = 0.3
COMES = 0.15
AGAIN = 0.01


class Post:
    def __init__(self, dice: Random) -> None:
        self._dice = dice
        self._said: Counter[str] = Counter()
        self._on_its_way: list[c.CaseCommand] = []
        self._delivered: list[c.CaseCommand] = []

    def send(self, command: c.Command) -> c.Command | None:
        """None when it will come later. What others than the case store say comes as it is said."""
        if not isinstance(command, c.CaseCommand) or self._dice.random() < 0.1:
            return command
        said = self._numbered(command)
        if self._dice.random() < OVERTAKEN:
            self._on_its_way.append(said)
            return None
        return self._deliver(said)

    def late(self) -> c.Command | None:
        """Something that was on its way, or came already."""
        roll = self._dice.random()
        if self._on_its_way and roll < COMES:
            return self._deliver(self._on_its_way.pop(self._dice.randrange(len(self._on_its_way))))
        return self._dice.choice(self._delivered) if self._delivered and roll > 1 - AGAIN else None

    def _deliver(self, command: c.CaseCommand) -> c.CaseCommand:
        self._delivered = [*self._delivered[-20:], command]
        return command

    def _numbered(self, command: c.CaseCommand) -> c.CaseCommand:
        if isinstance(command, c.WorkMerged):
            into = self._next(command.into_case_id) if command.into_case_id != command.case_id else None
            command = replace(command, into_sequence=into)
        return replace(command, sequence=self._next(command.case_id))

    def _next(self, case_id: str) -> int:
        self._said[case_id] += 1
        return self._said[case_id]
