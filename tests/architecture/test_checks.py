"""The checks of `make check` themselves: a breach fails, a machine without an optional tool is told, nothing is passed over in silence."""

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def check() -> Any:
    spec = importlib.util.spec_from_file_location("house_check", ROOT / ".ci" / "check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_a_failing_command_fails_the_check_and_tells_why(check: Any, capsys: pytest.CaptureFixture[str]) -> None:
    bad = (sys.executable, "-c", "print('the reason'); raise SystemExit(3)")
    never = (sys.executable, "-c", "print('never reached')")
    result = check.run(check.Check("planted", (bad, never)))
    assert result.state == "FAILED"
    assert check.tell([result]) is False
    told = capsys.readouterr().out
    assert "the reason" in told
    assert "1 failed: planted" in told
    assert "never reached" not in told


def test_a_missing_program_fails_but_an_optional_one_is_told(check: Any) -> None:
    absent = (("madoguchi-no-such-program",),)
    assert check.run(check.Check("needed", absent)).state == "FAILED"
    passed_over = check.run(check.Check("optional", absent, ROOT, "madoguchi-no-such-program"))
    assert passed_over.state == "passed over: madoguchi-no-such-program is not on this machine"


def test_an_unknown_check_is_refused(check: Any) -> None:
    with pytest.raises(SystemExit, match="no check is called lnt"):
        check.chosen(["lnt"])


def test_every_member_and_every_kind_of_file_is_checked(check: Any) -> None:
    names = {one.name for one in check.chosen([])}
    assert {
        "types",
        "lint",
        "format",
        "imports",
        "schemas",
        "compatible",
        "compose",
        "dockerfile",
        "kubernetes",
    } <= names
    assert {f"deps {member.name}" for member in check.MEMBERS} <= names
    assert len(check.MEMBERS) == 8
    assert len(check.manifests()) > 5


def compose(text: str) -> str:
    return text.replace("    user: ", "    usr: ", 1)


def dockerfile(text: str) -> str:
    return text.replace("FROM python:${PYTHON} AS builder", "FROM python:latest AS builder")


def kubernetes(text: str) -> str:
    return text.replace("maxUnavailable: 1", "maxUnavalable: 1")


@pytest.mark.parametrize(
    ("file", "spoil", "command"),
    [
        ("docker-compose.yml", compose, ("check-jsonschema", "--builtin-schema", "vendor.compose-spec")),
        ("deploy/docker/Dockerfile", dockerfile, ("hadolint",)),
        ("deploy/k8s/base/router.yaml", kubernetes, ("kubernetes-validate", "--strict", "--quiet", "-k", "1.31.0")),
    ],
)
def test_a_planted_mistake_is_found_by_its_validator(
    check: Any, tmp_path: Path, file: str, spoil: Callable[[str], str], command: tuple[str, ...]
) -> None:
    text, copy = (ROOT / file).read_text("utf-8"), tmp_path / Path(file).name
    validate = check.Check(file, (check.tool(*command, str(copy)),))
    copy.write_text(text)
    assert check.run(validate).state == "ok"
    assert spoil(text) != text
    copy.write_text(spoil(text))
    assert check.run(validate).state == "FAILED"
