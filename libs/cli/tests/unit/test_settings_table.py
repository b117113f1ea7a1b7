"""The one table of settings describes processes that can start."""

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from case_store.settings import Settings as CaseStoreSettings
from ingest.settings import Settings as IngestSettings
from madoguchi.house.names import environment_of
from madoguchi.house.saved import House
from madoguchi.house.secrets import open_secrets
from madoguchi.settings_table import (
    ACCOUNT_SECRETS,
    PORTS,
    PROCESSES,
    SERVICES,
    SETTINGS,
    compose_environment,
    local_environment,
    settings_of,
)
from madoguchi.stack import StackAddresses
from notifier.settings import Settings as NotifierSettings
from router.settings import Settings as RouterSettings
from sandbox.settings import SandboxSettings

READERS: dict[str, Callable[[], Any]] = {
    "ingest": IngestSettings,
    "case-store": CaseStoreSettings,
    "router": RouterSettings,
    "notifier": NotifierSettings,
    "sandbox": SandboxSettings,
}
HOUSE = House(
    ports=PORTS,
    internal_ports={name: PORTS[name] + 100 for name in SERVICES},
    kafka="127.0.0.1:7092",
    idempotent=True,
    broker="Apache Kafka",
)
ADDRESSES = StackAddresses(
    kafka="127.0.0.1:7092",
    postgres="postgresql://postgres:top@127.0.0.1:7432/postgres",
    redis="redis://127.0.0.1:7379/0",
    broker="Apache Kafka",
    idempotent=True,
)


@pytest.fixture
def bare_environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in os.environ:
        if name.startswith("MADOGUCHI_"):
            monkeypatch.delenv(name)
    return monkeypatch


@pytest.mark.parametrize("process", READERS)
def test_every_process_starts_from_its_local_values(
    process: str, tmp_path: Path, bare_environment: pytest.MonkeyPatch
) -> None:
    given = environment_of(process, HOUSE, ADDRESSES, open_secrets(tmp_path), tmp_path, "embedded")
    for name, value in given.items():
        bare_environment.setenv(name, value)
    assert READERS[process]().port == PORTS[process]


@pytest.mark.parametrize("process", [name for name in READERS if name != "sandbox"])
def test_every_service_starts_from_its_compose_values(process: str, bare_environment: pytest.MonkeyPatch) -> None:
    for name, value in compose_environment(process).items():
        bare_environment.setenv(name, re.sub(r"\$\{\w+:\?\}", "ab" * 32, value))
    settings = READERS[process]()
    assert (settings.port, settings.internal_port) == (8080, 9090)


def test_every_variable_is_one_that_its_readers_know() -> None:
    accounts = {secret.variable for secret in ACCOUNT_SECRETS}
    for process, reader in READERS.items():
        fields: set[str] = set(reader.model_fields)  # type: ignore[attr-defined]  # every reader is a settings class
        prefix = "MADOGUCHI_SANDBOX_" if process == "sandbox" else "MADOGUCHI_"
        for setting in settings_of(process):
            if setting.variable not in accounts:
                assert setting.variable.removeprefix(prefix).lower().split("__")[0] in fields


def test_only_those_who_own_the_schema_may_change_it() -> None:
    owner = [setting for setting in SETTINGS if "OWNER" in setting.variable]
    assert [setting.processes for setting in owner] == [("migrate",)]


def test_services_log_in_as_the_role_that_row_security_binds(tmp_path: Path) -> None:
    given = environment_of("router", HOUSE, ADDRESSES, open_secrets(tmp_path), tmp_path, "embedded")
    assert given["MADOGUCHI_POSTGRES_DSN"].startswith("postgresql://madoguchi_app:")
    assert given["MADOGUCHI_POSTGRES_DSN"].endswith("@127.0.0.1:7432/madoguchi")


def test_a_missing_value_starts_nothing() -> None:
    with pytest.raises(KeyError):
        local_environment("ingest", {})
    with pytest.raises(KeyError):
        settings_of("nobody")


def test_no_variable_stands_twice_for_a_process_and_each_has_a_meaning() -> None:
    for process in PROCESSES:
        names = [setting.variable for setting in settings_of(process)]
        assert len(names) == len(set(names))
    assert all(setting.meaning for setting in SETTINGS)
