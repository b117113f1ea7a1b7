"""The secret files that docker-compose.yml mounts, made from the table of settings. Existing files are kept.

A value may be given as an environment variable of the file's name; else it is random.
"""

import argparse
import base64
import os
import re
import secrets
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from madoguchi.settings_table import ACCOUNT_SECRETS, PROCESSES, Setting, settings_of

REFERENCE = re.compile(r"\$\{([A-Z][A-Z0-9_]*):\?\}")
DEFAULT_FOLDER = Path(".madoguchi/compose")
EXTRA = ("GRAFANA_ADMIN_PASSWORD",)


def secret_settings() -> dict[str, Setting]:
    found = (setting for process in PROCESSES for setting in settings_of(process))
    return {setting.variable: setting for setting in found if setting.secret and setting.compose is not None}


def references() -> tuple[str, ...]:
    """The names that the templates of secret values speak of, each a file of its own."""
    texts = (setting.compose or "" for setting in secret_settings().values())
    return tuple(dict.fromkeys((*(name for text in texts for name in REFERENCE.findall(text)), *EXTRA)))


def fresh(name: str) -> str:
    kinds = {secret.variable: secret.kind for secret in ACCOUNT_SECRETS}
    if kinds.get(name) == "whsec":
        return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()
    return secrets.token_hex(32)


def make(folder: Path, given: Mapping[str, str]) -> Iterator[str]:
    """Yields the names of the files written."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for name in references():
        yield from _write(folder / name, given.get(name) or fresh(name))
    for name, setting in secret_settings().items():
        yield from _write(folder / name, REFERENCE.sub(lambda found: _read(folder, found[1]), setting.compose or ""))


def _read(folder: Path, name: str) -> str:
    return (folder / name).read_text("utf-8").removesuffix("\n")


def _write(file: Path, value: str) -> Iterator[str]:
    """Readable for all, as the containers' users are others; the folder is closed to everyone else."""
    if not file.exists():
        file.touch(mode=0o444)
        file.chmod(0o644)
        file.write_text(value + "\n", "utf-8")
        yield file.name


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER)
    folder: Path = parser.parse_args().folder
    written = list(make(folder, os.environ))
    sys.stdout.write(f"{folder}: {len(written)} secret files written\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
