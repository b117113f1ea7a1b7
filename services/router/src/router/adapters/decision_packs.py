"""Decisions of many cases in one row: a row each would cost the database more than all else that an assignment writes.

A pack is a JSON list of [case, event id, type, instant in ms, event]; the event is as it was told to the log, made once for both.
All that one write tells of a case is in one pack.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final, get_args

from pydantic_core import from_json

from router.domain.events import WorkEvent
from router.handlers.explanations import DecisionShown
from router.handlers.instants import instant, with_instants
from router.handlers.ports import Told

PACK: Final = """
INSERT INTO decision_pack (tenant_id, cases, decisions)
SELECT $1, cases, decisions FROM unnest($2::integer[], $3::text[]) WITH ORDINALITY AS new (cases, decisions, place)
ORDER BY place RETURNING position
"""
_DECISIONS: Final = frozenset(get_args(WorkEvent))
_EVENTS: Final = 64  # 16 kB: enough to share a row's price, little enough to be read for one case


class DecisionPacks:
    """`place_of` is the number of a case's pack among `columns`, the first is 1."""

    def __init__(self, told: Iterable[Told]) -> None:
        self.place_of: dict[str, int] = {}
        self.columns: tuple[list[int], list[str]] = ([], [])
        by_case: dict[str, list[Told]] = {}
        for each in told:
            if type(each.event) in _DECISIONS:
                by_case.setdefault(each.key, []).append(each)
        for cases in _shared(by_case):
            self._add(cases, by_case)

    def _add(self, cases: list[str], by_case: dict[str, list[Told]]) -> None:
        entries = [_entry(each) for case_id in cases for each in by_case[case_id]]
        self.columns[0].append(len(cases))
        self.columns[1].append(f"[{','.join(entries)}]")
        self.place_of.update(dict.fromkeys(cases, len(self.columns[0])))


def _shared(by_case: dict[str, list[Told]]) -> Iterator[list[str]]:
    cases: list[str] = []
    events = 0
    for case_id, told in by_case.items():
        cases.append(case_id)
        events += len(told)
        if events >= _EVENTS:
            yield cases
            cases, events = [], 0
    if cases:
        yield cases


def _entry(told: Told) -> str:
    event: Any = told.event
    return f'["{told.key}","{told.id}","{type(event).__name__}",{event.at},{told.json.decode()}]'


def decisions_of(case_id: str, packs: Iterable[str]) -> list[DecisionShown]:
    """In the order of the packs."""
    entries = (entry for pack in packs for entry in from_json(pack) if entry[0] == case_id)
    return [
        DecisionShown(type=kind, at=instant(at), event_id=event_id, detail=with_instants(detail))
        for _, event_id, kind, at, detail in entries
    ]
