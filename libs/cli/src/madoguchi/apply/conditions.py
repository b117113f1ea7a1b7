"""Conditions in CEL: do they compile, and do they name only what the router knows?"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from contracts.values import CaseFacts, CustomerFacts, MessageFacts
from madoguchi.apply.mistakes import Mistake, Places, mistake_at
from runtime import cel_text
from runtime.patterns import PatternError, pattern

VARIABLES: Final = ("message", "customer", "case", "now", "calendar")
_FIELDS: Final[Mapping[str, frozenset[str]]] = {
    "message": frozenset(MessageFacts.model_fields),
    "customer": frozenset(CustomerFacts.model_fields),
    "case": frozenset(CaseFacts.model_fields),
}
_TYPES: Final = frozenset(
    ("bool", "bytes", "double", "duration", "int", "list", "map", "null_type", "string", "timestamp", "type", "uint")
)
_FUNCTIONS: Final = frozenset(
    (
        *_TYPES,
        *("calendar", "contains", "endsWith", "matches", "size", "startsWith", "dyn", "has", "max", "min"),
        *("getDate", "getDayOfMonth", "getDayOfWeek", "getDayOfYear", "getFullYear", "getHours", "getMilliseconds"),
        *("getMinutes", "getMonth", "getSeconds"),
    )
)
_SILENT: Final[Mapping[str, Any]] = {"tags": [], "fields": {}, "reopened": False, "priority": 5, "sentiment": 0.0}
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_GIVEN: Final[Mapping[type, str]] = {
    str: "a text",
    int: "a number",
    float: "a number",
    list: "a list",
    dict: "a map",
    datetime: "a time",
}
_OPERATOR: Final = re.compile(r"^[_!@]|_$")
_LOOP: Final = re.compile(r"\.\s*(?:all|exists|exists_one|map|filter)\s*\(\s*([A-Za-z_]\w*)\s*,")
_FIELD: Final = re.compile(r"(?<![\w.])(message|customer|case|calendar)\s*\.\s*([A-Za-z_]\w*)")

_CALENDAR: Final = re.compile(r"""(?<![\w.])calendar\s*\(\s*["']([^"']*)["']\s*\)""")


def condition_mistakes(value: Mapping[Any, Any], places: Places) -> Iterator[Mistake]:
    """Of every `when` in the bundle, which need not be valid otherwise."""
    calendars = {entry.get("id") for entry in _entries(value, "calendars")}
    for part in ("rules", "sla_policies"):
        for i, entry in enumerate(_entries(value, part)):
            when, route = entry.get("when"), (part, i, "when")
            if isinstance(when, str):
                yield from (mistake_at(route, sentence, places) for sentence in _wrong(when, calendars))
            thanks = entry.get("closing_thanks")
            expression = thanks.get("matches") if isinstance(thanks, dict) else None
            if isinstance(expression, str):
                thanks_route = (part, i, "closing_thanks", "matches")
                yield from (mistake_at(thanks_route, sentence, places) for sentence in _wrong_pattern(expression))


def _entries(value: Mapping[Any, Any], part: str) -> list[Mapping[Any, Any]]:
    found = value.get(part)
    return [entry if isinstance(entry, dict) else {} for entry in found] if isinstance(found, list) else []


def _wrong(when: str, calendars: set[Any]) -> Iterator[str]:
    # Imported here: the library brings its own command line along, which takes a second that most commands can spare.
    import cel

    try:
        program = cel.compile(when)
    except ValueError as error:
        yield f"the condition is not CEL: {_syntax(str(error))}"
        return
    words = cel_text.without_literals(when)
    loops = set(_LOOP.findall(words))
    for name in sorted({*program.variables()} - loops - _TYPES - {*VARIABLES}):
        yield f"there is no variable '{name}'; a condition may use {', '.join(VARIABLES)}"
    for name in sorted(program.functions()):
        if not _OPERATOR.search(name) and name not in _FUNCTIONS:
            yield f"there is no function '{name}'"
    for name in sorted(set(_CALENDAR.findall(when)) - calendars):
        yield f"there is no calendar '{name}'"
    for literal in cel_text.patterns_in(when):
        yield from _wrong_pattern(cel.evaluate(literal))
    for variable, field in sorted(set(_FIELD.findall(words))):
        if variable not in loops:
            yield from _unknown_field(variable, field, calendars)
    yield from _no_condition(program)


def _no_condition(program: Any) -> Iterator[str]:
    """Tried on a request that says nothing. One that fails on it may do well on others: the router tells of those."""
    import cel

    facts = {name: {**dict.fromkeys(fields, ""), **_SILENT} for name, fields in _FIELDS.items()}
    context = cel.Context({**facts, "now": _EPOCH}, {"calendar": lambda _: {"open": False}})
    try:
        result = program.execute(context)
    except (ArithmeticError, LookupError, RuntimeError, TypeError, ValueError):
        return
    if not isinstance(result, bool):
        yield f"the condition gives {_GIVEN.get(type(result), 'something else')}, not true or false"


def _wrong_pattern(expression: str) -> Iterator[str]:
    try:
        pattern(expression)
    except PatternError as error:
        yield f"{expression!r} is not a regular expression of RE2: {error}"


def _unknown_field(variable: str, field: str, calendars: set[Any]) -> Iterator[str]:
    if variable == "calendar":
        if field not in calendars:
            yield f"there is no calendar '{field}'"
    elif field not in _FIELDS[variable]:
        yield f"{variable} has no field '{field}'; it has {', '.join(sorted(_FIELDS[variable]))}"


def _syntax(told: str) -> str:
    """The parser's words without its drawing: `line 1, column 23: Syntax error …`."""
    found = re.search(r"<input>:(\d+):(\d+): (?:Syntax error: )?([^\n]*)", told)
    if found is None:
        return told.splitlines()[0]
    sentence = re.sub(r" expecting \{.*\}", "", found[3])
    return f"column {found[2]}: {sentence}"
