import json
from pathlib import Path
from typing import Any

import pytest

from contracts.compatibility import breaks, main

HOME = Path(__file__).parents[1]
Schema = dict[str, Any]


def test_the_schemas_break_nothing_that_was_released(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(HOME / "schemas/released"), str(HOME / "schemas")]) == 0, capsys.readouterr().err


def thing(**fields: Schema) -> Schema:
    return {"type": "object", "properties": fields, "additionalProperties": False}


TEXT: Schema = {"type": "string"}
MAYBE: Schema = {"anyOf": [{"type": "string"}, {"type": "null"}]}
WORDS: Schema = {"type": "string", "enum": ["a", "b"], "x-open": True}


@pytest.mark.parametrize(
    ("old", "new", "path", "sentence"),
    [
        (thing(a=TEXT), thing(), "E.a", "the field was removed"),
        (thing(a=TEXT), thing(a=TEXT) | {"required": ["a"]}, "E.a", "the field was optional and is now required"),
        (thing(), thing(a=TEXT) | {"required": ["a"]}, "E.a", "the field is new and is now required"),
        (thing(a=TEXT), thing(a={"type": "integer"}), "E.a", "its type was {'string'} and is now {'integer'}"),
        (thing(a={"type": "number"}), thing(a={"type": "integer"}), "E.a", "its type was {'number'}"),
        (thing(a={}), thing(a=TEXT), "E.a", "its type was anything"),
        (thing(a=MAYBE), thing(a=TEXT), "E.a.anyOf.1", "its type was {'null'} and is now {'string'}"),
        (thing(a=WORDS), thing(a=WORDS | {"enum": ["a"]}), "E.a", 'the word "b" was removed'),
        (thing(a=WORDS), thing(a={"type": "string", "const": "a", "x-open": True}), "E.a", 'the word "b" was removed'),
        (thing(a=TEXT), thing(a=WORDS), "E.a", "any value was allowed and is now one of a list"),
        (thing(a=WORDS), thing(a={"type": "string", "enum": ["a", "b"]}), "E.a", "readers no longer take"),
        (thing(a=TEXT), thing(a=TEXT | {"maxLength": 9}), "E.a", "maxLength was not limited and is now 9"),
        (thing(a=TEXT | {"maxLength": 9}), thing(a=TEXT | {"maxLength": 8}), "E.a", "maxLength was 9 and is now 8"),
        (thing(a=TEXT | {"minLength": 1}), thing(a=TEXT | {"minLength": 2}), "E.a", "minLength was 1 and is now 2"),
        (thing(a=TEXT), thing(a=TEXT | {"pattern": "^a"}), "E.a", 'pattern was null and is now "^a"'),
        (thing(a=TEXT | {"format": "uuid"}), thing(a=TEXT | {"format": "date"}), "E.a", 'format was "uuid"'),
        ({"type": "object"}, thing(), "E", "other keys were allowed and are now refused"),
        (
            {"type": "object", "additionalProperties": TEXT},
            {"type": "object", "additionalProperties": {"type": "integer"}},
            "E.*",
            "its type was {'string'}",
        ),
        (
            {"type": "object", "patternProperties": {"^[a-z]$": TEXT}, "additionalProperties": False},
            {"type": "object", "patternProperties": {"^[a-c]$": TEXT}, "additionalProperties": False},
            "E",
            "keys as ^[a-z]$ were allowed and are now refused",
        ),
        ({"type": "array", "items": TEXT}, {"type": "array", "items": WORDS}, "E.items", "any value was allowed"),
        (
            thing(a={"$ref": "#/$defs/A"}) | {"$defs": {"A": thing(b=TEXT)}},
            thing(a={"$ref": "#/$defs/Z"}) | {"$defs": {"Z": thing()}},
            "E.a.b",
            "the field was removed",
        ),
        (
            {"$ref": "#/$defs/A", "$defs": {"A": thing(a={"$ref": "#/$defs/A"}, b=TEXT)}},
            {"$ref": "#/$defs/A", "$defs": {"A": thing(a={"$ref": "#/$defs/A"})}},
            "E.b",
            "the field was removed",
        ),
    ],
)
def test_a_break_is_named_with_its_path(old: Schema, new: Schema, path: str, sentence: str) -> None:
    found = breaks("E", old, new)
    assert [one.path for one in found] == [path]
    assert found[0].sentence.startswith(sentence)
    assert not breaks("E", old, old)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (thing(a=TEXT), thing(a=TEXT, b=TEXT)),
        (thing(a=TEXT) | {"required": ["a"]}, thing(a=TEXT)),
        (thing(a=TEXT), thing(a=MAYBE)),
        (thing(a={"type": "integer"}), thing(a={"type": "number"})),
        (thing(a=WORDS), thing(a=WORDS | {"enum": ["a", "b", "c"]})),
        (thing(a=WORDS), thing(a=TEXT | {"x-open": True})),
        (thing(a=TEXT | {"maxLength": 8}), thing(a=TEXT | {"maxLength": 9})),
        (thing(a=TEXT | {"pattern": "^a"}), thing(a=TEXT)),
        (thing(a=TEXT | {"description": "old"}), thing(a=TEXT | {"description": "new", "default": "x"})),
        (thing(a=TEXT), thing(a={"$ref": "#/$defs/A"}) | {"$defs": {"A": TEXT}}),
    ],
)
def test_growth_is_no_break(old: Schema, new: Schema) -> None:
    assert not breaks("E", old, new)


def test_the_command_names_breaks_and_removed_schemas(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    for folder, fields in ((old, {"a": TEXT}), (new, {})):
        folder.mkdir()
        (folder / "CaseOpened.json").write_text(json.dumps(thing(**fields)), "utf-8")
    (old / "CaseEaten.json").write_text(json.dumps(thing()), "utf-8")
    assert main([str(old), str(new)]) == 1
    said = capsys.readouterr().err.splitlines()
    assert said == ["CaseEaten: the schema was removed", "CaseOpened.a: the field was removed"]
    assert main([str(new), str(new)]) == 0


def test_an_empty_baseline_does_not_pass_for_a_good_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(tmp_path), str(HOME / "schemas")]) == 2
    assert "there are no schemas in" in capsys.readouterr().err
