from pathlib import Path
from typing import Any

import pytest

from runtime.errors import Failure
from runtime.settings import ServiceSettings, SettingsWrong, resolve_secret

GOOD = {
    "MADOGUCHI_KAFKA__BOOTSTRAP": "127.0.0.1:9092",
    "MADOGUCHI_POSTGRES_DSN": "postgresql://user:s3cret-canary@127.0.0.1/db",
    "MADOGUCHI_PARTITION_KEY_SECRET": "sixteen bytes or more",
    "MADOGUCHI_AUTH__ISSUER": "https://issuer.test",
    "MADOGUCHI_AUTH__AUDIENCE": "madoguchi",
    "MADOGUCHI_AUTH__JWKS_URL": "https://issuer.test/jwks",
}


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_settings_are_read_from_nested_variables(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MADOGUCHI_KAFKA__INSTANCE", "3")
    environment.setenv("MADOGUCHI_TELEMETRY__SAMPLING", "0.25")
    settings = ServiceSettings()
    assert settings.kafka.bootstrap == "127.0.0.1:9092"
    assert settings.kafka.instance == "3"
    assert settings.telemetry.sampling == 0.25
    assert "s3cret-canary" not in repr(settings)


def test_settings_cannot_be_changed(environment: pytest.MonkeyPatch) -> None:
    settings: Any = ServiceSettings()
    with pytest.raises(ValueError, match="frozen"):
        settings.port = 1


def test_every_missing_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SettingsWrong) as raised:
        ServiceSettings()
    assert sorted(raised.value.problems) == sorted(f"{name}: is required but not set" for name in GOOD)


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("MADOGUCHI_PORT", "http"),
        ("MADOGUCHI_PORT", "65536"),
        ("MADOGUCHI_KAFKA__BOOTSTRAP", "no port"),
        ("MADOGUCHI_KAFKA__SESSION_TIMEOUT_MS", "5"),
        ("MADOGUCHI_KAFKA__TYPO", "1"),
        ("MADOGUCHI_TELEMETRY__SAMPLING", "2"),
        ("MADOGUCHI_AUTH__JWKS_URL", "not a url"),
        ("MADOGUCHI_LOG_LEVEL", "LOUD"),
        ("MADOGUCHI_STACK", "cloud"),
    ],
)
def test_a_wrong_variable_is_named_without_its_value(
    environment: pytest.MonkeyPatch, variable: str, value: str
) -> None:
    environment.setenv(variable, value)
    with pytest.raises(SettingsWrong) as raised:
        ServiceSettings()
    (problem,) = raised.value.problems
    assert problem.startswith(f"{variable}: ")
    assert "canary" not in str(raised.value)


def test_a_short_secret_is_refused_and_not_shown(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MADOGUCHI_PARTITION_KEY_SECRET", "canary")
    with pytest.raises(SettingsWrong, match="MADOGUCHI_PARTITION_KEY_SECRET") as raised:
        ServiceSettings()
    assert "canary" not in str(raised.value)


def test_secrets_come_from_files_and_variables(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "line").write_text(" abc \n")
    monkeypatch.setenv("LINE_SECRET", "def")
    assert resolve_secret(f"file:{tmp_path / 'line'}").get_secret_value() == " abc "
    assert resolve_secret("env:LINE_SECRET").get_secret_value() == "def"


@pytest.mark.parametrize("ref", ["env:NOT_SET", "file:/does/not/exist", "file:/", "plain-canary", "env:", "file:", ""])
def test_a_secret_that_cannot_be_had_is_a_failure_that_names_the_reference(ref: str) -> None:
    with pytest.raises(Failure) as raised:
        resolve_secret(ref)
    assert ref in raised.value.sentence


def test_an_empty_or_binary_secret_file_is_refused_without_its_content(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "binary").write_bytes(b"canary\xff")
    for name in ("empty", "binary"):
        with pytest.raises(Failure) as raised:
            resolve_secret(f"file:{tmp_path / name}")
        assert "canary" not in repr(raised.value)
