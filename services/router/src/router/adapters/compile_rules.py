"""CEL as the engine's conditions. Compiled once; one context serves all the rules that look at the same request."""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import cel

from router.domain.config import Condition

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class RuleBroken(ValueError):
    """The condition can't be used; the message says why and is shown in explanations."""


class Compiler:
    """Of one configuration. Variables: message, customer, case, now; `calendar(name).open` tells whether a calendar is open."""

    def __init__(self) -> None:
        self._seen: Mapping[str, object] | None = None
        self._context: cel.Context | None = None

    def condition(self, text: str) -> Condition:
        """Text that doesn't compile becomes a condition that always fails, so that it is skipped, counted and shown."""
        try:
            program = cel.compile(text)
        except ValueError as error:
            return _broken(_first_line(error))

        def holds(context: Mapping[str, object]) -> bool:
            result = program.execute(self._prepared(context))
            if not isinstance(result, bool):
                raise RuleBroken(f"gives a {type(result).__name__}, not true or false")
            return result

        return holds

    def pattern(self, text: str) -> Callable[[str], bool]:
        """A regular expression as CEL's matches(), which takes linear time. One that is wrong matches nothing."""
        holds = self.condition(f"words.matches({json.dumps(text)})")

        def matches(words: str) -> bool:
            try:
                return holds({"words": words, "now": 0, "calendar": {}})
            except (ValueError, RuntimeError):
                return False

        return matches

    def _prepared(self, context: Mapping[str, object]) -> cel.Context:
        if self._context is None or self._seen is not context:
            self._seen, self._context = context, _as_cel(context)
        return self._context


def _as_cel(context: Mapping[str, Any]) -> cel.Context:
    calendars = context["calendar"]

    def calendar(name: str) -> dict[str, bool]:
        if name not in calendars:
            raise RuleBroken(f"there is no calendar {name!r}")
        return dict(calendars[name])

    now = _EPOCH + timedelta(milliseconds=context["now"])
    return cel.Context(variables={**context, "now": now}, functions={"calendar": calendar})


def _broken(why: str) -> Callable[[Mapping[str, object]], bool]:
    def fails(_: Mapping[str, object]) -> bool:
        raise RuleBroken(why)

    return fails


def _first_line(error: ValueError) -> str:
    return str(error).splitlines()[0][:300] if str(error) else "can't be compiled"
