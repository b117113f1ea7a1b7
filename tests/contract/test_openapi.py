"""Each service keeps its OpenAPI document beside its code; every operation says what it does, with examples true to their schemas."""

import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import case_store.wiring
import notifier.wiring
import router.wiring

SERVICES = Path(__file__).parents[2] / "services"
DOCUMENTS = {
    "case-store": case_store.wiring.openapi_document,
    "notifier": notifier.wiring.openapi_document,
    "router": router.wiring.openapi_document,
}
Document = dict[str, Any]


@pytest.mark.parametrize(("service", "document"), DOCUMENTS.items())
def test_the_committed_document_is_this_one(service: str, document: Callable[[], str]) -> None:
    package, kept = service.replace("-", "_"), SERVICES / service / "openapi.json"
    assert kept.read_text("utf-8") == document(), f"python -m {package} openapi > services/{service}/openapi.json"


@pytest.fixture(scope="module", params=DOCUMENTS)
def document(request: pytest.FixtureRequest) -> Document:
    read: Document = json.loads((SERVICES / request.param / "openapi.json").read_text("utf-8"))
    return read


def operations(document: Document) -> Iterator[tuple[str, Document]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method} {path}", operation


def contents(operation: Document) -> Iterator[Document]:
    """Of its body, if it has one, and of its good answers; a file's bytes need no example."""
    taken = operation.get("requestBody", {}).get("content", {})
    if "application/octet-stream" not in taken and taken:
        yield taken["application/json"]
    for status, answer in operation["responses"].items():
        if status.startswith("2") and "application/json" in answer.get("content", {}):
            yield answer["content"]["application/json"]


def examples_of(content: Document, document: Document) -> list[Any]:
    if "example" in content:
        return [content["example"]]
    schema = next((part for part in content["schema"].get("anyOf", ()) if "$ref" in part), content["schema"])
    name = schema["$ref"].rpartition("/")[2]
    return list(document["components"]["schemas"][name].get("examples", ()))


def test_every_operation_has_true_examples_of_what_it_takes_and_gives(document: Document) -> None:
    for name, operation in operations(document):
        for content in contents(operation):
            examples = examples_of(content, document)
            assert examples, f"{name} has no example"
            validator = Draft202012Validator(content["schema"] | {"components": document["components"]})
            for example in examples:
                assert [error.message for error in validator.iter_errors(example)] == [], name


def test_what_takes_a_body_or_answers_has_contents_to_look_at(document: Document) -> None:
    """The walk above looks at something: all but removals and files."""
    silent = [name for name, operation in operations(document) if not list(contents(operation))]
    assert all(name.startswith("delete ") or name.endswith("/attachments/{index}") for name in silent), silent


def test_every_operation_has_a_name_of_its_own_says_what_it_does_and_needs_a_scope(document: Document) -> None:
    names = Counter(operation["operationId"] for _, operation in operations(document))
    assert set(names.values()) == {1}, names
    for name, operation in operations(document):
        assert operation.get("description"), f"{name} says nothing"
        assert operation["security"], f"{name} needs no scope"


def test_every_list_is_paged_or_says_that_it_is_whole(document: Document) -> None:
    """A page has `items` and `next`; what has `next` takes `cursor`."""
    for name, operation in operations(document):
        for content in contents(operation):
            reference = content["schema"].get("$ref", "").rpartition("/")[2]
            fields = document["components"]["schemas"].get(reference, {}).get("properties", {})
            takes = {one["name"] for one in operation.get("parameters", ())}
            if (
                "items" in fields
                and "next" in fields
                and not name.endswith(("contact-points", "reply-paths", "offers", "turns"))
            ):
                assert "cursor" in takes, f"{name} gives a `next` that it doesn't take"
