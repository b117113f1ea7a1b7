import os
from pathlib import Path
from typing import Final

from pydantic import Field

from runtime.settings import PREFIX, ServiceSettings, SettingsWrong

SCHEMA: Final = "router"
MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"


class Settings(ServiceSettings):
    """Environment variables with the prefix MADOGUCHI_."""

    service: str = "router"
    port: int = Field(default=8083, ge=0, le=65_535)
    internal_port: int = Field(default=9083, ge=0, le=65_535)
    pool_size: int = Field(default=20, ge=2, le=200, description="connections to Postgres, per pool (there are two)")
    max_batch: int = Field(default=500, ge=1, le=5_000, description="commands of one partition in one transaction")
    answer_within_seconds: float = Field(
        default=10.0, gt=0, le=60, description="how long a request waits for its command's result"
    )


def owner_dsn() -> str:
    """The schema's owner; `migrate` needs nothing else. Raises SettingsWrong."""
    name = f"{PREFIX}POSTGRES_OWNER_DSN"
    if not os.environ.get(name):
        raise SettingsWrong([f"{name}: is required but not set"])
    return os.environ[name]
