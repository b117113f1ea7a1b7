"""The examples are the contract: what is in them must decode, encode back and satisfy the published schemas."""

import json
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from jsonschema import Draft202012Validator

from contracts.envelope import TYPE_PREFIX, decode, encode
from contracts.topics import TOPICS

HOME = Path(__file__).parents[1]
EXAMPLES = [(topic.name, event) for topic in TOPICS for event in topic.events]
FORMATS = Draft202012Validator.FORMAT_CHECKER
every_example = pytest.mark.parametrize(("topic", "event"), EXAMPLES)


def read(topic: str, event: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((HOME / "examples" / topic / f"{event}.json").read_text("utf-8"))
    return loaded


def schema(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((HOME / "schemas" / f"{name}.json").read_text("utf-8"))
    Draft202012Validator.check_schema(loaded)
    return loaded


def test_every_event_has_an_example_and_every_example_an_event() -> None:
    found = {(path.parent.name, path.stem) for path in (HOME / "examples").glob("*/*.json")}
    assert found == set(EXAMPLES)


@every_example
def test_an_example_decodes_and_encodes_to_the_same_json(topic: str, event: str) -> None:
    example = read(topic, event)
    envelope = decode(json.dumps(example).encode())
    assert envelope.type == event
    assert json.loads(encode(envelope)) == example


@every_example
def test_an_example_satisfies_the_published_schemas(topic: str, event: str) -> None:
    example = read(topic, event)
    Draft202012Validator(schema("envelope"), format_checker=FORMATS).validate(example)
    Draft202012Validator(schema(event), format_checker=FORMATS).validate(example["data"])


@every_example
def test_a_field_nobody_knows_is_refused_by_the_writers_schema(topic: str, event: str) -> None:
    data = read(topic, event)["data"]
    assert not Draft202012Validator(schema(event)).is_valid(data | {"colour": "red"})


@every_example
def test_an_example_keeps_the_attribute_rules_of_cloudevents_1_0(topic: str, event: str) -> None:
    attributes = {name: value for name, value in read(topic, event).items() if name != "data"}
    assert not violations(attributes)
    assert attributes["type"] == TYPE_PREFIX + event


@pytest.mark.parametrize(
    ("change", "attribute"),
    [
        ({"id": ""}, "id"),
        ({"id": None}, "id"),
        ({"source": "not a uri"}, "source"),
        ({"specversion": "0.3"}, "specversion"),
        ({"type": ""}, "type"),
        ({"time": "2026-11-20 09:31"}, "time"),
        ({"datacontenttype": "json"}, "datacontenttype"),
        ({"causation_id": "x"}, "causation_id"),
        ({"tenant": {"id": "acme"}}, "tenant"),
        ({"tenant": "a\x00b"}, "tenant"),
    ],
)
def test_each_rule_of_cloudevents_is_looked_at(change: dict[str, object], attribute: str) -> None:
    attributes = {name: value for name, value in read("config", "TenantConfig").items() if name != "data"}
    assert violations(attributes | change) == {attribute}


def violations(attributes: dict[str, Any]) -> set[str]:
    """The names of attributes that break section 3 of the CloudEvents 1.0 specification."""
    required = {name for name in ("id", "source", "specversion", "type") if not attributes.get(name)}
    names = {name for name in attributes if not re.fullmatch(r"[a-z0-9]{1,20}", name)}
    values = {name for name, value in attributes.items() if not _is_attribute_value(value)}
    rules = {
        "specversion": lambda text: text == "1.0",
        "source": lambda text: re.fullmatch(r"[!-~]+", text) and urlsplit(text),
        "time": lambda text: re.fullmatch(r"\d{4}-\d\d-\d\dT\S+(Z|[+-]\d\d:\d\d)", text) and _is_date(text),
        "datacontenttype": lambda text: re.fullmatch(r"[a-z]+/[\w.+-]+(; *\w+=\S+)*", text),
        "dataschema": lambda text: urlsplit(text).scheme,
        "subject": bool,
    }
    broken = {name for name, rule in rules.items() if attributes.get(name) and not rule(attributes[name])}
    return required | names | values | broken


def _is_attribute_value(value: object) -> bool:
    if isinstance(value, str):
        return not re.search(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff]", value)
    return isinstance(value, bool | int)


def _is_date(text: str) -> bool:
    return datetime.fromisoformat(text).tzinfo is not None
