"""Values of the released schemas go through today's models and back; tomorrow's values go through them too."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from contracts import config, config_bots
from contracts.base import Contract, format_instant
from contracts.catalogue import EVENT_TYPES

RELEASED = Path(__file__).parents[1] / "schemas" / "released"
Schema = dict[str, Any]
TEXTS = st.text(st.characters(exclude_characters="\0", codec="utf-8"), max_size=12)
FORMATS: dict[str, st.SearchStrategy[str]] = {
    "uuid": st.uuids().map(str),
    "date": st.dates().map(str),
    "date-time": st.datetimes(datetime(1, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)).map(format_instant),  # noqa: DTZ001
    "duration": st.integers(1, 3600).map(lambda seconds: f"PT{seconds}S"),
}


def released(event: str) -> Schema:
    loaded: Schema = json.loads((RELEASED / f"{event}.json").read_text("utf-8"))
    return loaded


def conforming(schema: Schema, document: Schema, within: tuple[str, ...] = ()) -> st.SearchStrategy[Any]:
    """`within` are the definitions that the value is a part of; of its own kind one holds two levels."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix("#/$defs/")
        return conforming(document["$defs"][name], document, (*within, name))
    if "anyOf" in schema:
        return st.one_of([conforming(one, document, within) for one in schema["anyOf"]])
    if "const" in schema or "enum" in schema:
        return st.sampled_from(schema.get("enum", [schema.get("const")]))
    return _of_type(schema, document, within)


def _of_type(schema: Schema, document: Schema, within: tuple[str, ...]) -> st.SearchStrategy[Any]:
    match schema["type"]:
        case "object":
            return _objects(schema, document, within)
        case "array":
            return _lists(schema, document, within)
        case "string":
            return _strings(schema)
        case "integer" | "number" as kind:
            low, high = schema.get("minimum"), schema.get("maximum")
            low = schema["exclusiveMinimum"] + 1 if "exclusiveMinimum" in schema else low
            high = schema["exclusiveMaximum"] - 1 if "exclusiveMaximum" in schema else high
            return (
                st.integers(low, high)
                if kind == "integer"
                else st.floats(low, high, allow_nan=False, allow_infinity=False)
            )
        case "boolean":
            return st.booleans()
    return st.none()


def _lists(schema: Schema, document: Schema, within: tuple[str, ...]) -> st.SearchStrategy[Any]:
    if within.count(schema["items"].get("$ref", "").removeprefix("#/$defs/")) > 1:
        return st.just([])
    most = min(schema.get("maxItems", 3), schema.get("minItems", 0) + 2)
    return st.lists(conforming(schema["items"], document, within), min_size=schema.get("minItems", 0), max_size=most)


def _strings(schema: Schema) -> st.SearchStrategy[str]:
    if "format" in schema:
        return FORMATS[schema["format"]]
    if "pattern" in schema:
        return st.from_regex(
            schema["pattern"].replace("$", r"\Z"), alphabet=st.characters(min_codepoint=33, max_codepoint=126)
        )
    return TEXTS.filter(lambda text: len(text) >= schema.get("minLength", 0))


def _objects(schema: Schema, document: Schema, within: tuple[str, ...]) -> st.SearchStrategy[Any]:
    if "properties" in schema:
        required = set(schema.get("required", ()))
        fields = {name: conforming(part, document, within) for name, part in schema["properties"].items()}
        return st.fixed_dictionaries(
            {name: part for name, part in fields.items() if name in required},
            optional={name: part for name, part in fields.items() if name not in required},
        )
    if "patternProperties" in schema:
        [(pattern, part)] = schema["patternProperties"].items()
        return st.dictionaries(_strings({"pattern": pattern}), conforming(part, document, within), max_size=2)
    keys = st.sampled_from(schema["propertyNames"]["enum"]) if "propertyNames" in schema else TEXTS
    return st.dictionaries(keys, conforming(schema.get("additionalProperties", {}), document, within), max_size=2)


CONFIG = released("TenantConfig")
CONFIG_PARTS = {name: (vars(config) | vars(config_bots))[name] for name in CONFIG["$defs"]}
EVENTS = {name: kind for name, kind in EVENT_TYPES.items() if (RELEASED / f"{name}.json").exists()}
del EVENTS["TenantConfig"]  # random names are never consistent with each other, so it is fed part by part

every_kind = pytest.mark.parametrize("kind", (EVENTS | CONFIG_PARTS).values(), ids=(EVENTS | CONFIG_PARTS).keys())
bounded = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)


def schema_of(kind: type[Contract]) -> Schema:
    name = kind.__name__
    return released(name) if name in EVENTS else {**CONFIG["$defs"][name], "$defs": CONFIG["$defs"]}


@every_kind
@bounded
@given(data=st.data())
def test_an_old_value_is_read_today_and_written_as_an_old_reader_expects(
    kind: type[Contract], data: st.DataObject
) -> None:
    schema = schema_of(kind)
    value = data.draw(conforming(schema, schema))
    Draft202012Validator(schema).validate(value)
    model = kind.model_validate(value)
    again = json.loads(model.model_dump_json(exclude_none=True))
    assert {name for name, part in value.items() if part is not None} <= again.keys()
    Draft202012Validator(schema).validate(without_additions(again, schema, schema))
    assert kind.model_validate(again) == kind.model_validate_json(model.model_dump_json())


@every_kind
@bounded
@given(data=st.data())
def test_a_newer_value_is_read_without_its_new_fields_and_words(kind: type[Contract], data: st.DataObject) -> None:
    schema = schema_of(kind)
    newer = tomorrow(data.draw(conforming(schema, schema)), schema, schema)
    assert "field_of_tomorrow" in newer
    model = kind.model_validate(newer, extra="ignore")
    dumped = model.model_dump_json()
    assert "tomorrow" not in dumped
    assert kind.model_validate(json.loads(dumped)) == model


def rebuilt(
    value: Any, schema: Schema, document: Schema, of_word: Callable[[Any], Any], of_object: Callable[[Any, Schema], Any]
) -> Any:
    """`value` with each word of an open enum and each object replaced, inside out."""
    if "$ref" in schema:
        schema = document["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    if "anyOf" in schema:
        schema = next(one for one in schema["anyOf"] if ("null" in one.values()) == (value is None))
        return rebuilt(value, schema, document, of_word, of_object)
    if schema.get("x-open"):
        return of_word(value)
    if isinstance(value, list):
        return [rebuilt(part, schema["items"], document, of_word, of_object) for part in value]
    if isinstance(value, dict) and "properties" in schema:
        parts = schema["properties"]
        made = {name: rebuilt(part, parts.get(name, {}), document, of_word, of_object) for name, part in value.items()}
        return of_object(made, schema)
    return value


def tomorrow(value: Any, schema: Schema, document: Schema) -> Any:
    """As a newer writer would write it: a new field in each object, a new word in each open enum."""
    field = {"field_of_tomorrow": {"deep": ["tomorrow"]}}
    return rebuilt(value, schema, document, lambda _: "word-of-tomorrow", lambda made, _: made | field)


def without_additions(value: Any, schema: Schema, document: Schema) -> Any:
    """As an old reader sees it: without the fields that came after its time."""

    def known(made: Schema, of: Schema) -> Schema:
        return {name: part for name, part in made.items() if name in of["properties"]}

    return rebuilt(value, schema, document, lambda word: word, known)
