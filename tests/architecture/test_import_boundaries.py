"""The boundaries of .importlinter, tripped: the real packages with a breach of each kind planted among them."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLANTED = {
    "ingest/domain/planted.py": ("import asyncio", "ingest.domain.planted -> asyncio"),
    "case_store/domain/planted.py": ("import time", "case_store.domain.planted -> time"),
    "router/domain/planted.py": ("import router.handlers", "router.domain.planted -> router.handlers"),
    "notifier/domain/planted.py": ("import os", "notifier.domain.planted -> os"),
    "ingest/handlers/planted.py": ("import aiokafka", "ingest.handlers.planted -> aiokafka"),
    "case_store/handlers/planted.py": ("import asyncpg", "case_store.handlers.planted -> asyncpg"),
    "router/handlers/planted.py": ("import case_store.domain", "router.handlers.planted -> case_store.domain"),
    "notifier/handlers/planted.py": ("import notifier.channels", "notifier.handlers.planted -> notifier.channels"),
    "case_store/entrypoints/planted.py": (
        "import case_store.adapters",
        "case_store.entrypoints.planted -> case_store.adapters",
    ),
    "runtime/planted.py": ("import ingest", "runtime.planted -> ingest"),
    "contracts/planted.py": ("import httpx", "contracts.planted -> httpx"),
    "sandbox/planted.py": ("import madoguchi", "sandbox.planted -> madoguchi"),
}


def copy_packages(into: Path) -> Path:
    for source in sorted(ROOT.glob("libs/*/src/*/")) + sorted(ROOT.glob("services/*/src/*/")):
        shutil.copytree(source, into / source.name, ignore=shutil.ignore_patterns("__pycache__", "samples"))
    shutil.copy(ROOT / ".importlinter", into)
    return into


def lint(folder: Path) -> tuple[int, str]:
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run(
        [program, "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder), "COLUMNS": "300", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        timeout=90,
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = copy_packages(tmp_path_factory.mktemp("house"))
    for file, (line, _) in PLANTED.items():
        (folder / file).write_text(line + "\n")
    status, output = lint(folder)
    assert status != 0
    yield output
    shutil.rmtree(folder)


@pytest.mark.parametrize("file", PLANTED)
def test_a_planted_import_is_found(file: str, planted: str) -> None:
    assert PLANTED[file][1] in planted


def test_the_house_itself_keeps_every_boundary(tmp_path: Path) -> None:
    status, output = lint(copy_packages(tmp_path))
    assert status == 0, output


def test_a_new_room_has_to_find_its_place(tmp_path: Path) -> None:
    folder = copy_packages(tmp_path)
    (folder / "ingest" / "helpers.py").write_text("")
    status, output = lint(folder)
    assert status != 0
    assert "helpers" in output


def test_a_missing_room_is_told(tmp_path: Path) -> None:
    folder = copy_packages(tmp_path)
    shutil.rmtree(folder / "case_store" / "domain")
    status, output = lint(folder)
    assert status != 0
    assert "case_store.domain" in output
