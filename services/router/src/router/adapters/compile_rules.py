"""CEL as the engine's conditions. Compiled once; one context serves all the rules that look at the same request.

Handing a request's facts to CEL costs more than the conditions do (30 us against 0.4 us each), so it is handed only what some
condition of the configuration names (6 us). The library compiles a regular expression whenever it is asked, which takes 150 to 250 us
for a short one; `matches` is ours therefore, under a name of its own, as the library's can't be replaced.
"""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import cel

from router.domain.config import Condition
from runtime.cel_text import matches_as
from runtime.patterns import pattern

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_FIELD: Final = r"\.([a-z_]+)\b(?!\s*\()"


class RuleBroken(ValueError):
    """The condition can't be used; the message says why and is shown in explanations."""


class Compiler:
    """Of one configuration. Variables: message, customer, case, now; `calendar(name).open` tells whether a calendar is open."""

    def __init__(self) -> None:
        self._seen: Mapping[str, object] | None = None
        self._context: cel.Context | None = None
        self._named: dict[str, set[str] | None] = {}
        self._functions: set[str] = set()

    def condition(self, text: str) -> Condition:
        """Text that doesn't compile becomes a condition that always fails, so that it is skipped, counted and shown."""
        try:
            program = cel.compile(matches_as("re_find", text))
        except ValueError as error:
            return _broken(_first_line(error))
        for variable in program.variables():
            self._name(variable, text)
        self._functions.update(program.functions())

        def holds(context: Mapping[str, object]) -> bool:
            result = program.execute(self._prepared(context))
            if not isinstance(result, bool):
                raise RuleBroken(f"gives a {type(result).__name__}, not true or false")
            return result

        return holds

    def _prepared(self, context: Mapping[str, object]) -> cel.Context:
        if self._context is None or self._seen is not context:
            self._seen, self._context = context, _as_cel(context, self._named, self._functions)
        return self._context

    def _name(self, variable: str, text: str) -> None:
        """None: something else is done with it than reading its fields, so all of it is needed."""
        named, fields = self._named.get(variable, set()), re.findall(rf"\b{variable}{_FIELD}", text)
        is_whole = named is None or len(fields) < len(re.findall(rf"\b{variable}\b", text))
        self._named[variable] = None if is_whole else {*(named or ()), *fields}


def _as_cel(context: Mapping[str, Any], named: Mapping[str, set[str] | None], functions: set[str]) -> cel.Context:
    """A function costs half as much again as the facts do, so there are only those that some condition calls."""
    calendars = context["calendar"]

    def calendar(name: str) -> dict[str, bool]:
        if name not in calendars:
            raise RuleBroken(f"there is no calendar {name!r}")
        return dict(calendars[name])

    now = _EPOCH + timedelta(milliseconds=context["now"])
    facts = {**context, "now": now}
    variables = {name: _only(facts[name], fields) for name, fields in named.items() if name in facts}
    ours: Mapping[str, Callable[..., Any]] = {"calendar": calendar, "re_find": _re_find}
    return cel.Context(variables=variables, functions={name: ours[name] for name in ours.keys() & functions} or None)


def _re_find(words: object, expression: object) -> bool:
    if not isinstance(words, str) or not isinstance(expression, str):
        raise RuleBroken("matches() takes a text and a regular expression")
    return pattern(expression)(words)


def _only(value: Any, fields: set[str] | None) -> Any:
    if fields is None or not isinstance(value, Mapping):
        return value
    return {name: value[name] for name in fields if name in value}


def _broken(why: str) -> Callable[[Mapping[str, object]], bool]:
    def fails(_: Mapping[str, object]) -> bool:
        raise RuleBroken(why)

    return fails


def _first_line(error: ValueError) -> str:
    return str(error).splitlines()[0][:300] if str(error) else "can't be compiled"
