"""First process of the image: secrets from files, then the service takes this process's place, so that SIGTERM reaches it.

Every file in /run/secrets that is named like a variable becomes that variable, unless it is already set.
"""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

SECRETS = Path("/run/secrets")
NAME = re.compile(r"[A-Z][A-Z0-9_]*")


def secret_variables(folder: Path) -> dict[str, str]:
    """One trailing line break of a file is dropped."""
    if not folder.is_dir():
        return {}
    files = [file for file in sorted(folder.iterdir()) if NAME.fullmatch(file.name) and file.is_file()]
    return {file.name: file.read_text("utf-8").removesuffix("\n") for file in files}


def command(service: str, arguments: list[str]) -> list[str]:
    return [sys.executable, "-m", service.replace("-", "_"), *arguments]


def main(environment: Mapping[str, str], arguments: list[str]) -> None:
    service = environment.get("SERVICE")
    if not service:
        raise SystemExit("SERVICE is not set: the image was built without --build-arg SERVICE=<name>")
    argv = command(service, arguments)
    os.execve(argv[0], argv, secret_variables(SECRETS) | dict(environment))  # noqa: S606  # no shell is wanted


if __name__ == "__main__":
    main(os.environ, sys.argv[1:])
