"""A recording as a file, through the command; and what the command refuses."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from contracts.config import TenantConfig
from contracts.envelope import Envelope
from madoguchi.__main__ import cli
from madoguchi.apply.source import load_tenant
from madoguchi.errors import Stop
from madoguchi.simulate.replay.record_file import read_file, write_file

ROOT = Path(__file__).parents[5]
ACME = ROOT / "config" / "acme"


def run(state: Path, *arguments: str) -> Result:
    return CliRunner().invoke(cli, ["simulate", *arguments], env={"MADOGUCHI_STATE": str(state)})


@pytest.fixture
def kept(past: Any, tmp_path: Path) -> Path:
    """With the configuration in force, as --record writes it."""
    config: TenantConfig = load_tenant(ACME, {"MADOGUCHI_SANDBOX_URL": "http://localhost"}).config
    yesterday = past(1, hours=1)
    first = Envelope(yesterday.envelopes[0].id, "acme", "cli", config.applied_at, config)
    write_file(tmp_path / "kept.jsonl", [first, *yesterday.envelopes])
    return tmp_path / "kept.jsonl"


def test_a_kept_recording_reads_back_as_it_was(past: Any, tmp_path: Path) -> None:
    yesterday = past(2, hours=1)
    path = tmp_path / "kept.jsonl"
    write_file(path, yesterday.envelopes)
    assert read_file(path) == yesterday.envelopes
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_command_replays_a_file_three_ways_and_the_same_to_the_byte(kept: Path, tmp_path: Path) -> None:
    page = tmp_path / "out.html"
    arguments = ("--config", str(ACME), "--commands", str(kept), "--seed", "5")
    told = run(tmp_path, *arguments, "--json", "--html", str(page))
    assert told.exit_code == 0, told.output
    assert run(tmp_path, *arguments, "--json").stdout == told.stdout
    data = json.loads(told.stdout)
    assert [outcome["config"] for outcome in data["outcomes"]] == ["recorded", "revision 1", str(ACME)]
    assert data["outcomes"][0]["all"]["asked"] == data["outcomes"][2]["all"]["asked"] > 0
    assert f"What if: acme: {ACME} instead of revision 1, on what came from 2026-01-05T" in page.read_text("utf-8")
    shown = run(tmp_path, *arguments)
    assert ("service level" in shown.output, "change" in shown.output) == (True, True)


def test_a_line_that_is_no_command_is_told_with_its_place(kept: Path) -> None:
    lines = kept.read_bytes().splitlines(keepends=True)
    lines[2] = b'{"specversion": "1.0"}\n'
    lines[4] = lines[4].replace(b"madoguchi.", b"acme.")
    kept.write_bytes(b"".join(lines))
    with pytest.raises(Stop) as wrong:
        read_file(kept)
    told = wrong.value.message.splitlines()[1:]
    assert [line.split(": ")[0] for line in told] == [f"{kept}:3", f"{kept}:5"]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        ((), 2, "say what to play"),
        (("--from", "yesterday"), 2, "'yesterday' is no instant"),
        (("--from", "2026-11-21T09:00:00"), 2, "has no time zone"),
        (("--from", "2026-11-21T09:00:00Z", "--warm-up", "long"), 2, "'long' is no length of time"),
        (("--from", "2026-11-21T09:00:00Z", "--to", "2026-11-21T08:00:00Z"), 1, "--from is not before --to"),
        (("--load", "LOAD", "--from", "2026-11-21T09:00:00Z"), 2, "say one of them"),
        (("--commands", "EMPTY"), 1, "the file holds no recorded command"),
        (("--commands", "KEPT", "--from", "2027-01-01T00:00:00Z"), 1, "nobody of acme asked for an agent"),
    ],
)
def test_what_can_not_be_played_is_told(
    kept: Path, tmp_path: Path, arguments: tuple[str, ...], code: int, sentence: str
) -> None:
    (tmp_path / "empty").touch()
    load = ROOT / "libs" / "cli" / "samples" / "monday.yaml"
    named = {"LOAD": str(load), "EMPTY": str(tmp_path / "empty"), "KEPT": str(kept)}
    told = run(tmp_path, "--config", str(ACME), *(named.get(one, one) for one in arguments))
    assert (told.exit_code, sentence in told.output) == (code, True), told.output


def test_without_a_configuration_a_recording_can_only_be_kept(kept: Path, tmp_path: Path) -> None:
    told = run(tmp_path, "--commands", str(kept))
    assert (told.exit_code, "say with --config" in told.output) == (2, True)
