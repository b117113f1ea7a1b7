"""The notifier's settings, read once from MADOGUCHI_*."""

from datetime import timedelta
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from runtime.settings import PREFIX, ServiceSettings


class NotifierSettings(ServiceSettings):
    service: str = "notifier"
    line_base_url: str = Field(default="https://api.line.me", pattern=r"^https?://")
    whatsapp_base_url: str = Field(default="https://graph.facebook.com/v23.0", pattern=r"^https?://")
    webhook_allow_loopback: bool | None = Field(default=None, description="default: only in the embedded stack")
    send_concurrency: int = Field(default=64, ge=1, le=1024)
    send_lease: timedelta = Field(default=timedelta(seconds=45), ge=timedelta(seconds=25), le=timedelta(minutes=10))
    max_hold: timedelta = Field(default=timedelta(minutes=10), ge=timedelta(0), le=timedelta(days=1))
    max_failures: int = Field(default=50, ge=1, le=1000)

    @property
    def loopback_webhooks(self) -> bool:
        return self.stack == "embedded" if self.webhook_allow_loopback is None else self.webhook_allow_loopback


class OwnerSettings(BaseSettings):
    """For `migrate` alone: the schema's owner, whose login the running service never has."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True)

    postgres_owner_dsn: SecretStr


def migrations() -> Path:
    """Beside the package in an image, beside `src` in a checkout."""
    here = Path(__file__).resolve().parent
    packaged = here / "migrations"
    return packaged if packaged.is_dir() else here.parents[1] / "migrations"
