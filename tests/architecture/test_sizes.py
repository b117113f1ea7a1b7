"""A file is read in one sitting, and a service's start on one screen."""

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIMITS = {"__main__.py": 25}
LIMIT = 400


def too_long(files: Iterator[Path]) -> list[str]:
    found = []
    for file in files:
        lines, limit = len(file.read_text("utf-8").splitlines()), LIMITS.get(file.name, LIMIT)
        if lines > limit:
            found.append(f"{file}: {lines} lines, at most {limit}; split it by what its parts are for")
    return found


def test_files_are_short() -> None:
    starts = ROOT.glob("services/*/src/*/__main__.py")
    others = (file for top in ("libs", "services", "tests") for file in ROOT.glob(f"{top}/**/*.py"))
    assert not too_long(starts)
    assert not too_long(file for file in others if file.name not in LIMITS and "node_modules" not in file.parts)


def test_a_long_file_is_found(tmp_path: Path) -> None:
    start, module = tmp_path / "__main__.py", tmp_path / "module.py"
    start.write_text("pass\n" * 25)
    module.write_text("pass\n" * 400)
    assert not too_long(iter((start, module)))
    start.write_text("pass\n" * 26)
    module.write_text("pass\n" * 401)
    assert len(too_long(iter((start, module)))) == 2
