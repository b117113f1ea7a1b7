from pathlib import Path
from typing import Final

from pydantic import Field

from runtime.settings import ServiceSettings

SCHEMA: Final = "case_store"
MIGRATIONS: Final = Path(__file__).parents[2] / "migrations"


class Settings(ServiceSettings):
    """Environment variables with the prefix MADOGUCHI_."""

    service: str = "case-store"
    port: int = Field(default=8082, ge=0, le=65_535)
    internal_port: int = Field(default=9082, ge=0, le=65_535)
    max_batch: int = Field(default=500, ge=1, le=5_000, description="messages of one partition in one transaction")
