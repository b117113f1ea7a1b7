import json
import shutil
from pathlib import Path

import pytest

from contracts.generate import main

HOME = Path(__file__).parents[1]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    for folder in ("topics", "examples", "schemas"):
        shutil.copytree(HOME / folder, tmp_path / folder)
    (tmp_path / "src/contracts").mkdir(parents=True)
    for file in ("src/contracts/topics.py", "asyncapi.yaml"):
        shutil.copy(HOME / file, tmp_path / file)
    return tmp_path


def test_everything_generated_is_up_to_date(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--check"]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("place", ["schemas/CaseOpened.json", "schemas/config/tenant-file.json", "asyncapi.yaml"])
def test_a_stale_file_is_named_and_then_mended(copy: Path, place: str, capsys: pytest.CaptureFixture[str]) -> None:
    file = copy / place
    file.write_text(file.read_text("utf-8") + " ", "utf-8")
    assert main(["--check", "--root", str(copy)]) == 1
    assert f"{place} is stale" in capsys.readouterr().err
    assert main(["--root", str(copy)]) == 0
    assert main(["--check", "--root", str(copy)]) == 0


def test_a_missing_file_and_a_leftover_are_named(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "schemas/CaseOpened.json").rename(copy / "schemas/CaseEaten.json")
    assert main(["--check", "--root", str(copy)]) == 1
    said = capsys.readouterr().err
    assert "schemas/CaseOpened.json is missing" in said
    assert "schemas/CaseEaten.json belongs to no event" in said
    assert main(["--root", str(copy)]) == 0
    assert not (copy / "schemas/CaseEaten.json").exists()


def test_a_bad_card_stops_the_generation(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (copy / "topics/config.yaml").unlink()
    assert main(["--root", str(copy)]) == 1
    assert "no card carries 'TenantConfig'" in capsys.readouterr().err


def test_a_release_becomes_the_baseline(copy: Path) -> None:
    shutil.rmtree(copy / "schemas/released")
    assert main(["--release", "--root", str(copy)]) == 0
    released = copy / "schemas/released/CaseOpened.json"
    assert released.read_text("utf-8") == (copy / "schemas/CaseOpened.json").read_text("utf-8")


def test_a_release_that_breaks_the_one_before_is_refused(copy: Path, capsys: pytest.CaptureFixture[str]) -> None:
    released = copy / "schemas/released/CaseOpened.json"
    before = json.loads(released.read_text("utf-8"))
    before["properties"]["colour"] = {"type": "string"}
    released.write_text(json.dumps(before), "utf-8")
    assert main(["--release", "--root", str(copy)]) == 1
    assert "CaseOpened.colour: the field was removed" in capsys.readouterr().err
    assert "colour" in released.read_text("utf-8")
