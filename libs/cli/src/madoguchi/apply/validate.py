"""A bundle's mistakes, those of single fields and those between fields, all in one go."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from pydantic import ValidationError

from contracts.config import TenantConfig, problems_of
from contracts.problems import Problem

_NEVER: Final = datetime(2000, 1, 1, tzinfo=UTC)
_IN_A_LIST: Final = 2


@dataclass(slots=True)
class _Rest:
    """What is left of the bundle without its wrong entries. `numbers`: where each kept entry of a list stood; `left_out`: their ids."""

    value: dict[Any, Any]
    numbers: dict[str | int, list[int]] = field(default_factory=dict)
    left_out: set[str] = field(default_factory=set)


def validate(value: Mapping[Any, Any]) -> tuple[TenantConfig | None, list[Problem]]:
    """The configuration, or what is wrong with it: one of the two."""
    found = _validated(value)
    if isinstance(found, TenantConfig):
        return found, []
    problems = problems_of(found)
    return None, [*problems, *(one for one in _between_the_others(value, found) if one not in problems)]


def _validated(value: Mapping[Any, Any]) -> TenantConfig | ValidationError:
    try:
        return TenantConfig.model_validate(dict(value) | {"revision": 1, "applied_at": _NEVER})
    except ValidationError as error:
        return error


def _between_the_others(value: Mapping[Any, Any], error: ValidationError) -> Iterator[Problem]:
    """Fields are compared only once each is right by itself, so the wrong entries are left out and the others compared.

    What speaks of an entry that was left out says nothing new.
    """
    if _is_between(error):
        return
    rest = _without(value, [detail["loc"] for detail in error.errors(include_url=False, include_input=False)])
    again = _validated(rest.value) if rest else None
    if rest is None or not isinstance(again, ValidationError) or not _is_between(again):
        return
    for problem in problems_of(again):
        if not any(f"'{name}'" in problem.sentence for name in rest.left_out):
            yield Problem(_as_it_stood(problem.path, rest), problem.sentence)


def _is_between(error: ValidationError) -> bool:
    return any(detail["type"] == "inconsistent" for detail in error.errors(include_url=False, include_input=False))


def _without(value: Mapping[Any, Any], places: Sequence[tuple[int | str, ...]]) -> _Rest | None:
    """None where a part is wrong as a whole: without it, nothing can be said of the others."""
    rest = _Rest(dict(value))
    for part in {place[0] for place in places if place}:
        wrong = {place[1] for place in places if place[0] == part and len(place) >= _IN_A_LIST}
        if any(place == (part,) for place in places) or not _leave_out(part, wrong, rest):
            if part in value and TenantConfig.model_fields.get(str(part), None) is not None:
                return None
            rest.value.pop(part, None)
    return rest


def _leave_out(part: int | str, wrong: set[int | str], rest: _Rest) -> bool:
    entries = rest.value.get(part)
    if isinstance(entries, list):
        rest.numbers[part] = [number for number in range(len(entries)) if number not in wrong]
        rest.left_out |= {str(_id_of(entries[number])) for number in wrong if isinstance(number, int)}
        rest.value[part] = [entries[number] for number in rest.numbers[part]]
        return True
    if isinstance(entries, dict):
        rest.left_out |= {str(name) for name in wrong}
        rest.value[part] = {name: entry for name, entry in entries.items() if name not in wrong}
        return True
    return False


def _id_of(entry: Any) -> Any:
    return entry.get("id") if isinstance(entry, dict) else None


def _as_it_stood(path: tuple[str | int, ...], rest: _Rest) -> tuple[str | int, ...]:
    numbers = rest.numbers.get(path[0]) if path else None
    if numbers is None or len(path) < _IN_A_LIST or not isinstance(path[1], int):
        return path
    return (path[0], numbers[path[1]], *path[2:])
