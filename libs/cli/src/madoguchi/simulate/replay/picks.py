"""Agents who pick their work. One who has no room at that moment picks it as soon as there is."""

from functools import partial

from madoguchi.simulate.player import Player
from router.domain.commands import PickWork

_LATER = frozenset({"no_capacity", "agent_absent"})


class Picks:
    def __init__(self, player: Player) -> None:
        self._player = player
        self._wanted: dict[str, PickWork] = {}
        self._anybodys: dict[str, None] = {}

    def wanted(self, pick: PickWork) -> None:
        refused = self._player.do(pick)
        if refused is not None and refused.code in _LATER:
            self._wanted[pick.case_id] = pick

    def by_anybody(self, case_id: str) -> None:
        """Whoever has been idle the longest, or the next who is free."""
        agents = sorted(self._player.engine.state.agents.values(), key=lambda agent: (agent.idle_since, agent.agent_id))
        for agent in agents:
            if self._player.do(PickWork(case_id, agent.agent_id)) is None:
                return
        self._anybodys[case_id] = None

    def freed(self, agent_id: str) -> None:
        if self._wanted or self._anybodys:
            self._player.at(self._player.now, partial(self._pick_again, agent_id))

    def taken(self, case_id: str) -> None:
        self._wanted.pop(case_id, None)
        self._anybodys.pop(case_id, None)

    def _pick_again(self, agent_id: str) -> None:
        theirs = [case_id for case_id, pick in self._wanted.items() if pick.agent_id == agent_id]
        for case_id in (*theirs, *self._anybodys):
            self._player.do(PickWork(case_id, agent_id))
