"""The command as a shell sees it: help, exit status, where errors go."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from madoguchi.__main__ import COMMANDS, cli
from madoguchi.commands.down import wipe_state
from madoguchi.errors import Stop


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], click.Command]]:
    yield path, group
    if isinstance(group, click.Group):
        context = click.Context(group)
        for name in group.list_commands(context):
            found = group.get_command(context, name)
            assert found is not None
            yield from commands(found, (*path, name))


ALL = dict(commands(cli))


def shell(*arguments: str, state: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("MADOGUCHI_")}
    return subprocess.run(
        [sys.executable, "-m", "madoguchi", *arguments],
        env=environment | {"MADOGUCHI_STATE": str(state)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@pytest.mark.parametrize("path", ALL, ids=lambda path: " ".join(path) or "madoguchi")
def test_every_command_has_help_with_examples(path: Sequence[str]) -> None:
    result = CliRunner().invoke(cli, [*path, "--help"])
    assert result.exit_code == 0
    assert "Examples:" in result.output or not path
    assert f"madoguchi {' '.join(path)}".strip() in result.output


def test_the_table_of_commands_is_the_commands() -> None:
    assert {path[0] for path in ALL if path} == set(COMMANDS)


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("--version",), 0),
        (("settings", "ingest", "--json"), 0),
        (("nonsense",), 2),
        (("send", "fax", "hello"), 2),
        (("dlq", "redrive"), 2),
        (("token",), 1),
        (("key", "make"), 2),
        (("key", "make", "--bot", "faq", "--scope", "cases:read"), 2),
        (("send", "line", "hello"), 1),
        (("trace", "nobody", "--wait", "0"), 1),
        (("apply", "no/such/folder"), 1),
        (("down",), 0),
    ],
)
def test_exit_statuses_and_one_sentence_on_stderr(arguments: tuple[str, ...], status: int, tmp_path: Path) -> None:
    done = shell(*arguments, state=tmp_path)
    assert done.returncode == status
    assert "Traceback" not in done.stderr
    if status:
        assert done.stdout == ""
        assert done.stderr.strip()


def test_mistakes_as_json(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("tenant: acme\n", encoding="utf-8")
    done = shell("apply", str(tmp_path), "--json", state=tmp_path)
    assert done.returncode == 1
    assert {mistake["line"] for mistake in json.loads(done.stdout)["mistakes"]} == {1}


def test_wrong_environment_is_told_in_one_line(tmp_path: Path) -> None:
    environment = dict(os.environ) | {"STACK": "cloud", "MADOGUCHI_STATE": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "madoguchi", "down"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1
    assert "STACK" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_wiping_spares_the_cache_and_refuses_a_foreign_folder(tmp_path: Path) -> None:
    state = tmp_path / "state"
    (state / "cache" / "kafka").mkdir(parents=True)
    (state / "postgres").mkdir()
    (state / "secrets.json").write_text("{}", encoding="utf-8")
    assert wipe_state(state, state / "cache") == ["postgres", "secrets.json"]
    assert [path.name for path in state.iterdir()] == ["cache"]
    home = tmp_path / "home"
    home.mkdir()
    (home / "letter.txt").write_text("dear", encoding="utf-8")
    with pytest.raises(Stop, match="doesn't look like a state folder"):
        wipe_state(home, home / "cache")
    assert (home / "letter.txt").exists()
