"""The OpenAPI document: every operation says what it does, with examples that are true to their schemas."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from case_store.wiring import build_for_tests
from runtime.api import openapi
from runtime.ids import SystemIds
from runtime.testing.config import fixed_config


class Nobody:
    async def authenticate(self, headers: Any) -> Any:
        raise NotImplementedError


class NoTransactions:
    def begin(self, tenant: str) -> Any:
        raise NotImplementedError

    def read(self, tenant: str) -> Any:
        raise NotImplementedError


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    api, _ = build_for_tests(fixed_config(), SystemIds(), NoTransactions(), Nobody())
    return openapi(api)


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def contents(operation: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Of its body, if it has one, and of its good answers; a file's bytes need no example."""
    if "requestBody" in operation:
        yield operation["requestBody"]["content"]["application/json"]
    for status, answer in operation["responses"].items():
        if status.startswith("2") and "application/json" in answer["content"]:
            yield answer["content"]["application/json"]


def examples_of(content: dict[str, Any], document: dict[str, Any]) -> list[Any]:
    if "example" in content:
        return [content["example"]]
    schema = next((part for part in content["schema"].get("anyOf", ()) if "$ref" in part), content["schema"])
    name = schema["$ref"].rpartition("/")[2]
    return list(document["components"]["schemas"][name].get("examples", ()))


def test_every_operation_has_true_examples_of_what_it_takes_and_gives(document: dict[str, Any]) -> None:
    told = [(name, content) for name, operation in operations(document) for content in contents(operation)]
    assert len(told) == 28 + 17, "an operation or a body more or less"
    for name, content in told:
        examples = examples_of(content, document)
        assert examples, f"{name} has no example"
        validator = Draft202012Validator(content["schema"] | {"components": document["components"]})
        for example in examples:
            assert [error.message for error in validator.iter_errors(example)] == [], name


def test_every_operation_has_a_name_of_its_own_and_says_what_it_does(document: dict[str, Any]) -> None:
    names = Counter(operation["operationId"] for _, operation in operations(document))
    assert set(names.values()) == {1}, names
    for name, operation in operations(document):
        assert operation.get("description"), f"{name} says nothing"
        assert operation["security"], f"{name} needs no scope"
