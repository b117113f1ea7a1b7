"""The notifier's settings, read once from MADOGUCHI_*."""

from datetime import timedelta

from pydantic import Field

from runtime.settings import ServiceSettings


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
