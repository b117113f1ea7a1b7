"""The files of a tenant's folder to one checked bundle. All mistakes are told at once."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final

from contracts.config import TenantConfig
from madoguchi.apply.conditions import condition_mistakes
from madoguchi.apply.holiday_dates import expand_holidays
from madoguchi.apply.mistakes import ConfigWrong, Mistake, Place, Places, Route, mistake_at
from madoguchi.apply.validate import validate
from madoguchi.apply.yaml_file import YamlFile
from runtime.clock import SystemClock

_BY_THE_TOOL: Final = ("revision", "applied_at")
_VARIABLE: Final = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}")


@dataclass(frozen=True, slots=True)
class Bundle:
    """`config` has revision 1 and no real time yet: both are given when it is written. `files` are what it was read from."""

    config: TenantConfig
    places: Places
    files: tuple[Path, ...]


def load_tenant(folder: Path, environment: Mapping[str, str], today: date | None = None) -> Bundle:
    """Raises ConfigWrong. `environment` fills `${NAME}` and `${NAME:-default}` in the options of channel accounts.

    Holidays are looked up for the years around `today`, by default the system's.
    """
    files = _files(folder)
    value, places, mistakes = _merge(_readable(files))
    places[()] = Place(files[0], 1)
    mistakes += _fill_options(value, places, environment)
    mistakes += expand_holidays(value, places, today or SystemClock().now().date())
    config, problems = validate(value)
    mistakes += [mistake_at(problem.path, problem.sentence, places) for problem in problems]
    mistakes += condition_mistakes(value, places)
    if mistakes or config is None:
        raise ConfigWrong(mistakes)
    return Bundle(config, places, tuple(files))


def _files(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigWrong([Mistake(str(folder), 1, "there is no such folder")])
    found = sorted(path for path in folder.iterdir() if path.suffix in (".yaml", ".yml") and path.is_file())
    if not found:
        raise ConfigWrong([Mistake(str(folder), 1, "the folder holds no .yaml file")])
    return found


def _readable(paths: list[Path]) -> list[YamlFile]:
    """All or none: what an unreadable file holds would only look missing."""
    files: list[YamlFile] = []
    mistakes: list[Mistake] = []
    for path in paths:
        try:
            files.append(YamlFile(path))
        except ConfigWrong as wrong:
            mistakes += wrong.mistakes
    if mistakes:
        raise ConfigWrong(mistakes)
    return files


def _merge(files: list[YamlFile]) -> tuple[dict[Any, Any], dict[Route, Place], list[Mistake]]:
    """Lists of the same name are put one after the other, in the order of the files' names."""
    value: dict[Any, Any] = {}
    places: dict[Route, Place] = {}
    mistakes: list[Mistake] = []
    for file in files:
        mistakes += file.mistakes
        for key, part in file.value.items():
            mistakes += _take(value, places, key, part, file)
    return value, places, mistakes


def _take(
    value: dict[Any, Any], places: dict[Route, Place], key: str | int, part: Any, file: YamlFile
) -> list[Mistake]:
    place = file.places[(key,)]
    if key in _BY_THE_TOOL:
        return [Mistake(str(place.file), place.line, f"{key}: this is set by `madoguchi apply`, leave it out")]
    known = value.get(key)
    if key in value and not (isinstance(known, list) and isinstance(part, list)):
        first = places[(key,)]
        return [Mistake(str(place.file), place.line, f"{key}: stands in {first.file}:{first.line} already")]
    offset = len(known) if isinstance(known, list) else 0
    value[key] = known + part if isinstance(known, list) else part
    for route, at in file.places.items():
        if route[0] == key:
            places.setdefault(_shifted(route, offset), at)
    return []


def _shifted(route: Route, offset: int) -> Route:
    if offset and len(route) > 1 and isinstance(route[1], int):
        return (route[0], route[1] + offset, *route[2:])
    return route


def _fill_options(value: dict[Any, Any], places: Places, environment: Mapping[str, str]) -> list[Mistake]:
    mistakes: list[Mistake] = []
    accounts = value.get("channel_accounts")
    for i, account in enumerate(accounts if isinstance(accounts, list) else ()):
        options = _mapping_in(account, "options")
        for name, text in options.items():
            if isinstance(text, str):
                options[name], unset = _filled(text, environment)
                route = ("channel_accounts", i, "options", name)
                mistakes += [mistake_at(route, f"the variable {word} is not set", places) for word in unset]
    return mistakes


def _mapping_in(parent: Any, name: str) -> dict[Any, Any]:
    found = parent.get(name) if isinstance(parent, dict) else None
    return found if isinstance(found, dict) else {}


def _filled(text: str, environment: Mapping[str, str]) -> tuple[str, list[str]]:
    unset: list[str] = []

    def fill(found: re.Match[str]) -> str:
        name, default = found[1], found[2]
        known = environment.get(name) or default
        if known is None:
            unset.append(name)
        return known or ""

    return _VARIABLE.sub(fill, text), unset
