"""The notifier's settings, read once from MADOGUCHI_*."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from pydantic import Field, SecretStr, field_validator, model_validator

from runtime.settings import ProviderSettings, ServiceSettings

SCHEMA: Final = "notifier"
MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"


class Settings(ServiceSettings):
    """Environment variables with the prefix MADOGUCHI_."""

    service: str = "notifier"
    port: int = Field(default=8084, ge=0, le=65_535)
    internal_port: int = Field(default=9084, ge=0, le=65_535)
    pool_size: int = Field(default=10, ge=2, le=200)
    providers: ProviderSettings = ProviderSettings()
    webhook_allow_loopback: bool | None = Field(default=None, description="default: only in the embedded stack")
    webhook_internal_hosts: str = Field(
        default="", description="comma separated; http and private addresses are allowed"
    )
    public_url: str | None = Field(
        default=None,
        pattern=r"^https://[^/?#]+(/[^?#]*[^/?#])?$",
        description="how the public, providers among it, reaches /files of this service; none: files of ours are never links",
    )
    file_link_life: timedelta = Field(default=timedelta(days=7), gt=timedelta(0), le=timedelta(days=365))
    sealing_keys: SecretStr = Field(
        default=SecretStr(""),
        description="keep the secrets of registered webhook endpoints: 64 hexadecimal digits each, comma separated, the newest first",
    )
    send_concurrency: int = Field(default=64, ge=1, le=1024)
    send_lease: timedelta = Field(default=timedelta(seconds=45), le=timedelta(minutes=10))
    connect_seconds: float = Field(default=5.0, gt=0, le=10)
    read_seconds: float = Field(default=10.0, gt=0, le=15)
    max_hold: timedelta = Field(default=timedelta(minutes=10), ge=timedelta(0), le=timedelta(days=1))
    max_failures: int = Field(default=50, ge=1, le=1000)

    @field_validator("sealing_keys")
    @classmethod
    def _keys_of_256_bits(cls, value: SecretStr) -> SecretStr:
        for n, key in enumerate(_split(value.get_secret_value()), start=1):
            if re.fullmatch(r"[0-9a-fA-F]{64}", key) is None:
                raise ValueError(f"key {n} is not 64 hexadecimal digits")
        return value

    @model_validator(mode="after")
    def _lease_outlives_request(self) -> Self:
        least = self.request_seconds + 25
        if self.send_lease.total_seconds() < least:
            raise ValueError(
                f"send_lease must be at least {least:g} s: a message's files, a request and its record have to fit into it"
            )
        return self

    @property
    def request_seconds(self) -> float:
        """One request with all its phases; no answer in this time is no answer."""
        return self.connect_seconds + self.read_seconds + 5

    @property
    def internal_hosts(self) -> frozenset[str]:
        return frozenset(_split(self.webhook_internal_hosts.lower()))

    @property
    def sealing(self) -> tuple[bytes, ...]:
        return tuple(bytes.fromhex(key) for key in _split(self.sealing_keys.get_secret_value()))

    @property
    def loopback_webhooks(self) -> bool:
        return self.stack == "embedded" if self.webhook_allow_loopback is None else self.webhook_allow_loopback


def _split(words: str) -> tuple[str, ...]:
    return tuple(filter(None, (word.strip() for word in words.split(","))))
