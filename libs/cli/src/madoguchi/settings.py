"""Settings of the command line, from the environment. The only file of the CLI that reads it."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from madoguchi.errors import Stop
from madoguchi.house.saved import running_house
from madoguchi.stack import StackAddresses, StackKind
from runtime.settings import KafkaSettings

ROOT: Final = Path(__file__).resolve().parents[4]
SAMPLE: Final = ROOT / "config" / "acme"


class CliSettings(BaseSettings):
    """`external_*` are for STACK=external only. Everything has a default that works from a fresh clone."""

    model_config = SettingsConfigDict(
        env_prefix="MADOGUCHI_",
        env_nested_delimiter="__",
        frozen=True,
        extra="ignore",
        env_ignore_empty=True,
        hide_input_in_errors=True,
    )

    state: Path = Field(default=ROOT / ".madoguchi", description="where `up` keeps data, logs and secrets")
    cache: Path = Field(default=ROOT / ".madoguchi" / "cache", description="what can be fetched again")
    stack: StackKind = Field(default=StackKind.AUTO, validation_alias="STACK")
    kafka: KafkaSettings | None = Field(default=None, description="a broker other than the local house's")
    postgres_dsn: SecretStr | None = Field(default=None, description="a database other than the local house's")
    external_kafka: str = ""
    external_postgres: str = ""
    external_redis: str = ""

    @property
    def state_folder(self) -> Path:
        return self.state.absolute()

    @property
    def external(self) -> StackAddresses | None:
        if not (self.external_kafka and self.external_postgres and self.external_redis):
            return None
        return StackAddresses(
            kafka=self.external_kafka,
            postgres=self.external_postgres,
            redis=self.external_redis,
            broker="external",
            idempotent=True,
        )


def load_settings() -> CliSettings:
    try:
        return CliSettings()
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        raise Stop(f"the environment variable for {first['loc'][0]}: {first['msg']}") from None


def inherited_environment() -> dict[str, str]:
    """What a started process takes over from this one: everything but settings, which come from the table alone."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MADOGUCHI_")}


def environment() -> Mapping[str, str]:
    return dict(os.environ)


def kafka_settings(settings: CliSettings) -> KafkaSettings:
    """The broker of MADOGUCHI_KAFKA__BOOTSTRAP, else that of the local house. Raises Stop when there is neither."""
    if settings.kafka is not None:
        return settings.kafka
    house = running_house(settings.state_folder)
    return KafkaSettings(bootstrap=house.kafka, idempotent=house.idempotent)
