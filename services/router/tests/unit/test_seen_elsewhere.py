"""The table of what was seen elsewhere is true, and complete."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TESTS = Path(__file__).parents[1]
SEEN = (
    "Dynamics 365",
    "a 10 s cached depth over-admits",
    "ring and best-skill interacting by surprise",
    "returning customers go behind those already waiting",
    "blocks of 100",
    "waiting chats picked up by a job every 15 minutes",
    "a manual capacity edit that triggers nothing",
    "a newer chat taken first",
    "reopened work stuck on an absent agent",
    "a limit stored as a string",
    "a balancer that chose the same full agent for ever",
    "policy that cannot change once applied",
    "escalation times stale after a calendar change or merge",
    "update time overriding first response",
    "web notes did not",
    "clock runs on after resolve",
)


def rows() -> dict[str, set[str]]:
    lines = (TESTS / "README.md").read_text("utf-8").splitlines()
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    return {seen: set(re.findall(r"`(test_\w+)`", tests)) for seen, _, tests in cells[1:]}


def named_seen() -> Iterator[str]:
    for file in TESTS.rglob("test_*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_seen_"):
                yield node.name


def test_every_fault_seen_elsewhere_has_its_row() -> None:
    assert len(rows()) == len(SEEN)
    for seen in SEEN:
        assert any(row.startswith(seen) for row in rows()), seen


def test_every_row_names_tests_that_are_there_and_every_such_test_is_in_a_row() -> None:
    assert all(rows().values())
    assert set().union(*rows().values()) == set(named_seen())


def test_a_test_is_named_after_what_was_seen() -> None:
    words = {seen: set(re.findall(r"[a-z0-9]+", seen.lower())) for seen in rows()}
    for seen, tests in rows().items():
        for name in tests:
            told = set(name.split("_"))
            assert len(words[seen] & told) >= 2, (seen, name)
