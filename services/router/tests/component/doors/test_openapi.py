"""The OpenAPI document is complete: a client can be written from it alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import router.domain
import runtime
from router.entrypoints import problem_table
from router.handlers.outcomes import status_of

DOMAIN = Path(router.domain.__file__).parent
METHODS = ("get", "put", "post", "patch", "delete")


@pytest.fixture
def document(desk) -> dict[str, Any]:
    found: dict[str, Any] = desk.document()
    return found


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method in METHODS:
            if method in methods:
                yield f"{method.upper()} {path}", methods[method]


def schema_of(document: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """Behind a reference, or behind `null` for a body that may be left out."""
    for part in schema.get("anyOf", ()):
        if part.get("type") != "null":
            return schema_of(document, part)
    name = schema.get("$ref", "").removeprefix("#/components/schemas/")
    return document["components"]["schemas"][name] if name else schema


def examples_of(document: dict[str, Any], content: dict[str, Any]) -> list[Any]:
    told = (
        [content["example"]] if "example" in content else [one["value"] for one in content.get("examples", {}).values()]
    )
    return told or schema_of(document, content["schema"]).get("examples", [])


def strict(document: dict[str, Any], schema: dict[str, Any]) -> Draft202012Validator:
    """An example may not name a field that the schema lacks."""

    def closed(each: Any) -> Any:
        if isinstance(each, list):
            return [closed(one) for one in each]
        if not isinstance(each, dict):
            return each
        inner = {name: closed(one) for name, one in each.items()}
        is_open = "additionalProperties" not in each and isinstance(each.get("properties"), dict)
        return inner | {"additionalProperties": False} if is_open else inner

    return Draft202012Validator(closed(schema) | {"components": closed(document["components"])})


def test_every_operation_says_what_it_does_and_who_may(document) -> None:
    for name, operation in operations(document):
        assert operation["description"], name
        assert operation["security"], name
        assert operation["tags"], name


def test_every_request_body_has_an_example_that_is_valid(document) -> None:
    bodies = [
        (name, one["requestBody"]["content"]["application/json"])
        for name, one in operations(document)
        if "requestBody" in one
    ]
    assert len(bodies) == 13
    for name, content in bodies:
        examples = examples_of(document, content)
        assert examples, f"{name} has no example of its body"
        for example in examples:
            assert not list(strict(document, content["schema"]).iter_errors(example)), name


def test_every_answer_has_an_example_that_is_valid(document) -> None:
    for name, operation in operations(document):
        answers = {status: one for status, one in operation["responses"].items() if status.startswith("2")}
        assert answers, name
        for status, answer in answers.items():
            assert (status == "204") == ("content" not in answer), name
            for content in answer.get("content", {}).values():
                examples = examples_of(document, content)
                assert examples, f"{name} has no example of its answer"
                errors = [
                    error.message for one in examples for error in strict(document, content["schema"]).iter_errors(one)
                ]
                assert not errors, (name, errors)


def test_every_parameter_of_a_path_has_an_example(document) -> None:
    for name, operation in operations(document):
        for parameter in operation.get("parameters", ()):
            if parameter["in"] == "path":
                assert parameter["schema"].get("examples"), (name, parameter["name"])


def test_every_operation_declares_its_problems_with_an_example_of_each_code(document) -> None:
    for name, operation in operations(document):
        problems = {
            status: one for status, one in operation["responses"].items() if status.isdigit() and status >= "400"
        }
        assert {"401", "403", "422", "503"} <= problems.keys(), name
        for status, problem in problems.items():
            content = problem["content"]["application/problem+json"]
            assert content["schema"] == {"$ref": "#/components/schemas/Problem"}
            for code, example in content["examples"].items():
                told = example["value"]
                assert (told["code"], told["status"]) == (code, int(status)), name
                assert not list(strict(document, content["schema"]).iter_errors(told))


def test_every_command_takes_an_idempotency_key_and_no_read_does(document) -> None:
    for name, operation in operations(document):
        headers = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (not name.startswith("GET")), name


def test_every_read_says_whether_it_is_live_and_of_when(document) -> None:
    reads = [(name, one) for name, one in operations(document) if name.startswith("GET")]
    assert len(reads) == 10
    for name, operation in reads:
        schema = schema_of(document, operation["responses"]["200"]["content"]["application/json"]["schema"])
        assert {"live", "as_of"} <= set(schema["required"]), name


def refusals_of_the_engine() -> set[str]:
    found: set[str] = set()
    for file in DOMAIN.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Refusal":
                found |= {node.args[0].value} if node.args and isinstance(node.args[0], ast.Constant) else set()
    return found | {"offer_already_accepted", "offer_expired", "offer_declined", "offer_withdrawn"}


def test_every_refusal_of_the_engine_is_declared_by_an_operation(document) -> None:
    declared = {
        (code, int(status))
        for _, operation in operations(document)
        for status, answer in operation["responses"].items()
        if status.isdigit() and "application/problem+json" in answer.get("content", {})
        for code in answer["content"]["application/problem+json"]["examples"]
    }
    asked_of_the_case_store = {"merged_into_itself", "command_repeated", "command_overtaken"}
    wanted = {(code, status_of(code)) for code in refusals_of_the_engine() - asked_of_the_case_store}
    assert wanted <= declared
    assert {code for code, _ in declared} == set(problem_table._SENTENCES), "a sentence for each code and no other"


def test_every_operation_names_the_codes_with_which_a_caller_is_not_known(desk) -> None:
    written = "".join(
        (Path(runtime.__file__).parent / name).read_text() for name in ("auth.py", "jwt.py", "api_keys.py")
    )
    said = set(
        re.findall(r'"((?:token|api_key)_(?:malformed|missing|expired|invalid|[a-z_]+_(?:invalid|valid)))"', written)
    )
    assert {"token_malformed", "token_not_yet_valid", "api_key_expired"} <= said
    assert desk.declared("GET", "/v1/queues")[401] == said
