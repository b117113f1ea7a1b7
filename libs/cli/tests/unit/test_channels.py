"""The page of channels is the rows of the services; a new channel is whole, lints, and fails where its author has to go on."""

import shutil
import subprocess
import sys
from dataclasses import fields
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.channels import CHANNELS as DOORS
from ingest.handlers.ports import Channel as Door
from madoguchi.__main__ import cli
from madoguchi.channels.scaffold import make_channel
from madoguchi.channels.table import page
from madoguchi.errors import Stop
from notifier.channels.table import CHANNELS as WAYS

ROOT = Path(__file__).resolve().parents[4]


def test_the_committed_page_is_this_one() -> None:
    assert (ROOT / "docs/channels.md").read_text("utf-8") == page()


def test_every_channel_is_on_the_page() -> None:
    shown = page()
    assert all(shown.count(f"| `{name}` |") >= 1 for name in {*DOORS, *WAYS})
    assert CliRunner().invoke(cli, ["channels"]).output == shown


def test_the_web_chat_is_on_the_page_on_both_sides() -> None:
    assert page().count("| `webchat` |") == 2


def test_the_guide_names_everything_that_a_door_can_say() -> None:
    guide = (ROOT / "docs/adding-a-channel.md").read_text("utf-8")
    assert [field.name for field in fields(Door) if f"`{field.name}`" not in guide.replace("Channel.", "")] == []


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """The parts of the house that a channel touches, in a folder of their own."""
    for name in ("services/ingest", "services/notifier", "libs/sandbox"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_a_new_channel_is_whole_and_asks_for_samples(checkout: Path) -> None:
    made = make_channel(checkout, "hato")
    python = [str(checkout / path) for path in made if path.suffix == ".py"]
    ruff = str(Path(sys.executable).parent / "ruff")
    done = subprocess.run([ruff, "check", *python], cwd=checkout, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    tests = [path for path in python if "/tests/" in path]
    sources = ":".join(
        str(checkout / name / "src") for name in ("services/ingest", "services/notifier", "libs/sandbox")
    )
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=checkout,
        capture_output=True,
        text=True,
        env={"PYTHONPATH": sources, "PATH": "/usr/bin:/bin"},
    )
    assert "test_every_sample_of_the_provider_is_here" in done.stdout
    assert "1 failed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("name", ["", "Hato", "9", "class", "a-b", "../x"])
def test_a_name_that_is_no_word_is_refused(checkout: Path, name: str) -> None:
    with pytest.raises(Stop):
        make_channel(checkout, name)


def test_nothing_is_written_over(checkout: Path) -> None:
    before = (checkout / "services/ingest/src/ingest/channels/line/__init__.py").read_bytes()
    with pytest.raises(Stop, match="exists already"):
        make_channel(checkout, "line")
    assert (checkout / "services/ingest/src/ingest/channels/line/__init__.py").read_bytes() == before


def test_elsewhere_than_in_a_checkout_it_says_so(tmp_path: Path) -> None:
    with pytest.raises(Stop, match="no checkout"):
        make_channel(tmp_path, "hato")
