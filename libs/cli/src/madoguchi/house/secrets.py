"""Secrets of the local house: made at the first start, kept in one file that only its owner may read."""

import base64
import json
import os
import secrets
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from madoguchi.errors import Stop
from madoguchi.settings_table import ACCOUNT_SECRETS

FILE_NAME: Final = "secrets.json"
PARTITION_KEY: Final = "partition_key_secret"
APP_PASSWORD: Final = "app_password"  # noqa: S105  # a name
SEALING_KEY: Final = "sealing_key"

_MAKERS: Final[Mapping[str, Callable[[], str]]] = {
    "hex": lambda: secrets.token_hex(16),
    "key": lambda: secrets.token_hex(32),
    "whsec": lambda: "whsec_" + base64.b64encode(secrets.token_bytes(24)).decode(),
}


def open_secrets(state: Path) -> dict[str, str]:
    """All of them, by name; those that the file doesn't have yet are made and written."""
    known = load_secrets(state)
    wanted = {PARTITION_KEY: "hex", APP_PASSWORD: "hex", SEALING_KEY: "key"} | {
        one.variable: one.kind for one in ACCOUNT_SECRETS
    }
    made = {name: _MAKERS[kind]() for name, kind in wanted.items() if name not in known}
    if made:
        _write(state / FILE_NAME, known | made)
    return known | made


def load_secrets(state: Path) -> dict[str, str]:
    try:
        found = json.loads((state / FILE_NAME).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Stop(f"{state / FILE_NAME} is not a file of secrets; `madoguchi down --wipe` removes the whole state")
    return found


def _write(path: Path, values: Mapping[str, str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.partial")
    draft.unlink(missing_ok=True)
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(values, file, indent=2)
    draft.rename(path)
