"""Settings of the sandbox, read once from MADOGUCHI_SANDBOX_* and then frozen."""

from ipaddress import ip_address
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class SandboxSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MADOGUCHI_SANDBOX_", frozen=True, extra="forbid")

    stack: str = ""
    host: str = "127.0.0.1"
    port: int = Field(default=8900, ge=0, le=65535)

    line_tokens: Annotated[tuple[str, ...], NoDecode] = ()
    line_unknown_reply_tokens: Literal["accept", "refuse"] = "accept"
    line_reply_token_ttl_seconds: float | None = Field(default=None, gt=0)
    whatsapp_tokens: Annotated[tuple[str, ...], NoDecode] = ()
    whatsapp_window_default: Literal["open", "closed"] = "open"
    whatsapp_closed_window: Literal["error", "failed_status"] = "error"

    max_entries: int = Field(default=200_000, ge=1)
    max_bytes: int = Field(default=256 * 1024 * 1024, ge=1024)
    receipt_workers: int = Field(default=8, ge=1, le=64)
    receipt_attempts: int = Field(default=5, ge=1, le=20)
    receipt_timeout_seconds: float = Field(default=5.0, gt=0, le=60)

    issuer_url: str = ""
    issuer_audience: str = "madoguchi"
    issuer_key_file: Path | None = None

    @field_validator("line_tokens", "whatsapp_tokens", mode="before")
    @classmethod
    def split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @model_validator(mode="after")
    def bind_loopback_only(self) -> Self:
        if not is_loopback(self.host):
            raise ValueError(f"the sandbox listens on loopback only; host {self.host!r} is not a loopback address")
        return self

    @property
    def issuer(self) -> str:
        return self.issuer_url or f"http://{self.host}:{self.port}/issuer"
