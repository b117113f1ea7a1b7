"""Each service keeps its OpenAPI document beside its code, so that a change of its API is seen as one."""

from collections.abc import Callable
from pathlib import Path

import pytest

import case_store.wiring
import notifier.wiring
import router.wiring

SERVICES = Path(__file__).parents[2] / "services"


@pytest.mark.parametrize(
    ("service", "package", "document"),
    [
        ("case-store", "case_store", case_store.wiring.openapi_document),
        ("notifier", "notifier", notifier.wiring.openapi_document),
        ("router", "router", router.wiring.openapi_document),
    ],
)
def test_the_committed_document_is_this_one(service: str, package: str, document: Callable[[], str]) -> None:
    kept = SERVICES / service / "openapi.json"
    assert kept.read_text("utf-8") == document(), f"python -m {package} openapi > services/{service}/openapi.json"
